package lists_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
)

var (
	walkTypes    = []assets.Type{assets.TypeCopy, assets.TypeBlog}
	walkMedia    = []string{"text/plain", "text/html"}
	walkStatuses = []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusArchived}
)

// text draws one of two values, or none.
func (w *walker) text(name string) string {
	return rapid.SampledFrom([]string{"", name + "-1", name + "-2"}).Draw(w.T, name)
}

func (w *walker) provenance() assets.Provenance {
	return assets.Provenance{
		AgentSlug: w.text("agent"), RunID: w.text("run"), BrandID: w.text("brand"), BriefID: w.text("brief"),
	}
}

func (w *walker) tags() assets.Tags {
	tags := assets.Tags{}
	for _, key := range []string{"a", "b"} {
		for _, value := range []string{"1", "2"} {
			if rapid.Bool().Draw(w.T, key+value) {
				tags[key] = append(tags[key], value)
			}
		}
	}
	return tags
}

// query draws a query of at most two filters.
func (w *walker) query() assets.Query {
	q := assets.Query{
		Ascending:    rapid.Bool().Draw(w.T, "ascending"),
		IncludeTotal: rapid.Bool().Draw(w.T, "total"),
	}
	for range rapid.IntRange(0, 2).Draw(w.T, "filters") {
		w.restrict(&q, rapid.SampledFrom([]string{
			"type", "types", "status", "statuses", "approved", "perspective", "id", "agent", "run", "campaign", "brand", "brief", "creator", "last action", "media type", "tag", "any value", "search", "after", "before",
		}).Draw(w.T, "filter"))
	}
	if slices.Equal(q.Statuses, []assets.Status{assets.StatusPendingReview}) && q.Perspective != assets.PerspectiveApproved && rapid.Bool().Draw(w.T, "by submission") {
		q.Sort = assets.SortSubmitted
	}
	return q
}

// restrict sets a filter to a value that some asset may have.
func (w *walker) restrict(q *assets.Query, filter string) {
	one := func(name string) string { return rapid.SampledFrom([]string{name + "-1", name + "-2"}).Draw(w.T, name) }
	ids := slices.Sorted(maps.Keys(w.rows))
	some := rapid.IntRange(0, len(ids)-1).Draw(w.T, "some")
	a := w.rows[ids[some]].current
	switch filter {
	case "type":
		q.Types = []assets.Type{a.Type}
	case "types":
		q.Types = walkTypes
	case "status":
		if q.Perspective == assets.PerspectiveApproved {
			return
		}
		q.Statuses = []assets.Status{rapid.SampledFrom(walkStatuses).Draw(w.T, "status")}
	case "statuses":
		if q.Perspective == assets.PerspectiveApproved {
			return
		}
		q.Statuses = walkStatuses[rapid.IntRange(0, 1).Draw(w.T, "from"):]
	case "approved":
		q.Statuses = []assets.Status{assets.StatusApproved}
	case "perspective":
		q.Perspective = rapid.SampledFrom([]assets.Perspective{assets.PerspectiveCurrent, assets.PerspectiveApproved}).Draw(w.T, "perspective")
		if q.Perspective == assets.PerspectiveApproved {
			q.Statuses = nil
		}
	case "creator":
		q.CreatedBy = rapid.SampledFrom([]string{"ann", "ben", "nobody"}).Draw(w.T, "creator")
	case "last action":
		q.LastAction = rapid.SampledFrom(assets.Actions()).Draw(w.T, "last action")
	case "media type":
		q.MediaType = rapid.SampledFrom(walkMedia).Draw(w.T, "media type")
	case "id":
		q.IDs = append(q.IDs, ids[some:]...)
	case "agent":
		q.AgentSlug = one("agent")
	case "run":
		q.RunID = one("run")
	case "campaign":
		q.CampaignID = one("campaign")
	case "brand":
		q.BrandID = one("brand")
	case "brief":
		q.BriefID = one("brief")
	case "tag":
		q.Tags = append(q.Tags, assets.Tag{Key: "a", Value: rapid.SampledFrom([]string{"1", "2"}).Draw(w.T, "value")})
	case "any value":
		q.Tags = append(q.Tags, assets.Tag{Key: "b"})
	case "search":
		q.Search = rapid.SampledFrom([]string{"Spring", "spring s", "SALE,  spr", "ale", "autumn sale", "autumn: s", "2", " ! ", "1"}).Draw(w.T, "search")
	case "after":
		q.CreatedAfter = a.CreatedAt
	case "before":
		q.CreatedBefore = a.CreatedAt + 1
	default:
		w.Fatalf("no filter %s", filter)
	}
}

