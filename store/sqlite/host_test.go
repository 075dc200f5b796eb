package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// hostTable makes a table of the host's own.
func hostTable(t *testing.T, db *bun.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE campaigns (name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
}

func campaigns(t *testing.T, db *bun.DB) int {
	t.Helper()
	var n int
	if err := db.NewRaw("SELECT count(*) FROM campaigns").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// change writes an asset with its event.
func change(ctx context.Context, st assets.Store, i int) error {
	return st.Update(ctx, func(tx assets.Tx) error {
		return errors.Join(
			tx.PutAsset(ctx, newAsset(i), nil),
			tx.AddEvent(ctx, assets.Event{Workspace: "w", AssetID: newAsset(i).ID, Kind: assets.EventCreated}),
		)
	})
}

func events(t *testing.T, st assets.Journal) int {
	t.Helper()
	list, err := st.Events(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestHostTransactionCommitsAll(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	hostTable(t, st.DB())
	refused := errors.New("refused")
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		bound := st.In(tx)
		if err := change(ctx, bound, 0); err != nil {
			return err
		}
		err := bound.Update(ctx, func(own assets.Tx) error {
			return errors.Join(own.PutAsset(ctx, newAsset(1), nil), refused)
		})
		if !errors.Is(err, refused) {
			t.Errorf("a refused call: %v", err)
		}
		mustHold(t, bound, 2, 0)
		mustHold(t, st, 2) // outside, nothing yet
		if err := bound.View(ctx, func(r assets.Snapshot) error { mustHold(t, r, 2, 0); return nil }); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('launched')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, st, 2, 0)
	if c, e := campaigns(t, st.DB()), events(t, st); c != 1 || e != 1 {
		t.Errorf("%d campaigns and %d events, want 1 and 1", c, e)
	}
}

func TestHostTransactionPanics(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	func() {
		defer func() {
			if got := recover(); got != "inside" {
				t.Errorf("recovered %v", got)
			}
		}()
		_ = st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return st.In(tx).Update(ctx, func(own assets.Tx) error {
				if err := own.PutAsset(ctx, newAsset(0), nil); err != nil {
					t.Error(err)
				}
				panic("inside")
			})
		})
	}()
	mustHold(t, st, 1)
	mustPut(t, st, 0)
}

func TestDBF10CallOutsideTheHostTransaction(t *testing.T) {
	t.Parallel()
	rollback := errors.New("roll back")
	// outside calls an unbound store while the host's transaction is open.
	outside := func(t *testing.T, st *store.Store) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		unavailable(t, put(ctx, st, 1))
		unavailable(t, put(t.Context(), st, 1)) // without a deadline, at LockWait
		mustHold(t, st, 2)
	}
	t.Run("RunInTx", func(t *testing.T) {
		t.Parallel()
		st := openPath(t, t.TempDir()+"/assets.db", store.Options{LockWait: 100 * time.Millisecond})
		err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := change(ctx, st.In(tx), 0); err != nil {
				return err
			}
			outside(t, st.Store)
			return rollback
		})
		if err != rollback { // passed on unchanged
			t.Errorf("got %v", err)
		}
		afterRollback(t, st.Store)
	})
	t.Run("a transaction of bun's", func(t *testing.T) {
		t.Parallel()
		st := openPath(t, t.TempDir()+"/assets.db", store.Options{LockWait: 100 * time.Millisecond})
		tx, err := st.DB().BeginTx(t.Context(), &sql.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := change(t.Context(), st.In(tx), 0); err != nil {
			t.Fatal(err)
		}
		outside(t, st.Store)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		afterRollback(t, st.Store)
	})
}

func afterRollback(t *testing.T, st *store.Store) {
	t.Helper()
	mustHold(t, st, 2)
	if n := events(t, st); n != 0 {
		t.Errorf("%d events stayed", n)
	}
	mustPut(t, st, 0)
}
