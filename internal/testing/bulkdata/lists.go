package bulkdata

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// pageSize is the default page size of a list, plus one to see whether there are more.
const pageSize = 51

// Filled is a store with a number of assets.
type Filled struct {
	assets.Store
	Assets int
}

// maxRatio is how much longer a page may take in the large store than in the small one.
const maxRatio = 1.3

// CompareLists prints how long the first, a middle and the last page of a list take
// in a small and a large store, for a search, each filter and each pair that has an
// index. Each time is the median of the given number of reads, which alternate
// between the stores so that both see the same load. The benchmark fails if a page takes
// more than maxRatio as long in the large store, also when it is measured again: the
// machine may have been busy.
func CompareLists(b *testing.B, small, large Filled, reads int) {
	b.Helper()
	text := &strings.Builder{}
	fmt.Fprintf(text, "median of a page of %d, of %d and of %d assets\n", pageSize-1, small.Assets, large.Assets)
	fmt.Fprintf(text, "%-28s %-7s %10s %10s %6s\n", "filter", "page", "small", "large", "ratio")
	worst := 0.0
	for _, f := range measuredFilters() {
		before, after := pagesOf(b, small, f), pagesOf(b, large, f)
		for i, page := range []string{"first", "middle", "last"} {
			t := compare(b, reads, read{small, f, before[i]}, read{large, f, after[i]})
			if t.ratio() > maxRatio {
				if again := compare(b, reads, read{small, f, before[i]}, read{large, f, after[i]}); again.ratio() < t.ratio() {
					t = again
				}
			}
			if t.ratio() > maxRatio {
				b.Errorf("%s, %s page: %v, and %v among more assets", f.Name, page, t.small, t.large)
			}
			worst = max(worst, t.ratio())
			fmt.Fprintf(text, "%-28s %-7s %10v %10v %6.2f\n", f.Name, page, t.small.Round(time.Microsecond), t.large.Round(time.Microsecond), t.ratio())
		}
	}
	fmt.Fprintf(text, "worst ratio %.2f; it may be %.1f", worst, maxRatio)
	if _, err := fmt.Fprintf(os.Stdout, "\n%s\n", text); err != nil { // a benchmark's log is truncated
		b.Error(err)
	}
	b.ReportMetric(worst, "worst-ratio")
}

// measuredFilters returns the filters that are measured, in both perspectives.
func measuredFilters() []Filter {
	all := append([]Filter{{Name: "none"}, Search(), Submissions()}, Filters()...)
	for _, f := range Pairs() {
		if f.Indexed() {
			all = append(all, f)
		}
	}
	for _, f := range slices.Clone(all) {
		if f.Statuses == nil {
			f.Name, f.Approved = "approved, "+f.Name, true
			all = append(all, f)
		}
	}
	return all
}

// pagesOf returns the windows of the first, a middle and the last page, newest first.
func pagesOf(b *testing.B, c Filled, f Filter) [3]assets.Window {
	b.Helper()
	oldest, err := c.Store.Assets(b.Context(), Workspace, f.Filter, f.Window(0, pageSize, true))
	if err != nil || len(oldest) < pageSize {
		b.Fatalf("%s: %d assets, %v", f.Name, len(oldest), err)
	}
	last := f.Window(0, pageSize, false)
	last.After, last.AfterSubmitted = oldest[pageSize-1].ID, oldest[pageSize-1].Submitted.At
	return [3]assets.Window{f.Window(0, pageSize, false), f.Window(c.Assets/2, pageSize, false), last}
}

// read is one page of a list.
type read struct {
	Filled
	filter Filter
	window assets.Window
}

// time returns how long one read takes.
func (r read) time(b *testing.B) time.Duration {
	b.Helper()
	start := time.Now()
	list, err := r.Store.Assets(b.Context(), Workspace, r.filter.Filter, r.window)
	took := time.Since(start)
	if err != nil || len(list) < pageSize-1 {
		b.Fatalf("%s: %d assets, %v", r.filter.Name, len(list), err)
	}
	return took
}

// times has how long a page takes in the small and the large store.
type times struct{ small, large time.Duration }

func (t times) ratio() float64 { return float64(t.large) / float64(t.small) }

// compare returns the median times of n reads of each store.
func compare(b *testing.B, n int, small, large read) times {
	b.Helper()
	var s, l []time.Duration
	for range n {
		s, l = append(s, small.time(b)), append(l, large.time(b))
	}
	slices.Sort(s)
	slices.Sort(l)
	return times{s[n/2], l[n/2]}
}
