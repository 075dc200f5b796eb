package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestNewRefusesASQLiteFileThatDoesNotSync(t *testing.T) {
	t.Parallel()
	db := emptySQLite(t) // without a write-ahead log
	if err := store.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := store.New(db, store.Options{}); err == nil || !strings.Contains(err.Error(), "journal_mode") {
		t.Errorf("got %v, want an error that names the pragma", err)
	}
	if _, err := store.New(db, store.Options{Relaxed: true}); err != nil {
		t.Errorf("with Relaxed: %v", err)
	}
}

// TestViewIsOneSnapshot commits an asset while a View runs, which does not see it.
func TestViewIsOneSnapshot(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.MustPut(t, st, 0)
		err := st.View(t.Context(), func(r assets.Snapshot) error {
			sqltest.CheckStored(t, r, 2, 0)
			sqltest.MustPut(t, st, 1)
			sqltest.CheckStored(t, r, 2, 0)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		sqltest.CheckStored(t, st, 2, 0, 1)
	})
}

func TestUpdateSeesItsOwnWrites(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		refused := errors.New("refused")
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.PutAsset(t.Context(), sqltest.NewAsset(0), nil); err != nil {
				return err
			}
			sqltest.CheckStored(t, tx, 2, 0)
			return refused
		})
		if err != refused { // returned unchanged
			t.Errorf("got %v, want the error of fn", err)
		}
		sqltest.CheckStored(t, st, 2)
	})
}

func TestRunInTx(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.HostTable(t, st.DB())
		refused := errors.New("refused")
		for _, want := range []error{refused, nil} {
			err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('launched')"); err != nil {
					return err
				}
				return want
			})
			if err != want { // returned unchanged
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if n := sqltest.HostRows(t, st.DB()); n != 1 {
			t.Errorf("%d rows, want the one that was committed", n)
		}
	})
}
