package sqltest_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
)

func TestTables(t *testing.T) {
	t.Parallel()
	tables := sqltest.Tables(t, open(t).DB())
	if !slices.IsSorted(tables) || !slices.Contains(tables, "asset_perspectives") || !slices.Contains(tables, "asset_schema") {
		t.Errorf("got %v", tables)
	}
}

func TestHostTable(t *testing.T) {
	t.Parallel()
	db := open(t).DB()
	sqltest.HostTable(t, db)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO campaigns VALUES ('launched')"); err != nil {
		t.Fatal(err)
	}
	if n := sqltest.HostRows(t, db); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	sqltest.CheckMigrates(t, db)
}
