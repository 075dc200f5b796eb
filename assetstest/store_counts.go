package assetstest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// countsCases compare Counts with a naive count of the same rows.
var countsCases = []storeCase{
	{"Counts by status, and the most frequent values TEN06", func(t *storeT) {
		data := newDataset(8, 240)
		t.put(data.records...)
		for _, name := range slices.Sorted(maps.Keys(filterFields)) {
			var f assets.Filter
			filterFields[name](data, &f)
			data.checkCounts(t, "w", f, 2)
			data.checkCounts(t, "W", f, 20)
		}
		for range 40 {
			data.checkCounts(t, "w", data.filter(), data.IntN(4))
		}
		data.checkCounts(t, "w", assets.Filter{}, 0)
		data.checkCounts(t, "w", assets.Filter{}, 1)
		data.checkCounts(t, "none", assets.Filter{}, 20)
		data.checkCounts(t, "none", assets.Filter{Words: []string{}}, 20)
	}},
	{"frequent values that are equal come in byte order", func(t *storeT) {
		values := []string{"10", "9", "Z", "Za", "_", "a", "e\u0301", "é", "ﬀ", "😀"}
		var records []*record
		var want []assets.ValueCount
		for i, value := range values {
			r := emptyRecord("w", i+1)
			r.current.CampaignID = assets.Optional(value)
			records = append(records, r)
			want = append(want, assets.ValueCount{Value: value, Count: 1})
		}
		t.put(records...)
		for n := 1; n <= len(values); n++ {
			c, err := t.Counts(t.Context(), "w", assets.Filter{}, n)
			t.ok(err)
			t.same("campaigns", c.Campaigns, want[:n])
		}
	}},
}

// checkCounts compares Counts with a count of what the filter selects in the current
// perspective.
func (d *dataset) checkCounts(t *storeT, workspace string, f assets.Filter, frequent int) {
	t.Helper()
	f.Approved = false
	got, err := t.Counts(t.Context(), workspace, f, frequent)
	t.ok(err)
	var want assets.Counts
	campaigns, types, agents := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, a := range d.expect(workspace, f, assets.Window{Limit: len(d.records)}) {
		*want.ByStatus(a.Status)++
		if a.ApprovedVersion != 0 {
			want.InForce++
		}
		campaigns[string(a.CampaignID)]++
		types[string(a.Type)]++
		agents[a.Provenance.AgentSlug]++
	}
	if frequent > 0 {
		want.Campaigns, want.Types, want.Agents = frequentValues(campaigns, frequent), frequentValues(types, frequent), frequentValues(agents, frequent)
	}
	if diff := difference(got, want); diff != "" {
		t.Errorf("Counts in %q %+v, %d frequent:\n%s", workspace, f, frequent, diff)
	}
}

// frequentValues returns the n most frequent values that are not empty.
func frequentValues(counts map[string]int64, n int) []assets.ValueCount {
	all := []assets.ValueCount{}
	for value, count := range counts {
		if value != "" {
			all = append(all, assets.ValueCount{Value: value, Count: count})
		}
	}
	slices.SortFunc(all, func(a, b assets.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return all[:min(n, len(all))]
}
