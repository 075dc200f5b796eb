package memory

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Assets implements [assets.Reader].
func (r reader) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	s, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	found := listed(ctx, s.workspaces[workspace], f, w)
	if w.BySubmission {
		found = bySubmission(ctx, s.workspaces[workspace], f, w)
	}
	page := []*assets.Asset{}
	var bytes int64
	for a, words := range found {
		if len(page) >= w.Limit || ended(len(page), bytes, w.Bytes) {
			break
		}
		if matches(a, f) && hasWords(words, f.Words) {
			page = append(page, copyAsset(a))
			bytes += a.StoredBytes()
		}
	}
	return page, checkContext(ctx)
}

// bySubmission is listed in the order of submissions.
func bySubmission(ctx context.Context, rows []*row, f assets.Filter, w assets.Window) iter.Seq2[*assets.Asset, []string] {
	words := map[*assets.Asset][]string{}
	order := func(a, b *assets.Asset) int {
		return cmp.Or(cmp.Compare(a.Submitted.At, b.Submitted.At), cmp.Compare(a.ID, b.ID))
	}
	after := &assets.Asset{ID: w.After, Submitted: assets.Submission{At: w.AfterSubmitted}}
	for a, found := range listed(ctx, rows, f, assets.Window{}) {
		follows := order(a, after) > 0
		if a.Submitted.At != 0 && (w.After == "" || follows == w.Ascending && order(a, after) != 0) {
			words[a] = found
		}
	}
	sorted := slices.SortedFunc(maps.Keys(words), order)
	if !w.Ascending {
		slices.Reverse(sorted)
	}
	return func(yield func(*assets.Asset, []string) bool) {
		for _, a := range sorted {
			if !yield(a, words[a]) {
				return
			}
		}
	}
}

// Count implements [assets.Catalog].
func (r reader) Count(ctx context.Context, workspace string, f assets.Filter) (int64, error) {
	s, err := r.load(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	for a, words := range listed(ctx, s.workspaces[workspace], f, assets.Window{}) {
		if matches(a, f) && hasWords(words, f.Words) {
			n++
		}
	}
	return n, checkContext(ctx)
}

// CountWindow implements [assets.Catalog].
func (r reader) CountWindow(ctx context.Context, workspace string, f assets.Filter, w assets.Window) (int64, error) {
	page, err := r.Assets(ctx, workspace, f, w)
	return int64(len(page)), err
}

// Counts implements [assets.Catalog].
func (r reader) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	s, err := r.load(ctx)
	if err != nil {
		return assets.Counts{}, err
	}
	var c assets.Counts
	campaigns, types, agents := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for a, words := range listed(ctx, s.workspaces[workspace], f, assets.Window{}) {
		if !matches(a, f) || !hasWords(words, f.Words) {
			continue
		}
		if n := c.ByStatus(a.Status); n != nil {
			*n++
		}
		if a.ApprovedVersion != 0 {
			c.InForce++
		}
		campaigns[string(a.CampaignID)]++
		types[string(a.Type)]++
		agents[a.Provenance.AgentSlug]++
	}
	if frequent > 0 {
		c.Campaigns, c.Types, c.Agents = mostFrequent(campaigns, frequent), mostFrequent(types, frequent), mostFrequent(agents, frequent)
	}
	return c, checkContext(ctx)
}

// UsageByType implements [assets.Catalog].
func (r reader) UsageByType(ctx context.Context, workspace string) (map[assets.Type]assets.UsageCount, error) {
	s, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	found := map[assets.Type]assets.UsageCount{}
	for a := range listed(ctx, s.workspaces[workspace], assets.Filter{}, assets.Window{}) {
		u := found[a.Type]
		u.Assets++
		counted := map[string]bool{}
		for _, v := range s.row(workspace, a.ID).versions {
			u.Versions++
			if v.ErasedAt == 0 && !counted[v.Key] {
				counted[v.Key] = true
				u.Bytes += v.Content.SizeBytes
			}
		}
		found[a.Type] = u
	}
	return found, checkContext(ctx)
}

