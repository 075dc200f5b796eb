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
