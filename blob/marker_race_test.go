package blob_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/10ex/assets/blob"
)

// cutLedger fails before or after it has moved the mark.
type cutLedger struct {
	*ledger
	before, after error
}

func (l cutLedger) MoveMark(ctx context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	if !dry && l.before != nil {
		return blob.Mark{}, l.before
	}
	next, err := l.ledger.MoveMark(ctx, from, dry)
	if !dry && l.after != nil {
		err = l.after
	}
	return next, err
}

// cutBucket fails after it has written the marker.
type cutBucket struct{ *agedBucket }

func (b cutBucket) WriteMarker(ctx context.Context, text []byte) error {
	return errors.Join(b.agedBucket.WriteMarker(ctx, text), errCut)
}

var errCut = errors.New("cut")

// TestMoveIsCutCRA04 ends at each step of a move. Afterwards the journal is pruned, and
// the right database still has the row of the marker.
func TestMoveIsCutCRA04(t *testing.T) {
	for name, cut := range map[string]func(*agedBucket, *ledger) (blob.Sweepable, blob.Ledger){
		"before recording": func(b *agedBucket, l *ledger) (blob.Sweepable, blob.Ledger) { return b, cutLedger{l, errCut, nil} },
		"after recording":  func(b *agedBucket, l *ledger) (blob.Sweepable, blob.Ledger) { return b, cutLedger{l, nil, errCut} },
		"before writing":   func(b *agedBucket, l *ledger) (blob.Sweepable, blob.Ledger) { b.markFail = errCut; return b, l },
		"after writing":    func(b *agedBucket, l *ledger) (blob.Sweepable, blob.Ledger) { return cutBucket{b}, l },
		"before the last look": func(b *agedBucket, l *ledger) (blob.Sweepable, blob.Ledger) {
			b.marking = func() { l.fail = map[string]error{"State": errCut} }
			return b, l
		},
	} {
		for mover, move := range movers {
			t.Run(name+", "+mover, func(t *testing.T) {
				sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
					l := newLedger(used)
					for range 2 { // without and with a marker
						l.write("next", 3)
						backup := l.backup()
						l.write("lost", 3)
						cutB, cutL := cut(b, l)
						before := readMarker(t, b)
						if err := move(t, cutB, cutL); !errors.Is(err, errCut) {
							t.Errorf("the cut is reported as %v", err)
						}
						b.markFail, b.marking, l.fail = nil, nil, nil
						wantKeys(t, b, used, garbage)
						if readMarker(t, b) != before {
							backup.write("instead", 9)
							wantRefused(t, b, backup, "which the database does not have")
						}
						l.write("next", 3)
						l.prune()
						if err := start(t, b, l); err != nil {
							t.Errorf("the next start: %v", err)
						}
						wantMarker(t, b, l.marker())
					}
				})
			})
		}
	}
}

// TestProcessesMoveAtOnceCRA04: a process that is late leaves the latest marker.
func TestProcessesMoveAtOnceCRA04(t *testing.T) {
	sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
		l := newLedger(used)
		late := &agedBucket{store: b.store}
		var once sync.Once
		late.marking = func() {
			once.Do(func() {
				l.write("next", 1)
				if err := start(t, b, l); err != nil {
					t.Error(err)
				}
			})
		}
		if err := start(t, late, l); err != nil {
			t.Error(err)
		}
		wantMarker(t, b, l.marker())
	})
	t.Run("many", func(t *testing.T) {
		sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
			l := newLedger(used)
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					l.write("next", 1)
					if err := []func(*testing.T, blob.Sweepable, blob.Ledger) error{start, sweepNow}[i%2](t, b, l); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			_, latest, _ := l.State(t.Context())
			wantMarker(t, b, l.markerAt(int(latest.Position)))
			wantKeys(t, b, used)
			l.prune()
			if err := sweepNow(t, b, l); err != nil {
				t.Error(err)
			}
		})
	})
}
