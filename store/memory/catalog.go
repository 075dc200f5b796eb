package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Assets implements [assets.Reader].
func (r reader) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	s, err := r.at(ctx)
	if err != nil {
		return nil, err
	}
	page := []*assets.Asset{}
	for a, words := range shown(s.workspaces[workspace], f, w) {
		if len(page) >= w.Limit {
			break
		}
		if matches(a, f) && found(words, f.Words) {
			page = append(page, copyAsset(a))
		}
	}
	return page, nil
}

// Count implements [assets.Catalog].
func (r reader) Count(ctx context.Context, workspace string, f assets.Filter) (int64, error) {
	s, err := r.at(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	for a, words := range shown(s.workspaces[workspace], f, assets.Window{}) {
		if matches(a, f) && found(words, f.Words) {
			n++
		}
	}
	return n, nil
}

// TagCounts implements [assets.Catalog].
func (r reader) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	s, err := r.at(ctx)
	if err != nil {
		return nil, err
	}
	count := make(map[assets.Tag]int64)
	for a := range shown(s.workspaces[workspace], assets.Filter{}, assets.Window{}) {
		if a.Status == assets.StatusArchived {
			continue
		}
		for key, values := range a.Tags {
			for _, value := range values {
				if t := (assets.Tag{Key: key, Value: value}); (w.Key == "" || key == w.Key) && compareTags(t, w.After) > 0 {
					count[t]++
				}
			}
		}
	}
	page := make([]assets.TagCount, 0, len(count))
	for t, n := range count {
		page = append(page, assets.TagCount{Key: t.Key, Value: t.Value, Count: n})
	}
	slices.SortFunc(page, func(a, b assets.TagCount) int {
		return compareTags(assets.Tag{Key: a.Key, Value: a.Value}, assets.Tag{Key: b.Key, Value: b.Value})
	})
	return page[:min(len(page), max(w.Limit, 0))], nil
}

// compareTags orders tags by the bytes of key, then value.
func compareTags(a, b assets.Tag) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
}

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

// wordsOf answers what an asset of this row is searched by, as it shows one
// of the versions.
func (r *row) wordsOf(a *assets.Asset) []string {
	if a == nil {
		return nil
	}
	text := ""
	if i, ok := searchVersion(r.versions, a.Version); ok {
		text = r.versions[i].Words
	}
	return a.SearchWords(text)
}

// found reports whether sorted words have all that are wanted, the last as a
// beginning. Nil wants nothing; of no words nothing is found.
func found(words, wanted []string) bool {
	if wanted == nil {
		return true
	}
	if len(wanted) == 0 {
		return false
	}
	last := len(wanted) - 1
	for _, w := range wanted[:last] {
		if _, ok := slices.BinarySearch(words, w); !ok {
			return false
		}
	}
	i, _ := slices.BinarySearch(words, wanted[last])
	return i < len(words) && strings.HasPrefix(words[i], wanted[last])
}
