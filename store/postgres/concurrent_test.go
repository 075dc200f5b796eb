package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// TestDeadlockIsRetried has two Updates lock two assets in opposite orders. The
// database rolls one of them back, and both are committed.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.MustPut(t, st, 0)
	sqltest.MustPut(t, st, 1)
	met := make(chan struct{}) // each holds one lock
	runs := make(chan int, 2)
	swap := func(first, second int, meet func()) error {
		n := 0
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			n++
			for i, which := range []int{first, second} {
				a, err := tx.Asset(t.Context(), "w", sqltest.NewAsset(which).ID)
				if err != nil {
					return err
				}
				a.Revision++
				if err := tx.PutAsset(t.Context(), a, nil); err != nil {
					return err
				}
				if i == 0 && n == 1 {
					meet()
				}
			}
			return nil
		})
		runs <- n
		return err
	}
	done := make(chan error, 1)
	go func() { done <- swap(1, 0, func() { met <- struct{}{} }) }()
	if err := swap(0, 1, func() { <-met }); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := <-runs + <-runs; n < 3 {
		t.Errorf("%d runs: there was no deadlock", n)
	}
	for i := range 2 {
		if a, err := st.Asset(t.Context(), "w", sqltest.NewAsset(i).ID); err != nil || a.Revision != 3 {
			t.Errorf("asset %d: %+v, %v; want both changes", i, a, err)
		}
	}
}

// TestUpdatesRunConcurrently checks that an Update waits only for those of the same
// asset.
func TestUpdatesRunConcurrently(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.MustPut(t, st, 0)
	sqltest.MustPut(t, st, 1)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if _, err := tx.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return sqltest.Put(ctx, st, 1)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCondemnWaitsForVersions checks that a sweep does not condemn the content of a
// version that is about to be committed.
func TestCondemnWaitsForVersions(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	condemned := make(chan []string, 1)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: sqltest.NewAsset(0).ID, Number: 1, Key: "taken"}); err != nil {
			return err
		}
		go func() {
			keys, err := st.Condemn(t.Context(), []string{"taken", "free"}, 1, false)
			if err != nil {
				t.Error(err)
			}
			condemned <- keys
		}()
		select {
		case keys := <-condemned:
			return fmt.Errorf("%v were condemned before the commit", keys)
		case <-time.After(50 * time.Millisecond): // time in which it could fail
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys := <-condemned; len(keys) != 1 || keys[0] != "free" {
		t.Errorf("%v were condemned, want only the key that no version refers to", keys)
	}
}

// TestFailedStatementOfTheHostFailsTheCommit checks that a transaction whose failed
// statement the host ignores is not reported as committed.
func TestFailedStatementOfTheHostFailsTheCommit(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.MustPut(t, st, 0)
	sqltest.HostTable(t, st.DB())
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := sqltest.Put(ctx, st.In(tx), 1); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES (NULL)")
		if err == nil {
			t.Error("NULL was inserted")
		}
		return nil // ignored
	})
	sqltest.CheckUnavailable(t, err)
	if errors.Is(err, assets.ErrOutcomeUnknown) {
		t.Errorf("%v: the rollback is known", err)
	}
	sqltest.CheckStored(t, st, 2, 0)
}

// TestSerializationFailureInAHostTransactionIDM06 checks that a serialization failure
// in a transaction of the host is an error of the call, which runs once, and that
// the host can go on.
func TestSerializationFailureInAHostTransactionIDM06(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.MustPut(t, st, 0)
	sqltest.HostTable(t, st.DB())
	tx, err := st.DB().BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	sqltest.CheckStored(t, st.In(tx), 1, 0) // its snapshot
	sqltest.MustPut(t, st, 0)               // a concurrent change
	runs := 0
	err = st.In(tx).Update(t.Context(), func(own assets.Tx) error {
		runs++
		a, err := own.Asset(t.Context(), "w", sqltest.NewAsset(0).ID)
		if err != nil {
			return err
		}
		a.Revision = 9
		return own.PutAsset(t.Context(), a, nil)
	})
	sqltest.CheckUnavailable(t, err)
	if failure, ok := errors.AsType[*pgconn.PgError](err); !ok || failure.Code != "40001" || runs != 1 {
		t.Errorf("%v after %d runs, want a serialization failure after one", err, runs)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO campaigns VALUES ('launched')"); err != nil {
		t.Errorf("the host's next statement: %v", err)
	}
	if err := errors.Join(sqltest.Put(t.Context(), st.In(tx), 1), tx.Commit()); err != nil {
		t.Errorf("the host's commit: %v", err)
	}
	sqltest.CheckStored(t, st, 2, 0, 1)
	if a, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); err != nil || a.Revision == 9 {
		t.Errorf("the failed call took effect: %+v, %v", a, err)
	}
}
