package review_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestFiltersAreCarried: an asset's page leads back to the filters that it was opened
// with, and to its neighbours within them.
func TestFiltersAreCarried(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, other, last := s.copyAsset("one"), s.create(assets.TypeBlog, "Blog", assets.NewVersion{Text: "# x"}), s.copyAsset("two")
	const filters = "?group=agent&type=copy"
	markup := "?group=agent&amp;type=copy"
	p := s.get(200, "ana", string(first.ID)+filters)
	for _, want := range []string{`href="./` + markup, `<a class="btn plain icon" href="./` + string(last.ID) + markup + `" data-key="j"`, `name="type" value="copy"`, `name="group" value="agent"`} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(p.body, string(other.ID)) || strings.Contains(p.body, `data-key="k"`) {
		t.Error("the neighbours are not those of the filter")
	}
	p = s.get(200, "ana", string(last.ID)+filters)
	if !strings.Contains(p.body, `href="./`+string(first.ID)+markup+`" data-key="k"`) || strings.Contains(p.body, `data-key="j"`) {
		t.Error("the last one has no previous one")
	}
	if all := s.get(200, "ana", string(other.ID)+"?status=any"); !strings.Contains(all.body, `data-key="j"`) || !strings.Contains(all.body, `data-key="k"`) {
		t.Error("among all assets there are two neighbours")
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(assets.TypeCopy, "Made in a run", assets.NewVersion{Text: "x", Provenance: assets.Provenance{AgentSlug: "copywriter", RunID: "run-1", BrandID: "lund", BriefID: "b-1"}})
	for query, found := range map[string]bool{
		"?agent_slug=copywriter": true, "?run_id=run-1": true, "?run_id=run-2": false, "?brand_id=lund": true, "?brief_id=b-1": true, "?created_by=writer": true,
		"?created_by=ana": false, "?media_type=text/plain": true, "?last_action=submit": true, "?last_action=approve": false, "?tag=k:*": false,
		"?created_after=2020-01-01T00:00:00Z": true, "?created_before=2020-01-01T00:00:00Z": false, "?type=copy&type=image": true, "?q=made": true, "?utm_source=x": true,
	} {
		if p := s.get(200, "ana", query); strings.Contains(p.body, "Made in a run") != found {
			t.Errorf("%s: found %v", query, !found)
		}
	}
}

// TestLayoutIsNotAView: what the queue looks like and how a content is looked at are
// apart, so a view does not stick for the assets that come next.
func TestLayoutIsNotAView(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.add(a.ID, "two")
	s.copyAsset("three")
	for _, path := range []string{string(a.ID) + "?layout=list&view=changes", "triage?layout=list&view=changes"} {
		p := s.get(200, "ana", path)
		if !strings.Contains(p.body, `name="layout" value="list"`) {
			t.Errorf("%s: the layout is lost", path)
		}
		for _, unwanted := range []string{`name="view"`, `href="./?layout=list&amp;view=`, `view=changes" data-key=`} {
			if strings.Contains(p.body, unwanted) {
				t.Errorf("%s: the page has %s", path, unwanted)
			}
		}
	}
	if p := s.get(200, "ana", "?view=facts"); strings.Contains(p.body, "view=facts") {
		t.Error("the queue carries a view")
	}
}

// TestFilterOfSeveral: several ids and several statuses can be selected.
func TestFilterOfSeveral(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	titled := func(title string) *assets.Asset {
		return s.create(assets.TypeCopy, title, assets.NewVersion{Text: title})
	}
	waiting, approved, archived := titled("Waiting one"), titled("Approved one"), titled("Archived one")
	s.decide("ana", approved.ID, assets.Decision{Action: assets.ActionApprove})
	s.decide("ana", archived.ID, assets.Decision{Action: assets.ActionArchive})
	p := s.get(200, "ana", "?status=approved&status=pending_review")
	s.shows(p, "Waiting one", "Approved one", "2 assets")
	s.lacks(p, "Archived one")
	p = s.get(200, "ana", "?status=any&asset_id="+string(waiting.ID)+"&asset_id="+string(archived.ID))
	s.shows(p, "Waiting one", "Archived one")
	s.lacks(p, "Approved one")
}
