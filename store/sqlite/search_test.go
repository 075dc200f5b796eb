package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// multiply makes n rows of the one that is there, titled
// "common group<0…999> own<i>", as an older library left them.
func multiply(t *testing.T, db *bun.DB, n int) {
	t.Helper()
	var columns []string
	if err := db.NewRaw("SELECT name FROM pragma_table_info('asset_perspectives')").Scan(t.Context(), &columns); err != nil {
		t.Fatal(err)
	}
	values := strings.NewReplacer(
		",id,", ",printf('%08x-0000-7000-8000-%012x', i, i),",
		",title,", ",printf('common group%d own%d', i % 1000, i),",
	).Replace(strings.Join(columns, ","))
	for _, query := range []string{
		"CREATE TEMP TABLE one AS SELECT * FROM asset_perspectives",
		"DELETE FROM asset_perspectives",
		fmt.Sprintf("WITH RECURSIVE numbers (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM numbers WHERE i < %d)"+
			" INSERT INTO asset_perspectives (%s) SELECT %s FROM one, numbers", n-1, strings.Join(columns, ","), values),
		"DELETE FROM asset_search",
		"DELETE FROM asset_documents",
		"INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')",
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

// TestVolumeSearchPlans: of 100,000 assets, made searchable by Migrate, a page
// of what is found is one statement that reads the words' index and looks up
// what that names.
func TestVolumeSearchPlans(t *testing.T) {
	t.Parallel()
	st := openPath(t, filepath.Join(t.TempDir(), "assets.db"), store.Options{Relaxed: true})
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return tx.PutAsset(t.Context(), newAsset(0), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	multiply(t, st.DB(), 100_000)
	if _, err := store.New(st.DB(), store.Options{Relaxed: true}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("rows that are not searchable: %v, want ErrSchema", err)
	}
	if err := store.Migrate(t.Context(), st.DB()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words []string
		finds int // of a page
	}{
		{[]string{"own77777"}, 1},
		{[]string{"common", "group7", "own7"}, 12},
		{[]string{"group77", "common"}, 51},
		{[]string{"group77"}, 51},
		{[]string{"common"}, 51},
		{[]string{"missing"}, 0},
	} {
		for _, w := range []assets.Window{{Limit: 51}, {Limit: 51, Ascending: true}} {
			plain := assets.Filter{Words: c.words}
			full := plain
			full.Types, full.Since = []assets.Type{assets.TypeCopy}, "0"
			checkSearchPlan(t, st.DB(), plain, w, c.finds)
			checkSearchPlan(t, st.DB(), full, w, c.finds)
		}
	}
}

func checkSearchPlan(t *testing.T, db *bun.DB, f assets.Filter, w assets.Window, finds int) {
	t.Helper()
	steps := planOf(t, db, func(st assets.Store) error {
		page, err := st.Assets(t.Context(), "w", f, w)
		if len(page) != finds {
			t.Errorf("%v: %d on the page, want %d", f.Words, len(page), finds)
		}
		return err
	})
	text := strings.Join(steps, "\n")
	want := []string{
		"SCAN s VIRTUAL TABLE INDEX",
		"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		"SEARCH a USING INDEX asset_perspectives_id (workspace=? AND perspective=? AND id=?)",
		"USE TEMP B-TREE FOR ORDER BY",
	}
	for i, step := range want {
		if len(steps) != len(want) || !strings.HasPrefix(steps[i], step) {
			t.Fatalf("%v: the plan is not\n%s\nbut\n%s", f.Words, strings.Join(want, "\n"), text)
		}
	}
}
