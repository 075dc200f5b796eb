package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestMigrateWithFullDiskMIG01(t *testing.T) {
	t.Parallel()
	db := openPool(t, filepath.Join(t.TempDir(), "assets.db"))
	hostTable(t, db)
	fillDisk(t, db)
	for _, pages := range []int{1, 2, 4, 8, 16} { // each gets further
		limitPages(t, db, pages)
		sqltest.CheckUnavailable(t, store.Migrate(t.Context(), db))
		if got := sqltest.Tables(t, db); len(got) != 0 {
			t.Errorf("with %d pages, tables %v were created", pages, got)
		}
	}
	limitPages(t, db, 1<<30)
	for range 2 {
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.New(db, store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	if id, _, err := st.State(t.Context()); err != nil || len(id) < 26 {
		t.Errorf("store id %q, %v", id, err)
	}
	campaigns(t, db)
}
