package blob_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

const (
	used     = "acme/202601/usedusedusedusedusedused00"
	garbage  = "acme/202601/garbagegarbagegarbagegar00"
	garbage2 = "=41cme/202512/garbagegarbagegarbagegar22"
	young    = "acme/202601/youngyoungyoungyoungyoun00"
)

func wantKeys(t *testing.T, s blob.Sweepable, want ...string) {
	t.Helper()
	got := keys(t, s, "")
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want)) // a copy: parallel subtests share the caller's
	if !slices.Equal(got, want) {
		t.Errorf("the bucket has %q, want %q", got, want)
	}
}

func wantMarker(t *testing.T, s blob.Sweepable, want string) {
	t.Helper()
	got, err := s.ReadMarker(background)
	if want == "" && !errors.Is(err, assets.ErrNotFound) || strings.TrimSpace(string(got)) != want {
		t.Errorf("the marker is %q, %v, want %q", got, err, want)
	}
}

func TestSweepDeletesWhatIsOldAndUnreferenced(t *testing.T) {
	all := []string{used, used + "~w640", garbage, garbage + "~w640", garbage2, garbage2 + "~w160", young}
	sweepTest(t, all, func(t *testing.T, b *aged) {
		b.ages[young] = 23 * time.Hour
		b.ages[used] = time.Minute
		b.ages[garbage+"~w640"] = time.Minute // goes with its content all the same
		b.ages[garbage2] = time.Minute        // old by its rendition
		l := newLedger(used)
		want := blob.SweepReport{Scanned: 7, Referenced: 2, Young: 1, Deleted: 4, Bytes: 28, Expired: 3}

		dry := config(b, l)
		dry.DryRun = true
		report, err := blob.Sweep(t.Context(), dry)
		wantDry := want
		wantDry.Expired = 0
		if diff := cmp.Diff(wantDry, report); diff != "" || err != nil {
			t.Errorf("dry run: %v (-want +got):\n%s", err, diff)
		}
		wantKeys(t, b, all...)
		wantMarker(t, b, "")
		if len(l.condemned)+len(l.expired) > 0 {
			t.Errorf("a dry run condemned %v, expired %v", l.condemned, l.expired)
		}

		report, err = blob.Sweep(t.Context(), config(b, l))
		if diff := cmp.Diff(want, report); diff != "" || err != nil {
			t.Errorf("sweep: %v (-want +got):\n%s", err, diff)
		}
		wantKeys(t, b, used, used+"~w640", young)
		wantMarker(t, b, `{"store":"store-1","journal":10}`)
		if diff := cmp.Diff([]assets.Time{assets.TimeOf(now.AddDate(0, 0, -7))}, l.expired); diff != "" {
			t.Errorf("expired (-want +got):\n%s", diff)
		}
		if l.condemned[young] || !l.condemned[garbage] {
			t.Errorf("condemned: %v", l.condemned)
		}
	})
}

func TestSweepNeverTouchesWhatIsNotOurs(t *testing.T) {
	foreign := []string{
		"readme.txt", "photos/202601/cat.jpg", "acme/202613/usedusedusedusedusedused00", "acme/202601/short",
		"a/b/202601/usedusedusedusedusedused00", used + "~", used + "~w640~w640", "backup/202601/usedusedused-usedused",
	}
	sweepTest(t, append([]string{used}, foreign...), func(t *testing.T, b *aged) {
		report, err := blob.Sweep(t.Context(), config(b, newLedger(used)))
		want := blob.SweepReport{Scanned: 9, Foreign: 8, Referenced: 1, Expired: 3}
		if diff := cmp.Diff(want, report); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		wantKeys(t, b, append(foreign, used)...)
	})
}

func TestSweepAge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		age     time.Duration
		any, ok bool
		deleted int // of objects 2 min, 2 h and 48 h old
	}{
		{"default", 0, false, true, 1},
		{"zero is the default also when any is allowed", 0, true, true, 1},
		{"an hour", time.Hour, false, true, 2},
		{"less", time.Hour - 1, false, false, 0},
		{"less, allowed", time.Minute, true, true, 3},
		{"negative", -time.Hour, true, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := &aged{store: blob.NewMemory(), ages: map[string]time.Duration{
				garbage: 2 * time.Minute, young: 2 * time.Hour,
			}}
			for _, key := range []string{used, garbage, garbage2, young} {
				put(t, b, key, "")
			}
			cfg := config(b, newLedger(used))
			cfg.Age, cfg.AllowAnyAge = c.age, c.any
			report, err := blob.Sweep(t.Context(), cfg)
			if (err == nil) != c.ok || report.Deleted != c.deleted {
				t.Errorf("deleted %d, %v", report.Deleted, err)
			}
		})
	}
}

func TestSweepNeedsBucketAndLedger(t *testing.T) {
	t.Parallel()
	for _, cfg := range []blob.SweepConfig{{}, config(nil, newLedger()), config(blob.NewMemory(), nil)} {
		if _, err := blob.Sweep(t.Context(), cfg); err == nil {
			t.Error("an incomplete config is accepted")
		}
	}
	anonymous := newLedger()
	anonymous.store = ""
	if _, err := blob.Sweep(t.Context(), config(blob.NewMemory(), anonymous)); err == nil {
		t.Error("a store without an id is accepted")
	}
}

