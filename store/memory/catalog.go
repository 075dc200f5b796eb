package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/10ex/assets"
)

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
