package store_test

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/versioning"
)

// change stores an asset with an event.
func change(ctx context.Context, st assets.Store, i int) error {
	return st.Update(ctx, func(tx assets.Tx) error {
		return errors.Join(
			tx.PutAsset(ctx, sqltest.NewAsset(i), nil),
			tx.AddEvent(ctx, assets.Event{Workspace: "w", Type: assets.EventCreated, Data: assets.EventData{AssetID: sqltest.NewAsset(i).ID}}),
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

// TestHostTransactionCommitsAll checks that calls commit with the host's transaction,
// and that a call that fails leaves it usable.
func TestHostTransactionCommitsAll(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.HostTable(t, st.DB())
		refused := errors.New("refused")
		err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			bound := st.In(tx)
			if err := change(ctx, bound, 0); err != nil {
				return err
			}
			err := bound.Update(ctx, func(own assets.Tx) error {
				return errors.Join(own.PutAsset(ctx, sqltest.NewAsset(1), nil), refused)
			})
			if !errors.Is(err, refused) {
				t.Errorf("a refused call: %v", err)
			}
			sqltest.CheckStored(t, bound, 2, 0)
			sqltest.CheckStored(t, st, 2) // outside, nothing yet
			if err := bound.View(ctx, func(r assets.Snapshot) error { sqltest.CheckStored(t, r, 2, 0); return nil }); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('launched')")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		sqltest.CheckStored(t, st, 2, 0)
		if c, e := sqltest.HostRows(t, st.DB()), events(t, st); c != 1 || e != 1 {
			t.Errorf("%d campaigns and %d events, want 1 and 1", c, e)
		}
	})
}

// TestHostTransactionOfDatabaseSQL: a host without bun passes its own *sql.Tx.
func TestHostTransactionOfDatabaseSQL(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.HostTable(t, st.DB())
		for _, commit := range []bool{false, true} {
			tx, err := st.DB().DB.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			bound := st.In(bun.Tx{Tx: tx})
			if err := change(t.Context(), bound, 0); err != nil {
				t.Fatal(err)
			}
			sqltest.CheckStored(t, bound, 2, 0)
			if _, err := tx.ExecContext(t.Context(), "INSERT INTO campaigns VALUES ('launched')"); err != nil {
				t.Fatal(err)
			}
			if !commit {
				err = tx.Rollback()
				sqltest.CheckStored(t, st, 2)
			} else {
				err = tx.Commit()
				sqltest.CheckStored(t, st, 2, 0)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if c, e := sqltest.HostRows(t, st.DB()), events(t, st); c != 1 || e != 1 {
			t.Errorf("%d campaigns and %d events, want 1 and 1", c, e)
		}
	})
}

// TestHostTransactionStatesTheStore: a Library that is used in transactions of the host
// only names the store in its statements, too.
func TestHostTransactionStatesTheStore(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		attester, err := attest.New(attest.Config{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
		if err != nil {
			t.Fatal(err)
		}
		lib, err := assets.New(assets.Config{
			Store: st, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}, Attest: attester,
		})
		if err != nil {
			t.Fatal(err)
		}
		ann := assets.Actor{Workspace: "w", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
		var made *assets.Asset
		err = st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			bound := lib.With(st.In(tx))
			created, err := bound.Create(ctx, ann, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "v1"}})
			if err != nil {
				return err
			}
			made, err = bound.Review(ctx, ann, created.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stated, err := st.Attestation(t.Context(), "w", made.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		var s attest.Statement
		if err := json.Unmarshal(stated.Statement, &s); err != nil {
			t.Fatal(err)
		}
		if id, err := st.StoreID(t.Context()); err != nil || id == "" || s.Predicate.StoreID != id {
			t.Errorf("the statement names the store %q, want %q, %v", s.Predicate.StoreID, id, err)
		}
	})
}

func TestHostTransactionPanics(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		func() {
			defer func() {
				if got := recover(); got != "inside" {
					t.Errorf("recovered %v", got)
				}
			}()
			_ = st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return st.In(tx).Update(ctx, func(own assets.Tx) error {
					if err := own.PutAsset(ctx, sqltest.NewAsset(0), nil); err != nil {
						t.Error(err)
					}
					panic("inside")
				})
			})
		}()
		sqltest.CheckStored(t, st, 1)
		sqltest.MustPut(t, st, 0)
	})
}

// TestCallAfterTheHostCommitted checks that a bound store fails once its transaction
// has ended, instead of writing outside of it.
func TestCallAfterTheHostCommitted(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		tx, err := st.DB().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sqltest.Put(t.Context(), st.In(tx), 0), tx.Commit()); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st.In(tx), 1))
		sqltest.CheckStored(t, st, 2, 0)
	})
}

// TestCallOutsideTheHostTransactionDBF10 calls an unbound store while SQLite's write
// lock is held: it returns ErrUnavailable after its wait.
func TestCallOutsideTheHostTransactionDBF10(t *testing.T) {
	t.Parallel()
	rollback := errors.New("roll back")
	// outside calls an unbound store while the host's transaction is open.
	outside := func(t *testing.T, st *store.Store) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		sqltest.CheckUnavailable(t, sqltest.Put(ctx, st, 1))
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 1)) // without a deadline, after LockWait
		sqltest.CheckStored(t, st, 2)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		t.Run("RunInTx", func(t *testing.T) {
			t.Parallel()
			st := openSQLite(t, store.Options{LockWait: 100 * time.Millisecond})
			err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := change(ctx, st.In(tx), 0); err != nil {
					return err
				}
				outside(t, st)
				return rollback
			})
			if err != rollback { // returned unchanged
				t.Errorf("got %v", err)
			}
			afterRollback(t, st)
		})
		t.Run("transaction of bun", func(t *testing.T) {
			t.Parallel()
			st := openSQLite(t, store.Options{LockWait: 100 * time.Millisecond})
			tx, err := st.DB().BeginTx(t.Context(), &sql.TxOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := change(t.Context(), st.In(tx), 0); err != nil {
				t.Fatal(err)
			}
			outside(t, st)
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			afterRollback(t, st)
		})
	})
}

// TestUnboundWriteWithinRunInTx: a write that is not part of the transaction it is called in
// fails at once and names what to do; one of a bound store succeeds.
func TestUnboundWriteWithinRunInTx(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		other := openSQLite(t, store.Options{})
		err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := sqltest.Put(ctx, st, 0); !errors.Is(err, assets.ErrUnavailable) || !strings.Contains(err.Error(), "lib.With") {
				t.Errorf("unbound: %v", err)
			}
			if err := st.PutFollower(ctx, "name", 0); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("an unbound mark: %v", err)
			}
			if err := sqltest.Put(ctx, other, 0); err != nil {
				t.Errorf("another store: %v", err)
			}
			return sqltest.Put(ctx, st.In(tx), 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		sqltest.CheckStored(t, st, 2, 1)
		sqltest.CheckStored(t, other, 2, 0)
	})
}

func afterRollback(t *testing.T, st *store.Store) {
	t.Helper()
	sqltest.CheckStored(t, st, 2)
	if n := events(t, st); n != 0 {
		t.Errorf("%d events stayed", n)
	}
	sqltest.MustPut(t, st, 0)
}
