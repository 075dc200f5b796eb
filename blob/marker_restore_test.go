package blob_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// start moves the marker as a server does that starts.
func start(t *testing.T, b blob.Sweepable, l blob.Ledger) error {
	t.Helper()
	return blob.MoveMarker(t.Context(), b, l)
}

func sweepNow(t *testing.T, b blob.Sweepable, l blob.Ledger) error {
	t.Helper()
	_, err := blob.Sweep(t.Context(), config(b, l))
	return err
}

// movers are the calls that move the marker.
var movers = map[string]func(*testing.T, blob.Sweepable, blob.Ledger) error{"start": start, "sweep": sweepNow}

// wantRefused requires that neither a start nor a sweep moves the marker or deletes.
func wantRefused(t *testing.T, b *agedBucket, l *ledger, why string) {
	t.Helper()
	before, marker := keys(t, b, ""), readMarker(t, b)
	for range 2 {
		for _, name := range slices.Sorted(maps.Keys(movers)) {
			if err := movers[name](t, b, l); !errors.Is(err, blob.ErrSweepRefused) || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: %v, want a refusal that says %q", name, err, why)
			}
		}
	}
	wantKeys(t, b, before...)
	wantMarker(t, b, marker)
}

func readMarker(t *testing.T, b blob.Sweepable) string {
	t.Helper()
	text, err := b.ReadMarker(t.Context())
	if err != nil && !errors.Is(err, assets.ErrNotFound) {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestRestoredBackupCRA04 loses four changes, and the content garbage with them, by
// restoring a backup of the database. The restored database makes other changes.
func TestRestoredBackupCRA04(t *testing.T) {
	for name, move := range movers {
		for _, changes := range []int{0, 1, 4, 5, 8, 100} {
			t.Run(fmt.Sprintf("%s, %d changes", name, changes), func(t *testing.T) {
				sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
					l := newLedger(used)
					if err := start(t, b, l); err != nil {
						t.Fatal(err)
					}
					restored := l.backup()
					l.commit(garbage)
					l.write("lost", 4)
					if err := move(t, b, l); err != nil {
						t.Fatal(err)
					}
					restored.write("instead", changes)
					wantRefused(t, b, restored, "which the database does not have")
					if changes > 0 {
						restored.prune()
						wantRefused(t, b, restored, "which the database does not have")
					}
					if err := move(t, b, l); err != nil { // the right database still may
						t.Error(err)
					}
					forced := config(b, restored)
					forced.Force = true
					if _, err := blob.Sweep(t.Context(), forced); err != nil {
						t.Error(err)
					}
					wantKeys(t, b, used)
					wantMarker(t, b, restored.marker())
					wantMovable(t, b, restored)
				})
			})
		}
	}
}

func wantMovable(t *testing.T, b *agedBucket, l *ledger) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(movers)) {
		l.write("next", 1)
		if err := movers[name](t, b, l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wantMarker(t, b, l.marker())
	}
}

// TestMarkerOfEarlierReleaseCRA04 begins with the number of a row.
func TestMarkerOfEarlierReleaseCRA04(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		number  int
		refused bool
	}{
		"no row": {0, false}, "an earlier row": {4, false}, "the newest row": {10, false}, "a later row": {11, true},
	} {
		t.Run(name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
				if err := b.WriteMarker(t.Context(), fmt.Appendf(nil, `{"store":"store-1","journal":%d}`, c.number)); err != nil {
					t.Fatal(err)
				}
				l := newLedger(used)
				if c.refused {
					wantRefused(t, b, l, "which the database does not have")
					return
				}
				b.markFail = errors.New("cut") // between recording and writing
				if err := start(t, b, l); err == nil {
					t.Error("the marker cannot be written, and the start does not notice")
				}
				b.markFail = nil
				restored := l.backup()
				wantMovable(t, b, l)
				restored.write("instead", 100)
				wantRefused(t, b, restored, "which the database does not have")
			})
		})
	}
	t.Run("written again beside this release", func(t *testing.T) {
		sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
			l := newLedger(used)
			wantMovable(t, b, l)
			if err := b.WriteMarker(t.Context(), []byte(`{"store":"store-1","journal":3}`)); err != nil {
				t.Fatal(err)
			}
			wantRefused(t, b, l, "which the database does not have")
		})
	})
}

// TestPrunedJournalCRA04: the marker can be checked when its row is gone.
func TestPrunedJournalCRA04(t *testing.T) {
	for name, move := range movers {
		t.Run(name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
				l := newLedger(used)
				if err := move(t, b, l); err != nil {
					t.Fatal(err)
				}
				backup := l.backup()
				l.write("later", 4)
				l.prune()
				wantMovable(t, b, l)
				wantRefused(t, b, backup, "which the database does not have")
			})
		})
	}
}

// TestMoveMarkerWithoutMarkerCRA04 starts with a bucket that has none.
func TestMoveMarkerWithoutMarkerCRA04(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		contents   []string
		referenced []string
		why        string
	}{
		"empty bucket":               {nil, nil, ""},
		"a referenced content":       {[]string{garbage, used}, []string{used}, ""},
		"a referenced rendition":     {[]string{used + "~w640"}, []string{used}, ""},
		"empty database":             {[]string{garbage, used}, nil, "references none of its first 2 objects"},
		"renditions only":            {[]string{garbage, garbage + "~w160", garbage + "~w640"}, nil, "references none of its first 3 objects"},
		"database of another one":    {[]string{garbage, used}, []string{garbage2}, "references none of its first 2 objects"},
		"nothing that we could name": {[]string{"mine"}, []string{used}, "references none of its first 1 objects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, l := &agedBucket{store: blob.NewMemory()}, newLedger(c.referenced...)
			for _, key := range c.contents {
				put(t, b, key, "")
			}
			if c.why != "" {
				wantRefused(t, b, l, "references none of its")
				if err := start(t, b, l); err == nil || !strings.Contains(err.Error(), c.why) {
					t.Errorf("%v, want %q", err, c.why)
				}
				return
			}
			if err := start(t, b, l); err != nil {
				t.Error(err)
			}
			wantMarker(t, b, l.marker())
			b.listed = 1
			if err := start(t, b, l); err != nil { // with a marker nothing is listed
				t.Error(err)
			}
		})
	}
	t.Run("the listing fails", func(t *testing.T) {
		t.Parallel()
		b := &agedBucket{store: blob.NewMemory(), listed: 1}
		put(t, b, garbage, "")
		put(t, b, used, "")
		if err := start(t, b, newLedger(used)); !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		wantMarker(t, b, "")
	})
	t.Run("only the first objects are listed", func(t *testing.T) {
		t.Parallel()
		b := &agedBucket{store: blob.NewMemory(), listed: 10_001}
		for i := range 10_002 {
			put(t, b, fmt.Sprintf("acme/202601/%026d", i), "")
		}
		err := start(t, b, newLedger(fmt.Sprintf("acme/202601/%026d", 10_001)))
		if !errors.Is(err, blob.ErrSweepRefused) || !strings.Contains(err.Error(), "first 10000 objects") {
			t.Errorf("%v, want a refusal", err)
		}
	})
}
