package races_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestVolumeLongHistoryHOS07 gives an asset 18,000 reviews and brings it from one state to
// the next. In each, 30 clients repeat what is in effect while others write. That
// records nothing, no transaction reads more rows than the decision needs, and the
// others wait for at most 100 ms, or 20 times as long on a machine that does other work
// besides (ASSETS_TEST_QUIET=1 is for one that does not).
func TestVolumeLongHistoryHOS07(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		const quorum = 3
		st := &countingStore{Store: cfg.Store}
		cfg.Store, cfg.Approver = st, approval.Policy{Quorum: quorum, ForbidSelfApproval: true}
		l := &longHistory{T: t, lib: backends.Library(t, cfg), store: st}
		l.id = fixture.Draft(t, l.lib, false).ID
		l.add(18_000)

		// the asset, one or two versions, and the decisions since the last reset with
		// that one
		const rows = 1 + 2 + 1 + quorum + 1
		l.repeat("old", assets.ActionRequestChanges, 1, 2)
		l.repeat("ann", assets.ActionReopen, 1, 2)
		l.decide("maker", assets.ActionSubmit, 1, rows)
		l.repeat("ann", assets.ActionSubmit, 1, 2)
		l.decide("ann", assets.ActionApprove, 1, rows)
		l.decide("bob", assets.ActionApprove, 1, rows)
		l.repeat("ann", assets.ActionApprove, 1, rows)
		l.repeat("ann", assets.ActionSubmit, 1, rows)
		l.decide("cid", assets.ActionApprove, 1, rows+1) // the version is read to be approved
		l.repeat("ann", assets.ActionApprove, 1, 2)
		l.repeat("dan", assets.ActionApprove, 1, 2)
		l.check("a new version", 4, func() error { return fixture.AddVersion(t, l.lib, l.id, "second") })
		l.repeat("ann", assets.ActionApprove, 1, 4) // in force beside the draft; it may have been erased
		l.check("rollback", rows+4, func() error {
			a, err := l.lib.Rollback(t.Context(), fixture.User("dan"), l.id, assets.Rollback{Version: 1, Reason: "better"})
			if err == nil && a.ApprovedVersion != 3 {
				err = fmt.Errorf("version %d is in force, want 3", a.ApprovedVersion)
			}
			return err
		})
		l.repeat("ann", assets.ActionApprove, 3, 2)
		l.check("allowed", 1+5*rows, func() error {
			_, err := l.lib.Allowed(t.Context(), fixture.User("ann"), l.id)
			return err
		})
		l.decide("ann", assets.ActionArchive, 3, 1+3) // all versions
		l.repeat("bob", assets.ActionArchive, 3, 2)
		l.checkSlowest()
	})
}

// longHistory is an asset with many reviews.
type longHistory struct {
	*testing.T
	lib   *assets.Library
	store *countingStore
	id    assets.ID

	mu      sync.Mutex
	slowest time.Duration // of the other writers' calls
}

// add records n reviews of version 1. Each second one requests changes.
func (l *longHistory) add(n int) {
	l.Helper()
	err := l.store.Store.Update(l.Context(), func(tx assets.Tx) error {
		a, err := tx.Asset(l.Context(), "w", l.id)
		if err != nil {
			return err
		}
		for i := range n {
			a.Revision++
			r := assets.Review{
				ID: assets.ID(fmt.Sprintf("0190a6f0-0000-7000-8000-%012d", i)), AssetID: l.id, Version: 1, Revision: a.Revision, SHA256: a.Content.SHA256,
				Action: assets.ActionSubmit, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview, By: "maker", ByKind: assets.KindUser,
			}
			if i%2 == 1 {
				r.Action, r.FromStatus, r.ToStatus, r.By = assets.ActionRequestChanges, r.ToStatus, r.FromStatus, "old"
			}
			if err := tx.AddReview(l.Context(), "w", r); err != nil {
				return err
			}
		}
		return tx.PutAsset(l.Context(), a, nil)
	})
	if err != nil {
		l.Fatal(err)
	}
}

// check makes a call that must succeed and read at most maxRows rows.
func (l *longHistory) check(name string, maxRows int, call func() error) {
	l.Helper()
	l.store.take()
	if err := call(); err != nil {
		l.Errorf("%s: %v", name, err)
	}
	rows, calls := l.store.take()
	l.Logf("%s: %d rows in %d reads", name, rows, calls)
	if rows == 0 || rows > maxRows {
		l.Errorf("%s: a transaction reads %d rows, want 1 to %d", name, rows, maxRows)
	}
}

func (l *longHistory) decide(by string, action assets.Action, n assets.Number, maxRows int) {
	l.Helper()
	before := l.revision()
	l.check(fmt.Sprintf("%s by %s", action, by), maxRows, func() error { return fixture.Decide(l, l.lib, by, l.id, action, n) })
	if after := l.revision(); after != before+1 {
		l.Errorf("%s by %s leads from revision %d to %d", action, by, before, after)
	}
}

// repeat lets 30 clients take a decision that is in effect, several times each,
// while two others write to this workspace and to another one.
func (l *longHistory) repeat(by string, action assets.Action, n assets.Number, maxRows int) {
	l.Helper()
	const clients, writers, times = 30, 2, 4
	before := l.revision()
	l.check(fmt.Sprintf("%s again by %s", action, by), maxRows, func() error {
		fixture.AtOnce(clients+writers, func(i int) {
			for range times {
				start := time.Now()
				var err error
				if i < clients {
					err = fixture.Decide(l, l.lib, by, l.id, action, n)
				} else {
					_, err = l.lib.Create(l.Context(), assetstest.User([]string{"w", "other"}[i-clients], "writer"), fixture.Copy("text"))
					l.waited(time.Since(start))
				}
				if err != nil {
					l.Errorf("client %d: %v", i, err)
				}
			}
		})
		return nil
	})
	if after := l.revision(); after != before {
		l.Errorf("%s again by %s leads from revision %d to %d", action, by, before, after)
	}
}

func (l *longHistory) waited(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, d)
}

func (l *longHistory) checkSlowest() {
	l.Helper()
	limit := 100 * time.Millisecond
	if os.Getenv("ASSETS_TEST_QUIET") != "1" {
		limit *= 20
	}
	l.Logf("another writer waited for at most %v", l.slowest)
	if l.slowest > limit {
		l.Errorf("another writer waited for %v, more than %v", l.slowest, limit)
	}
}

// revision returns the asset's revision, which grows with each recorded review.
func (l *longHistory) revision() int64 {
	l.Helper()
	a, err := l.store.Store.Asset(l.Context(), "w", l.id)
	if err != nil {
		l.Fatal(err)
	}
	return a.Revision
}
