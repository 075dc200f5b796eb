package attest_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/attest"
)

// newLate returns a signer, an Attester whose statements it signs late, and a Library that uses
// the Attester and has one approved asset.
func newLate(t *testing.T) (*signer, *attest.Attester, *assets.Library, assets.ID) {
	t.Helper()
	s := &signer{key: newKey(5)}
	a := newAttester(t, attest.Config{Signer: s})
	lib, id := newLibrary(t, a)
	return s, a, lib, id
}

// TestRefusedStatementsKeepNoOthers: statements that the signer never signs, however many,
// keep it from no others, before or behind them.
func TestRefusedStatementsKeepNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a, lib, first := newLate(t)
		ids := []assets.ID{first}
		for range 8 {
			ids = append(ids, approve(t, lib))
		}
		s.refused = slices.Concat(ids[1:5], ids[6:8])
		run(t, a, lib)
		time.Sleep(2 * longEnough)
		for i, id := range ids {
			if got, want := signed(t, lib, id).Signed(), !slices.Contains(s.refused, id); got != want {
				t.Errorf("statement %d is signed: %t, want %t", i, got, want)
			}
		}
	})
}

// TestRefusedAfterPruning: a statement that the signer never signs does not keep the mark
// in front of pruned events.
func TestRefusedAfterPruning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a, lib, refused := newLate(t)
		s.refused = []assets.ID{refused}
		journal := lib.Store().(assets.Journal)
		pruneUnread(t, lib)
		run(t, a, lib)
		run(t, a, lib) // another process
		time.Sleep(longEnough)
		if n := s.countOf(refused); n < 2 || n > 10 {
			t.Errorf("%d calls about the refused statement", n)
		}
		later := approve(t, lib)
		time.Sleep(longEnough)
		if !signed(t, lib, later).Signed() || s.countOf(later) != 1 {
			t.Errorf("a later statement: %+v after %d calls", signed(t, lib, later), s.countOf(later))
		}
		state, err := journal.JournalState(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		atEnd := func(f assets.Following) bool { return f.Leads && f.Position == state.Last && f.Failures == 0 }
		if all := lib.Following(); !slices.ContainsFunc(all, atEnd) {
			t.Errorf("the journal ends at %d: %+v", state.Last, all)
		}
	})
}

// approve returns the id of a new asset that is approved.
func approve(t *testing.T, lib *assets.Library) assets.ID {
	t.Helper()
	return assetstest.Approved(t, lib, "w", assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: fileText}}).ID
}

// TestRefusedInARowDelayOthersLittle: of many refused statements in a row each costs those
// behind them a pause, once.
func TestRefusedInARowDelayOthersLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a, lib, first := newLate(t)
		s.refused = append(s.refused, first)
		for range 99 {
			s.refused = append(s.refused, approve(t, lib))
		}
		behind := approve(t, lib)
		run(t, a, lib)
		time.Sleep(15 * time.Second)
		if !signed(t, lib, behind).Signed() || s.countOf(behind) != 1 {
			t.Errorf("the statement behind them is not signed after %d calls, %d about it", s.count(), s.countOf(behind))
		}
		time.Sleep(10 * time.Minute)
		later, before := approve(t, lib), s.count()
		time.Sleep(12 * time.Second)
		if !signed(t, lib, later).Signed() {
			t.Error("a later statement waits for those that are tried again")
		}
		if n := s.count() - before; n > 150 {
			t.Errorf("%d calls in 12 s", n)
		}
		for _, id := range s.refused {
			if n := s.countOf(id); n < 8 || n > 20 {
				t.Errorf("%d calls about %s", n, id)
			}
		}
	})
}

// TestStoreAwayKeepsTheMark: the mark does not move while the store fails.
func TestStoreAwayKeepsTheMark(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, before, id := newLate(t)
		broken := &brokenStore{Store: before.Store(), Attestations: before.Store().(assets.Attestations)}
		broken.away.Store(true)
		cfg := assetstest.Config()
		cfg.Store, cfg.Attest = broken, a
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		run(t, a, lib)
		time.Sleep(longEnough)
		if all := lib.Following(); len(all) != 1 || all[0].Position != 0 || all[0].Failures == 0 {
			t.Errorf("%+v", all)
		}
		broken.away.Store(false)
		time.Sleep(longEnough)
		if all := lib.Following(); len(all) != 1 || all[0].Position == 0 || all[0].Failures != 0 || !signed(t, lib, id).Signed() {
			t.Errorf("%+v", all)
		}
	})
}

// brokenStore is a store whose unsigned statements cannot be read while it is away.
type brokenStore struct {
	assets.Store
	assets.Attestations
	away atomic.Bool
}

func (s *brokenStore) Unwrap() assets.Store { return s.Store }

func (s *brokenStore) Unsigned(ctx context.Context, after assets.Attestation, limit int) ([]assets.Attestation, error) {
	if s.away.Load() {
		return nil, assets.ErrUnavailable
	}
	return s.Attestations.Unsigned(ctx, after, limit)
}
