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
	sqltest.HostTable(t, db)
	fillDisk(t, db)
	for _, pages := range []int{1, 2, 4, 8, 16} { // each gets further
		limitPages(t, db, pages)
		sqltest.CheckUnavailable(t, store.Migrate(t.Context(), db))
		if got := sqltest.Tables(t, db); len(got) != 0 {
			t.Errorf("with %d pages, tables %v were created", pages, got)
		}
	}
	limitPages(t, db, 1<<30)
	sqltest.CheckMigrates(t, db)
	sqltest.HostRows(t, db)
}
