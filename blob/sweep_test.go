package blob_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

func TestSweepDeletesOldUnreferencedObjects(t *testing.T) {
	all := []string{used, used + "~w640", garbage, garbage + "~w640", garbage2, garbage2 + "~w160", young}
	sweepTest(t, all, func(t *testing.T, b *agedBucket) {
		b.ages[young] = 23 * time.Hour
		b.ages[used] = time.Minute
		b.ages[garbage+"~w640"] = time.Minute // deleted with its content all the same
		b.ages[garbage2] = time.Minute        // old because of its rendition
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
		wantMarker(t, b, l.marker())
		if diff := cmp.Diff([]assets.Time{assets.TimeOf(now.AddDate(0, 0, -7))}, l.expired); diff != "" {
			t.Errorf("expired (-want +got):\n%s", diff)
		}
		if l.condemned[young] || !l.condemned[garbage] {
			t.Errorf("condemned: %v", l.condemned)
		}
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
			b := &agedBucket{store: blob.NewMemory(), ages: map[string]time.Duration{
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

// TestSweepTakesAtMostMax: repeated sweeps delete all garbage.
func TestSweepTakesAtMostMax(t *testing.T) {
	t.Parallel()
	b := &agedBucket{store: blob.NewMemory(), ages: map[string]time.Duration{}}
	put(t, b, used, "")
	for _, key := range []string{garbage, garbage + "~w640", garbage2} {
		put(t, b, key, "")
		b.ages[key] = 48 * time.Hour
	}
	cfg := config(b, newLedger(used))
	cfg.Max = 2
	for i, want := range []blob.SweepReport{
		{Scanned: 4, Referenced: 1, Deleted: 2, Left: 1},
		{Scanned: 2, Referenced: 1, Deleted: 1},
		{Scanned: 1, Referenced: 1},
	} {
		report, err := blob.Sweep(t.Context(), cfg)
		report.Expired = 0
		if diff := cmp.Diff(want, report); diff != "" || err != nil {
			t.Errorf("sweep %d: %v (-want +got):\n%s", i+1, err, diff)
		}
	}
	wantKeys(t, b, used)
	cfg.Max = -1
	if _, err := blob.Sweep(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "SweepConfig.Max") {
		t.Errorf("a negative Max: %v", err)
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

func TestSweepRefusalsCRA04(t *testing.T) {
	t.Parallel()
	later, other := newLedger(), newLedger()
	later.write("lost", 1)
	other.journal = nil
	other.write("of another history", 10)
	for _, c := range []struct {
		name       string
		marker     string
		referenced []string
		why        string // part of the refusal; empty: none
		left       []string
	}{
		{
			name: "first sweep", referenced: []string{used}, left: []string{used},
		},
		{
			name: "sweep after sweep", marker: newLedger().markerAt(9), referenced: []string{used}, left: []string{used},
		},
		{
			name: "marker of an earlier release", marker: `{"store":"store-1","journal":9}`, referenced: []string{used}, left: []string{used},
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
			name: "older backup", marker: later.marker(), referenced: []string{used},
			left: []string{used}, why: "names the journal row 11, which the database does not have",
		},
		{
			name: "older backup, equal number", marker: other.marker(), referenced: []string{used},
			left: []string{used}, why: "names the journal row 10, which the database does not have",
		},
		{
			name: "older backup, marker of an earlier release", marker: `{"store":"store-1","journal":11}`, referenced: []string{used},
			left: []string{used}, why: "names the journal row 11, which the database does not have",
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
			sweepTest(t, []string{used, garbage}, func(t *testing.T, b *agedBucket) {
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
					wantMarker(t, b, l.marker())
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
				wantMarker(t, b, l.marker())
			})
		})
	}
}

func TestSweepErrorDeletesNothingCRA05(t *testing.T) {
	t.Parallel()
	failure := errors.New("the primary is away")
	for name, breakIt := range map[string]func(*agedBucket, *ledger){
		"listing fails halfway":  func(b *agedBucket, _ *ledger) { b.listed = 2 },
		"listing fails at once":  func(b *agedBucket, _ *ledger) { b.listed = 1 },
		"state":                  func(_ *agedBucket, l *ledger) { l.fail = map[string]error{"State": failure} },
		"looking up the row":     func(_ *agedBucket, l *ledger) { l.fail = map[string]error{"MoveMark": failure} },
		"looking up":             func(_ *agedBucket, l *ledger) { l.fail = map[string]error{"Condemn dry": failure} },
		"condemning":             func(_ *agedBucket, l *ledger) { l.fail = map[string]error{"Condemn": failure} },
		"marker not written":     func(b *agedBucket, _ *ledger) { b.markFail = failure },
		"first deletion refused": func(b *agedBucket, _ *ledger) { b.store = undeletable{b.store} },
	} {
		t.Run(name, func(t *testing.T) {
			sweepTest(t, []string{used, garbage, garbage2}, func(t *testing.T, b *agedBucket) {
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

func TestSweepKeepsReferencedContentCRA06(t *testing.T) {
	sweepTest(t, []string{used, garbage, garbage + "~w320"}, func(t *testing.T, b *agedBucket) {
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

// The sweep runs with a real store and Library.
func TestSweepOfADeletedDraftCRA06(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		cfg := assetstest.Config()
		cfg.Blobs = s
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		by := assetstest.User("acme", "ann")
		create := func(text string) assets.ID {
			w, err := lib.Create(t.Context(), by, assets.NewAsset{
				Type: assets.TypeCopy, Title: text, NewVersion: assets.NewVersion{Text: text},
			})
			if err != nil {
				t.Fatal(err)
			}
			return w.ID
		}
		kept, deleted := create("kept"), create("deleted")
		if err := lib.Delete(t.Context(), by, deleted, nil); err != nil {
			t.Fatal(err)
		}
		sweep := blob.SweepConfig{
			Bucket: s, Ledger: cfg.Store.(blob.Ledger), Now: func() time.Time { return time.Now().Add(25 * time.Hour) },
		}
		for _, want := range []int{1, 0} {
			report, err := blob.Sweep(t.Context(), sweep)
			if err != nil || report.Deleted != want || report.Referenced != 1 || report.Foreign != 0 {
				t.Errorf("report %+v, %v, want %d deleted", report, err, want)
			}
		}
		f, err := lib.Open(t.Context(), by, kept, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		content := make([]byte, 4)
		if n, err := f.Read(content); string(content[:n]) != "kept" {
			t.Errorf("the kept content is %q, %v", content[:n], err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}
