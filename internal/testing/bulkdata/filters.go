package bulkdata

import (
	"slices"

	"github.com/10ex/assets"
)

// Filter is a filter of a list with its name.
type Filter struct {
	Name string
	assets.Filter
	Every        int  // every n-th asset matches, on average
	BySubmission bool // the list is in the order of submissions
}

// Window returns a window of a list with the filter, which begins in the middle if it
// has half of all assets as number, and the like. Number 0 is the beginning.
func (f Filter) Window(number, limit int, ascending bool) assets.Window {
	w := assets.Window{Limit: limit, Ascending: ascending, BySubmission: f.BySubmission}
	if number > 0 {
		w.After, w.AfterSubmitted = ID(number), assets.Time(number)
	}
	return w
}

// Submissions returns the list of what is under review in the order of submissions.
func Submissions() Filter {
	return Filter{
		Name: "submitted", Filter: assets.Filter{Statuses: []assets.Status{assets.StatusPendingReview}}, Every: statuses,
		BySubmission: true,
	}
}

// Filters returns the filters by one field: for each field, one with one value.
func Filters() []Filter {
	tag := func(value string) []assets.Tag { return []assets.Tag{{Key: "channel", Value: value}} }
	return []Filter{
		{Name: "run", Filter: assets.Filter{RunID: "r1"}, Every: runs},
		{Name: "brief", Filter: assets.Filter{BriefID: "b1"}, Every: briefs},
		{Name: "campaign", Filter: assets.Filter{CampaignID: "c1"}, Every: campaigns},
		{Name: "agent", Filter: assets.Filter{AgentSlug: "a1"}, Every: agents},
		{Name: "brand", Filter: assets.Filter{BrandID: "b1"}, Every: brands},
		{Name: "creator", Filter: assets.Filter{CreatedBy: "u1"}, Every: creators},
		{Name: "decision", Filter: assets.Filter{LastAction: "d1"}, Every: actions},
		{Name: "media", Filter: assets.Filter{MediaType: "m1"}, Every: media},
		{Name: "tag", Filter: assets.Filter{Tags: tag("v1")}, Every: Tagged * channels},
		{Name: "tag:*", Filter: assets.Filter{Tags: tag("")}, Every: Tagged},
		{Name: "status", Filter: assets.Filter{Statuses: []assets.Status{assets.StatusDraft}}, Every: statuses},
		{Name: "type", Filter: assets.Filter{Types: []assets.Type{assets.TypeCopy}}, Every: types},
	}
}

// Search returns a filter by a word that [Named] assets have, all of them approved.
func Search() Filter {
	return Filter{Name: "words", Filter: assets.Filter{Words: []string{"n000000000002"}}}
}

// Pairs returns filters by two fields. Of creator, decision and media each has a pair
// with a field whose index is preferred, and with some whose index is not.
func Pairs() []Filter {
	var pairs []Filter
	single := Filters()
	seldom := []string{"creator", "decision", "media"}
	partners := append(slices.Clone(seldom), "agent", "tag", "type")
	for i, a := range single {
		for _, b := range single[i+1:] {
			if slices.Contains(seldom, a.Name) && !slices.Contains(partners, b.Name) || slices.Contains(seldom, b.Name) && !slices.Contains(partners, a.Name) {
				continue
			}
			every := a.Every * b.Every
			if a.Tags != nil && b.Tags != nil {
				every = max(a.Every, b.Every) // an asset with one value has any
			}
			pairs = append(pairs, Filter{Name: a.Name + "+" + b.Name, Filter: both(a.Filter, b.Filter), Every: every})
		}
	}
	return pairs
}

// Indexed reports whether there is an index over the two fields of a pair.
func (f Filter) Indexed() bool {
	switch f.Name {
	case "status+type", "campaign+status", "campaign+type":
		return true
	}
	return false
}

// both returns the conjunction of two filters.
func both(a, b assets.Filter) assets.Filter {
	a.RunID += b.RunID
	a.BriefID += b.BriefID
	a.CampaignID += b.CampaignID
	a.AgentSlug += b.AgentSlug
	a.BrandID += b.BrandID
	a.CreatedBy += b.CreatedBy
	a.LastAction += b.LastAction
	a.MediaType += b.MediaType
	a.Tags = append(a.Tags, b.Tags...)
	a.Statuses = append(a.Statuses, b.Statuses...)
	a.Types = append(a.Types, b.Types...)
	return a
}
