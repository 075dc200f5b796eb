package sqltest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// SearchPage is the limit of the windows in [Searches].
const SearchPage = 51

// Search is a search among the assets of [FillSearch].
type Search struct {
	Words   []string
	Page    int // assets on the first page
	Matches int // assets in all
}

// Searches are searches for rare, common and missing words.
var Searches = []Search{
	{[]string{"own7777"}, 1, 1},
	{[]string{"common", "group7", "own7"}, 2, 2},
	{[]string{"group77", "common"}, 30, 30},
	{[]string{"group77"}, SearchPage, 11 * 30}, // and group770 to 779
	{[]string{"missing"}, 0, 0},
}

// FillSearch stores 30,000 assets of workspace w titled
// "common group<0…999> own<i>", as an older library left them, checks that New
// accepts them, and makes them searchable with Migrate.
func FillSearch(t testing.TB, st *store.Store) {
	t.Helper()
	MustPut(t, st, 0)
	db := st.DB()
	queries := copies(t, db, 30_000)
	conn, err := db.Conn(t.Context()) // that has the temporary table
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, query := range queries {
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if _, err := store.New(db, store.Options{Relaxed: true}); err != nil {
		t.Errorf("New with rows that are not searchable: %v", err)
	}
	if err := store.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

// copies returns the statements that copy the only row of the list table n times
// and remove everything that makes rows searchable.
func copies(t testing.TB, db *bun.DB, n int) []string {
	t.Helper()
	names := columns(t, db, "asset_perspectives")
	id, title := "printf('%08x-0000-7000-8000-%012x', i, i)", "printf('common group%d own%d', i % 1000, i)"
	numbers := fmt.Sprintf("WITH RECURSIVE numbers (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM numbers WHERE i < %d)", n-1)
	if isPostgres(db) {
		id = "lpad(to_hex(i), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0')"
		title = "'common group' || i % 1000 || ' own' || i"
		numbers = fmt.Sprintf("WITH numbers (i) AS (SELECT generate_series(0, %d))", n-1)
	}
	list := strings.Join(names, ",")
	values := strings.NewReplacer(",id,", ","+id+",", ",title,", ","+title+",").Replace(list)
	queries := []string{
		"CREATE TEMP TABLE one AS SELECT * FROM asset_perspectives",
		"DELETE FROM asset_perspectives",
		fmt.Sprintf("INSERT INTO asset_perspectives (%s) %s SELECT %s FROM one, numbers", list, numbers, values),
		"DELETE FROM asset_words",
		"INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')",
	}
	if !isPostgres(db) {
		queries = append(queries, "DELETE FROM asset_indexed")
	}
	return queries
}

// EachSearch calls check for each search in both directions, alone and with
// filters. check is given a function that reads the page and checks its size.
func EachSearch(t *testing.T, searches []Search, check func(t *testing.T, s Search, read func(assets.Store) error)) {
	t.Helper()
	for _, s := range searches {
		for _, w := range []assets.Window{{Limit: SearchPage}, {Limit: SearchPage, Ascending: true}} {
			alone := assets.Filter{Words: s.Words}
			filtered := alone
			filtered.Types, filtered.Since = []assets.Type{assets.TypeCopy}, "0"
			for _, f := range []assets.Filter{alone, filtered} {
				check(t, s, func(st assets.Store) error {
					page, err := st.Assets(t.Context(), "w", f, w)
					if len(page) != s.Page {
						t.Errorf("%v: %d on the page, want %d", s.Words, len(page), s.Page)
					}
					return err
				})
			}
		}
	}
}