// matching returns the assets that match, strictly behind after in the order of the
// query. It compares each asset with the query in the simplest way.
func (w *walker) matching(q assets.Query, after assets.ID) []assets.ID {
	order := func(a, b *assets.Asset) int {
		order := cmp.Compare(a.ID, b.ID)
		if q.Sort == assets.SortSubmitted {
			order = cmp.Or(cmp.Compare(a.Submitted.At, b.Submitted.At), order)
		}
		if q.Ascending {
			return order
		}
		return -order
	}
	last := &assets.Asset{ID: after}
	if row, ok := w.rows[after]; ok {
		last = row.current
	}
	var found []*assets.Asset
	for _, row := range w.rows {
		a := row.current
		if q.Perspective == assets.PerspectiveApproved || q.Perspective == "" && slices.Equal(q.Statuses, []assets.Status{assets.StatusApproved}) {
			a = row.approved
		}
		if a != nil && matchesQuery(a, q) && finds(a, q.Search) && (after == "" || order(a, last) > 0) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, order)
	var ids []assets.ID
	for _, a := range found {
		ids = append(ids, a.ID)
	}
	return ids
}

// finds reports whether a search finds an asset whose title is ASCII and whose text
// is its version number.
func finds(a *assets.Asset, search string) bool {
	separator := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) }
	wanted := strings.FieldsFunc(strings.ToLower(search), separator)
	has := strings.FieldsFunc(strings.ToLower(a.Title)+fmt.Sprint(" ", a.Version, " ", a.Tags), separator)
	has = slices.DeleteFunc(has, func(word string) bool { return word == "map" }) // as fmt writes tags
	for i, want := range wanted {
		if !slices.ContainsFunc(has, func(word string) bool {
			return word == want || i == len(wanted)-1 && strings.HasPrefix(word, want)
		}) {
			return false
		}
	}
	return search == "" || len(wanted) > 0
}

func matchesQuery(a *assets.Asset, q assets.Query) bool {
	text := func(got, want string) bool { return want == "" || got == want }
	lacks := func(tag assets.Tag) bool {
		values := a.Tags[tag.Key]
		return len(values) == 0 || tag.Value != "" && !slices.Contains(values, tag.Value)
	}
	return (q.Types == nil || slices.Contains(q.Types, a.Type)) &&
		(q.Statuses == nil || slices.Contains(q.Statuses, a.Status)) &&
		(q.IDs == nil || slices.Contains(q.IDs, a.ID)) &&
		text(a.Provenance.AgentSlug, q.AgentSlug) &&
		text(a.Provenance.RunID, q.RunID) &&
		text(string(a.CampaignID), q.CampaignID) &&
		text(a.Provenance.BrandID, q.BrandID) &&
		text(a.Provenance.BriefID, q.BriefID) &&
		text(a.CreatedBy, q.CreatedBy) &&
		text(string(a.LastReview.Action), string(q.LastAction)) &&
		text(a.Content.MediaType, q.MediaType) &&
		!slices.ContainsFunc(q.Tags, lacks) &&
		a.CreatedAt >= q.CreatedAfter &&
		(q.CreatedBefore == 0 || a.CreatedAt < q.CreatedBefore)
}
