package blob_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/blob"
)

// An upload that took longer than the age commits during the sweep: before the sweep
// looks up the key, before it condemns the key, or after that.
func TestSweepDuringUploadCRA03(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]func(dry bool) bool{
		"before the look-up":   func(dry bool) bool { return dry },
		"after the look-up":    func(dry bool) bool { return !dry },
		"after the condemning": func(bool) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
				l := newLedger(used)
				committed := false
				l.deciding = func(dry bool, l *ledger) {
					if when(dry) && !committed {
						committed = l.commitLocked(garbage)
					}
				}
				report, err := blob.Sweep(t.Context(), config(b, l))
				if err != nil || report.Referenced+report.Deleted != 2 {
					t.Errorf("report %+v, %v", report, err)
				}
				if !committed && l.commit(garbage) {
					t.Error("a version was committed after its bytes had been deleted")
				}
				want := []string{used}
				if committed {
					want = append(want, garbage)
				}
				wantKeys(t, b, want...)
			})
		})
	}
}

// However sweeps and commits interleave, each content ends with row and bytes, or with
// neither.
func TestSweepsAndCommitsRaceCRA03(t *testing.T) {
	var uploaded []string
	for i := range 100 {
		uploaded = append(uploaded, fmt.Sprintf("w/202601/%026d", i))
	}
	sweepTest(t, append(slices.Clone(uploaded), used), func(t *testing.T, b *agedBucket) {
		l := newLedger(used)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			for _, key := range slices.Backward(uploaded) {
				l.commit(key)
			}
		})
		wg.Wait()
		wantKeys(t, b, l.referenced()...)
	})
}

func TestConcurrentSweepsCRA07(t *testing.T) {
	var contents []string
	for i := range 1200 { // more than one batch
		contents = append(contents, fmt.Sprintf("w/202601/%026d", i))
	}
	t.Parallel()
	b := &agedBucket{store: blob.NewMemory()}
	for _, key := range append(contents, used) {
		put(t, b, key, "x")
	}
	l := newLedger(used)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantKeys(t, b, used)
}

func TestSweepInterruptedAndRepeatedCRA07(t *testing.T) {
	t.Parallel()
	contents := []string{used, used + "~w640", garbage, garbage + "~w160", garbage + "~w640", garbage2}
	for n := 1; n <= 4; n++ {
		repeat := func(t *testing.T, b *agedBucket) {
			l := newLedger(used)
			b.deletes = n
			report, err := blob.Sweep(t.Context(), config(b, l))
			if (err == nil) != (n == 4) || report.Deleted != n {
				t.Errorf("cut after %d deletions: %+v, %v", n, report, err)
			}
			b.deletes = 0
			for range 2 {
				if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
					t.Errorf("repeated after %d deletions: %v", n, err)
				}
			}
			wantKeys(t, b, used, used+"~w640")
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) { sweepTest(t, contents, repeat) })
	}
}

func TestSweepCancelledCRA07(t *testing.T) {
	sweepTest(t, []string{used, garbage, garbage2}, func(t *testing.T, b *agedBucket) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLedger(used)
		l.deciding = func(dry bool, _ *ledger) {
			if !dry {
				cancel()
			}
		}
		report, err := blob.Sweep(ctx, config(b, l))
		if err == nil || report.Deleted > 0 {
			t.Errorf("report %+v, %v", report, err)
		}
		wantKeys(t, b, used, garbage, garbage2)
	})
}

func TestDownloadDuringSweepCRA07(t *testing.T) {
	sweepTest(t, []string{used}, func(t *testing.T, b *agedBucket) {
		long := strings.Repeat("0123456789", 100_000)
		put(t, b, garbage, long)
		r, err := b.Open(t.Context(), garbage, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 1000)
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		if _, err := blob.Sweep(t.Context(), config(b, newLedger(used))); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, b, used)
		rest, err := io.ReadAll(r)
		if string(head)+string(rest) != long || err != nil {
			t.Errorf("the download ends after %d bytes, %v", len(head)+len(rest), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
