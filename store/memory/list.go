package memory

import (
	"iter"
	"slices"

	"github.com/10ex/assets"
)

// shown yields the assets of a perspective, and what each is searched by,
// within the bounds of filter and window, in the window's order.
func shown(rows []*row, f assets.Filter, w assets.Window) iter.Seq2[*assets.Asset, []string] {
	rows = between(rows, f, w)
	return func(yield func(*assets.Asset, []string) bool) {
		for i := range rows {
			r := rows[i]
			if !w.Ascending {
				r = rows[len(rows)-1-i]
			}
			a, words := r.current, r.words[0]
			if f.Approved {
				a, words = r.approved, r.words[1]
			}
			if a != nil && !yield(a, words) {
				return
			}
		}
	}
}

// between cuts rows to Since, Until and After.
func between(rows []*row, f assets.Filter, w assets.Window) []*row {
	low, _ := search(rows, f.Since)
	high := len(rows)
	if f.Until != "" {
		high, _ = search(rows, f.Until)
	}
	if w.After != "" {
		i, found := search(rows, w.After)
		switch {
		case !w.Ascending:
			high = min(high, i)
		case found:
			low = max(low, i+1)
		default:
			low = max(low, i)
		}
	}
	return rows[min(low, high):high]
}

// matches judges an asset by everything but perspective and bounds.
func matches(a *assets.Asset, f assets.Filter) bool {
	return anyOf(f.Types, a.Type) &&
		(f.Approved || anyOf(f.Statuses, a.Status)) &&
		anyOf(f.IDs, a.ID) &&
		equals(f.AgentSlug, a.Provenance.AgentSlug) &&
		equals(f.RunID, a.Provenance.RunID) &&
		equals(f.CampaignID, string(a.CampaignID)) &&
		equals(f.BrandID, a.Provenance.BrandID) &&
		equals(f.BriefID, a.Provenance.BriefID) &&
		!slices.ContainsFunc(f.Tags, func(t assets.Tag) bool { return !tagged(a.Tags, t) })
}

func anyOf[T comparable](wanted []T, got T) bool {
	return len(wanted) == 0 || slices.Contains(wanted, got)
}

func equals(wanted, got string) bool { return wanted == "" || wanted == got }

func tagged(tags assets.Tags, t assets.Tag) bool {
	values := tags[t.Key]
	return len(values) > 0 && (t.Value == "" || slices.Contains(values, t.Value))
}
