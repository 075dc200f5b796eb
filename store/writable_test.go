package store_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

func TestCheckWritable(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for range 2 {
			if err := st.CheckWritable(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		execute(t, st.DB(), "INSERT INTO asset_schema (version, applied_at) VALUES (9999, 0)")
		err := st.CheckWritable(t.Context())
		if !errors.Is(err, store.ErrSchema) || !errors.Is(err, assets.ErrUnavailable) ||
			assets.Detail(err) != "the schema of the database is not the one of this program" {
			t.Errorf("another schema: %v: %q", err, assets.Detail(err))
		}
	})
}

// TestCheckWritableOfAStandby: a database that accepts reads only is not writable.
func TestCheckWritableOfAStandby(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	st.DB().SetMaxOpenConns(1)
	execute(t, st.DB(), "SET default_transaction_read_only = on")
	if err := st.CheckWritable(t.Context()); !errors.Is(err, assets.ErrUnavailable) {
		t.Error(err)
	}
}

// TestMigrateSchemaLeavesRows: to Fill, which goes on with them.
func TestMigrateSchemaLeavesRows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 10
		olderRows(t, st, n)
		if err := store.MigrateSchema(t.Context(), st.DB()); err != nil {
			t.Fatal(err)
		}
		if got := count(t, st, "title", false); got != 0 {
			t.Errorf("%d rows were filled", got)
		}
		if err := st.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := count(t, st, "title", false); got != n {
			t.Errorf("%d matches after Fill, want %d", got, n)
		}
	})
}
