package store_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestClosedStoreIsUnavailable(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if err := st.DB().Close(); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 0))
		_, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID)
		sqltest.CheckUnavailable(t, err)
		sqltest.CheckUnavailable(t, st.View(t.Context(), func(assets.Snapshot) error { return errors.New("not called") }))
	})
}

func TestMissingRowIsNotFound(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		_, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID)
		if !errors.Is(err, assets.ErrNotFound) || errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// TestErrorThatARetryCannotCureIsInternal drops a table: on Postgres that is a syntax
// error or access rule violation. SQLite reports it like any other error.
func TestErrorThatARetryCannotCureIsInternal(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if _, err := st.DB().ExecContext(t.Context(), "DROP TABLE asset_versions"); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"pg": "internal_error", "sqlite": "unavailable"}[st.DB().Dialect().Name().String()]
		if _, err := st.Versions(t.Context(), "w", sqltest.NewAsset(0).ID); assets.Code(err) != want {
			t.Errorf("got %v with the code %s, want %s", err, assets.Code(err), want)
		}
	})
}

// TestErrorOfAStatementIsSticky ignores the error of a statement: no later statement
// runs, and the Update returns the error.
func TestErrorOfAStatementIsSticky(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if _, err := st.DB().ExecContext(t.Context(), "DROP TABLE asset_reviews"); err != nil {
			t.Fatal(err)
		}
		var first error
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			if _, err := tx.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound, which is not sticky", err)
			}
			first = tx.AddReview(t.Context(), "w", assets.Review{ID: sqltest.NewAsset(0).ID})
			if err := tx.PutAsset(t.Context(), sqltest.NewAsset(0), nil); err == nil || !errors.Is(err, first) {
				t.Errorf("after the error: %v, want %v", err, first)
			}
			return nil // ignored
		})
		if first == nil || !errors.Is(err, first) {
			t.Errorf("Update: %v, want %v", err, first)
		}
		sqltest.CheckStored(t, st, 1)
	})
}