func TestCRA04Refusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		marker     string
		referenced []string
		why        string // part of the refusal; empty: none
		left       []string
		after      string // the marker
	}{
		{
			name: "first sweep", referenced: []string{used},
			left: []string{used}, after: `{"store":"store-1","journal":10}`,
		},
		{
			name: "sweep after sweep", marker: `{"store":"store-1","journal":9}`, referenced: []string{used},
			left: []string{used}, after: `{"store":"store-1","journal":10}`,
		},
		{
			name: "empty database", why: "references none of its 2 objects",
		},
		{
			name: "empty database of the same name", marker: `{"store":"store-1","journal":10}`, why: "references none",
		},
		{
			name: "database of another bucket", referenced: []string{garbage2}, why: "references none",
		},
		{
			name: "another store's bucket", marker: `{"store":"store-2","journal":3}`, referenced: []string{used},
			left: []string{used}, why: "belongs to the store store-2",
		},
		{
			name: "older backup", marker: `{"store":"store-1","journal":11}`, referenced: []string{used},
			left: []string{used}, why: "the last sweep knew the journal up to 11",
		},
		{
			name: "broken marker", marker: `{"store":`, referenced: []string{used},
			left: []string{used}, why: "cannot be read",
		},
		{
			name: "empty marker", marker: `{}`, referenced: []string{used}, left: []string{used}, why: "cannot be read",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage}, func(t *testing.T, b *aged) {
				if c.marker != "" {
					if err := b.WriteMarker(t.Context(), []byte(c.marker)); err != nil {
						t.Fatal(err)
					}
				}
				l := newLedger(c.referenced...)
				report, err := blob.Sweep(t.Context(), config(b, l))
				if c.why == "" {
					if err != nil || report.Deleted != 1 {
						t.Errorf("report %+v, %v", report, err)
					}
					wantKeys(t, b, c.left...)
					wantMarker(t, b, c.after)
					return
				}
				if !errors.Is(err, blob.ErrSweepRefused) || !strings.Contains(err.Error(), c.why) {
					t.Errorf("%v, want a refusal that says %q", err, c.why)
				}
				if report.Deleted+report.Expired+len(l.condemned)+len(l.expired) > 0 {
					t.Errorf("refused, yet %+v, condemned %v", report, l.condemned)
				}
				wantKeys(t, b, used, garbage)
				wantMarker(t, b, c.marker)

				forced := config(b, l)
				forced.Force = true
				if _, err := blob.Sweep(t.Context(), forced); err != nil {
					t.Errorf("forced: %v", err)
				}
				wantKeys(t, b, c.left...)
				wantMarker(t, b, `{"store":"store-1","journal":10}`)
			})
		})
	}
}

func TestCRA04MarkerOfAnEmptyBucket(t *testing.T) {
	sweepTest(t, nil, func(t *testing.T, b *aged) {
		if _, err := blob.Sweep(t.Context(), config(b, newLedger())); err != nil {
			t.Fatal(err)
		}
		wantMarker(t, b, `{"store":"store-1","journal":10}`)
		put(t, b, garbage, "another database must not sweep this")
		other := newLedger()
		other.store = "store-2"
		if _, err := blob.Sweep(t.Context(), config(b, other)); !errors.Is(err, blob.ErrSweepRefused) {
			t.Errorf("a second store: %v", err)
		}
		wantKeys(t, b, garbage)
	})
}

func TestCRA05NothingDeletedOnError(t *testing.T) {
	t.Parallel()
	failure := errors.New("the primary is away")
	for name, breakIt := range map[string]func(*aged, *ledger){
		"listing fails halfway":  func(b *aged, _ *ledger) { b.listed = 2 },
		"listing fails at once":  func(b *aged, _ *ledger) { b.listed = 1 },
		"state":                  func(_ *aged, l *ledger) { l.fail = map[string]error{"State": failure} },
		"looking up":             func(_ *aged, l *ledger) { l.fail = map[string]error{"Condemn dry": failure} },
		"condemning":             func(_ *aged, l *ledger) { l.fail = map[string]error{"Condemn": failure} },
		"marker not written":     func(b *aged, _ *ledger) { b.markFail = failure },
		"first deletion refused": func(b *aged, _ *ledger) { b.store = undeletable{b.store} },
	} {
		t.Run(name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage, garbage2}, func(t *testing.T, b *aged) {
				l := newLedger(used)
				breakIt(b, l)
				report, err := blob.Sweep(t.Context(), config(b, l))
				if err == nil || errors.Is(err, blob.ErrSweepRefused) || report.Deleted > 0 {
					t.Errorf("report %+v, %v", report, err)
				}
				wantKeys(t, b.store, used, garbage, garbage2)
			})
		})
	}
}

type undeletable struct{ store }

func (undeletable) Delete(context.Context, string) error { return assets.ErrUnavailable }

func TestCRA06BytesStayWhileAnyVersionNamesThem(t *testing.T) {
	sweepTest(t, []string{used, garbage, garbage + "~w320"}, func(t *testing.T, b *aged) {
		l := newLedger(used, garbage, garbage) // the second by a rollback
		for _, want := range [][]string{{used, garbage, garbage + "~w320"}, {used}} {
			l.remove(garbage)
			if _, err := blob.Sweep(t.Context(), config(b, l)); err != nil {
				t.Fatal(err)
			}
			wantKeys(t, b, want...)
		}
	})
}