// mostFrequent returns the n most frequent values that are not empty.
func mostFrequent(counts map[string]int64, n int) []assets.ValueCount {
	delete(counts, "")
	all := make([]assets.ValueCount, 0, len(counts))
	for value, count := range counts {
		all = append(all, assets.ValueCount{Value: value, Count: count})
	}
	slices.SortFunc(all, func(a, b assets.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return all[:min(len(all), n)]
}

// TagCounts implements [assets.Catalog].
func (r reader) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	s, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	count := make(map[assets.Tag]int64)
	for a := range listed(ctx, s.workspaces[workspace], assets.Filter{}, assets.Window{}) {
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
	if err := checkContext(ctx); err != nil {
		return nil, err
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

// rowsBetweenChecks is the number of rows between two looks at the context.
const rowsBetweenChecks = 256

// listed yields the assets of a perspective with their search words, within the
// bounds of filter and window and in the window's order. It stops when ctx ends.
func listed(ctx context.Context, rows []*row, f assets.Filter, w assets.Window) iter.Seq2[*assets.Asset, []string] {
	rows = inWindow(rows, f, w)
	return func(yield func(*assets.Asset, []string) bool) {
		for i := range rows {
			if i%rowsBetweenChecks == 0 && ctx.Err() != nil {
				return
			}
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

// inWindow returns the rows within Since, Until and After.
func inWindow(rows []*row, f assets.Filter, w assets.Window) []*row {
	low, _ := searchRows(rows, f.Since)
	high := len(rows)
	if f.Until != "" {
		high, _ = searchRows(rows, f.Until)
	}
	if w.After != "" {
		i, found := searchRows(rows, w.After)
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

// matches reports whether an asset matches all of a filter except its perspective,
// bounds and words.
func matches(a *assets.Asset, f assets.Filter) bool {
	return emptyOrContains(f.Types, a.Type) &&
		(f.Approved || emptyOrContains(f.Statuses, a.Status)) &&
		emptyOrContains(f.IDs, a.ID) &&
		emptyOrEqual(f.AgentSlug, a.Provenance.AgentSlug) &&
		emptyOrEqual(f.RunID, a.Provenance.RunID) &&
		emptyOrEqual(f.CampaignID, string(a.CampaignID)) &&
		emptyOrEqual(f.BrandID, a.Provenance.BrandID) &&
		emptyOrEqual(f.BriefID, a.Provenance.BriefID) &&
		emptyOrEqual(f.CreatedBy, a.CreatedBy) &&
		emptyOrEqual(string(f.LastAction), string(a.LastReview.Action)) &&
		emptyOrEqual(f.MediaType, a.Content.MediaType) &&
		!slices.ContainsFunc(f.Tags, func(t assets.Tag) bool { return !hasTag(a.Tags, t) })
}

func emptyOrContains[T comparable](wanted []T, got T) bool {
	return len(wanted) == 0 || slices.Contains(wanted, got)
}

func emptyOrEqual[T ~string](wanted, got T) bool { return wanted == "" || wanted == got }

func hasTag(tags assets.Tags, t assets.Tag) bool {
	values := tags[t.Key]
	return len(values) > 0 && (t.Value == "" || slices.Contains(values, t.Value))
}

// searchWords returns the search words of a perspective of this row, with those of
// the version that it shows. They are sorted.
func (r *row) searchWords(a *assets.Asset) []string {
	if a == nil {
		return nil
	}
	text := ""
	if i, ok := searchVersion(r.versions, a.Version); ok {
		text = r.versions[i].Words
	}
	return a.SearchWords(text)
}

// hasWords reports whether sorted words contain all that are wanted, the last of
// them as a prefix. Nil is contained in all words, an empty list in none.
func hasWords(words, wanted []string) bool {
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
