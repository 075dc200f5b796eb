package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// tablesOfNobody are the tables without a column workspace, and why a purge needs no step
// for them. Those of the full-text index are emptied with the tables that number them.
var tablesOfNobody = map[string]string{
	"asset_meta":      "of the store",
	"asset_schema":    "of the store",
	"asset_journal":   "one row of positions",
	"asset_followers": "of the host",
	"asset_contents":  "removed with the versions that name them",
	"asset_condemned": "keys without content, which a sweep forgets",
	"asset_zeros":     "zeros",
}

// TestPurgeHasEveryTable: every table has a step of the purge, or a reason why it needs none.
func TestPurgeHasEveryTable(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		purged := store.PurgedTables(st)
		for _, table := range tables(t, st) {
			hasWorkspace := slices.ContainsFunc(columnsOf(t, st, table), func(c column) bool { return c.name == "workspace" })
			switch {
			case strings.HasPrefix(table, "asset_words_"), strings.HasPrefix(table, "asset_search_"):
			case hasWorkspace != slices.Contains(purged, table):
				t.Errorf("%s has a column workspace: %v, a step of the purge: %v", table, hasWorkspace, !hasWorkspace)
			case !hasWorkspace && tablesOfNobody[table] == "" && !isIndex(st, table):
				t.Errorf("%s has no column workspace, and the purge does not know it", table)
			}
		}
	})
}

// TestVolumePurgeLeavesNothing fills every table, whatever it is for, with rows of two workspaces
// and purges one of them.
func TestVolumePurgeLeavesNothing(t *testing.T) {
	const rows = 1234 // more than two batches of the longest
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for _, workspace := range []string{"purgedtenant", "othertenant"} {
			for _, table := range tables(t, st) {
				fillTable(t, st, table, workspace, rows)
			}
		}
		before := mentions(t, st, "othertenant")
		if len(before) < 15 {
			t.Fatalf("only %d tables were filled: %v", len(before), before)
		}
		var keys []string
		n, err := st.PurgeRows(t.Context(), "purgedtenant", func(gone []string) error { keys = append(keys, gone...); return nil })
		if err != nil || n < rows*15 || len(keys) < rows {
			t.Fatalf("%d rows with %d keys were removed: %v", n, len(keys), err)
		}
		e := assets.Event{ID: "00000000-0000-4000-8000-000000000001", Type: assets.EventPurged, Workspace: "purgedtenant"}
		if ended, err := st.EndPurge(t.Context(), e); err != nil || !ended {
			t.Fatalf("EndPurge: %v, %v", ended, err)
		}
		if err := st.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := mentions(t, st, "purgedtenant"); len(left) != 1 || left["asset_events"] != 1 {
			t.Errorf("what is left of the workspace: %v", left)
		}
		if after := mentions(t, st, "othertenant"); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the other workspace has %v, and had %v", after, before)
		}
	})
}

// isIndex reports whether a table is a full-text index of SQLite.
func isIndex(st *store.Store, table string) bool {
	return !isPostgres(st) && (table == "asset_words" || table == "asset_search")
}

// tables returns the tables of the schema.
func tables(t *testing.T, st *store.Store) (names []string) {
	t.Helper()
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'asset\\_%' ESCAPE '\\' ORDER BY name"
	if isPostgres(st) {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'asset\\_%' ORDER BY tablename"
	}
	scan(t, st, &names, query)
	if len(names) < 20 {
		t.Fatalf("tables %v", names)
	}
	return names
}

type column struct{ name, kind string }

// columnsOf returns the columns of a table.
func columnsOf(t *testing.T, st *store.Store, table string) []column {
	t.Helper()
	query := "SELECT name, lower(type) AS kind FROM pragma_table_info(?)"
	if isPostgres(st) {
		query = "SELECT column_name AS name, data_type AS kind FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position"
	}
	var rows []struct{ Name, Kind string }
	scan(t, st, &rows, query, table)
	all := make([]column, len(rows))
	for i, r := range rows {
		all[i] = column{r.Name, r.Kind}
	}
	return all
}

func scan(t *testing.T, st *store.Store, into any, query string, args ...any) {
	t.Helper()
	if err := st.DB().NewRaw(query, args...).Scan(t.Context(), into); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// fillTable inserts rows of a workspace into a table that has such rows, with a value in
// every column.
func fillTable(t *testing.T, st *store.Store, table, workspace string, n int) {
	t.Helper()
	columns := columnsOf(t, st, table)
	if table == "asset_purges" || !slices.ContainsFunc(columns, func(c column) bool { return c.name == "workspace" }) {
		return
	}
	first := 0 // of the numbers, which two workspaces do not share
	if workspace == "othertenant" {
		first = n
	}
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := first; i < first+n; i++ {
			if err := insertRow(ctx, tx, table, workspace, columns, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}

func insertRow(ctx context.Context, tx bun.Tx, table, workspace string, columns []column, i int) error {
	var names, values []string
	for _, c := range columns {
		value := fmt.Sprintf("'%s-%d'", workspace, i)
		switch {
		case c.name == "workspace":
			value = "'" + workspace + "'"
		case c.name == "kind" && table == "asset_events":
			value = "'created'"
		case c.kind == "tsvector":
			value = "'" + workspace + "'::tsvector"
		case strings.Contains(c.kind, "int"):
			value = fmt.Sprint(i + 1)
		}
		names, values = append(names, c.name), append(values, value)
	}
	query := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
	if _, err := tx.ExecContext(ctx, query); err != nil {
		return err
	}
	index := map[string]string{"asset_indexed": "asset_words", "asset_documents": "asset_search"}[table]
	if index != "" {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (rowid, words) VALUES (%d, '%s')", index, i+1, workspace))
		return err
	}
	if table == "asset_versions" {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO asset_contents (key, content) VALUES ('%[1]s-%[2]d', '%[1]s')", workspace, i))
		return err
	}
	return nil
}

// mentions returns how many rows of each table contain a text in any column.
func mentions(t *testing.T, st *store.Store, text string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, table := range tables(t, st) {
		columns := columnsOf(t, st, table)
		conditions := make([]string, len(columns))
		for i, c := range columns {
			conditions[i] = fmt.Sprintf("position('%s' in CAST(%s AS TEXT)) > 0", text, c.name)
			switch {
			case !isPostgres(st):
				conditions[i] = fmt.Sprintf("instr(%s, CAST('%s' AS BLOB)) > 0 OR instr(%[1]s, '%[2]s') > 0", c.name, text)
			case c.kind == "bytea":
				conditions[i] = fmt.Sprintf("position(convert_to('%s', 'UTF8') in %s) > 0", text, c.name)
			}
		}
		query := "SELECT count(*) FROM " + table + " WHERE " + strings.Join(conditions, " OR ")
		if isIndex(st, table) {
			query = fmt.Sprintf("SELECT count(*) FROM %[1]s WHERE %[1]s MATCH '%[2]s'", table, text)
		}
		var n int
		scan(t, st, &n, query)
		if n > 0 && (text == "purgedtenant" || !strings.HasSuffix(table, "_data")) { // a block of the index has many rows
			found[table] = n
		}
	}
	return found
}
