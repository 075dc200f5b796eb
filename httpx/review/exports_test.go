package review_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx/review"
)

func TestExports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows(s.get(200, "ana", "exports"), "There are no exports yet", "everything that is approved")
	if p := s.send("ana", "exports", url.Values{}); p.Code != 422 {
		t.Errorf("nothing is approved: %d", p.Code)
	}
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	p := s.get(200, "ana", "exports?campaign_id=spring&status=approved&type=copy")
	s.shows(p, "A new export has what is approved and matches:", "Campaign: spring", "Type: Copy")
	if p = s.send("ana", "exports", url.Values{"campaign_id": {"none"}}); p.Code != 422 {
		t.Errorf("another campaign: %d", p.Code)
	}
	s.shows(p, "Nothing was exported")
	if p = s.send("ana", "exports", url.Values{"campaign_id": {"spring"}, "type": {"copy"}}); p.Code != 303 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	p = s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./"))
	s.shows(p, "The export is complete", "ana")
	if !strings.Contains(p.body, s.lib.PublicPath()+"/exports/") {
		t.Error("the export has no link")
	}
}

// TestExportOverALimit: the page says that too much is selected, not that nothing is.
func TestExportOverALimit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, text := range []string{"one", "two"} {
		s.decide("ana", s.copyAsset(text).ID, assets.Decision{Action: assets.ActionApprove})
	}
	exports, err := export.New(export.Config{Library: s.lib, Limits: export.Limits{Items: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = review.New(s.lib, review.Options{
		Base: "/a/review", Exports: exports, Actor: func(*http.Request) (assets.Actor, error) { return actors["ana"], nil },
	})
	p := s.send("ana", "exports", url.Values{})
	s.shows(p, "Nothing was exported", "select more than one export may have")
	s.lacks(p, "nothing that the filters select")
}
