package bulkdata

import "github.com/10ex/assets"

// Filter is one that a list can have.
type Filter struct {
	Name string
	assets.Filter
	Every int // every so many-th asset of the crowd matches, on average
}

// Filters are those with one condition: each of the fields, one value each.
func Filters() []Filter {
	tag := func(value string) []assets.Tag { return []assets.Tag{{Key: "channel", Value: value}} }
	return []Filter{
		{Name: "run", Filter: assets.Filter{RunID: "r1"}, Every: runs},
		{Name: "brief", Filter: assets.Filter{BriefID: "b1"}, Every: briefs},
		{Name: "campaign", Filter: assets.Filter{CampaignID: "c1"}, Every: campaigns},
		{Name: "agent", Filter: assets.Filter{AgentSlug: "a1"}, Every: agents},
		{Name: "brand", Filter: assets.Filter{BrandID: "b1"}, Every: brands},
		{Name: "tag", Filter: assets.Filter{Tags: tag("v1")}, Every: Tagged * channels},
		{Name: "tag:*", Filter: assets.Filter{Tags: tag("")}, Every: Tagged},
		{Name: "status", Filter: assets.Filter{Statuses: []assets.Status{assets.StatusDraft}}, Every: statuses},
		{Name: "type", Filter: assets.Filter{Types: []assets.Type{assets.TypeCopy}}, Every: types},
	}
}

// Search is by a word that [Named] of the assets have, all of them approved.
func Search() Filter {
	return Filter{Name: "words", Filter: assets.Filter{Words: []string{"n000000000002"}}}
}

// Pairs are those with two.
func Pairs() []Filter {
	var pairs []Filter
	single := Filters()
	for i, a := range single {
		for _, b := range single[i+1:] {
			every := a.Every * b.Every
			if a.Tags != nil && b.Tags != nil {
				every = max(a.Every, b.Every) // what has one value has any
			}
			pairs = append(pairs, Filter{Name: a.Name + "+" + b.Name, Filter: both(a.Filter, b.Filter), Every: every})
		}
	}
	return pairs
}

// Indexed reports whether a pair has an index of its own.
func (f Filter) Indexed() bool {
	switch f.Name {
	case "status+type", "campaign+status", "campaign+type":
		return true
	}
	return false
}

func both(a, b assets.Filter) assets.Filter {
	a.RunID += b.RunID
	a.BriefID += b.BriefID
	a.CampaignID += b.CampaignID
	a.AgentSlug += b.AgentSlug
	a.BrandID += b.BrandID
	a.Tags = append(a.Tags, b.Tags...)
	a.Statuses = append(a.Statuses, b.Statuses...)
	a.Types = append(a.Types, b.Types...)
	return a
}
