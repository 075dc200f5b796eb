package sqlite_test

import (
	"database/sql/driver"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun"
	modernc "modernc.org/sqlite"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestVolumeListPlans checks that lists among 100,000 assets that were never analysed
// seek in an index, read little more than their page and sort nothing. SQLite does
// not count the rows that it reads, so a function in the statement does. The plans
// are logged.
func TestVolumeListPlans(t *testing.T) {
	const planned, limit = 30_000, 51
	st := openRelaxed(t)
	if err := bulkdata.Fill(t.Context(), st, st.DB(), planned); err != nil {
		t.Fatal(err)
	}
	var visits atomic.Int64
	err := modernc.RegisterScalarFunction("visited", 1, func(*modernc.FunctionContext, []driver.Value) (driver.Value, error) {
		visits.Add(1)
		return int64(1), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counting := openPath(t, pathOf(t, st.DB()), store.Options{Relaxed: true}) // connections that know the function
	check := func(f bulkdata.Filter, pages int) {
		for _, f.Approved = range []bool{false, true} {
			if f.Approved && f.Statuses != nil {
				continue // of the current perspective only
			}
			for i, w := range []assets.Window{
				f.Window(planned/2, limit, false),
				f.Window(planned/2, limit, true),
				f.Window(0, limit, false),
				f.Window(0, limit, true),
			} {
				text := sqltest.LastStatement(t, counting.DB(), func(st assets.Store) error {
					_, err := st.Assets(t.Context(), bulkdata.Workspace, f.Filter, w)
					return err
				})
				if hot := strings.Contains(text, "?"); hot != isCommon(f.Filter, w) {
					t.Errorf("%s, %+v: is a hot statement: %t", f.Name, w, hot)
				}
				text = withArguments(text, f.Filter, w)
				if strings.Contains(text, "?") {
					t.Fatalf("an argument is missing: %s", text)
				}
				visits.Store(0)
				rows := countRows(t, counting.DB(), visiting(text))
				plan := "  " + strings.Join(steps(t, counting.DB(), text), "\n  ")
				if i == 0 {
					t.Logf("%s, approved %v: %d rows read\n%s", f.Name, f.Approved, visits.Load(), plan)
				}
				if got := visits.Load(); got < int64(rows) || got > int64(pages*limit) {
					t.Errorf("%s, %+v: %d rows were read for %d:\n%s", f.Name, w, got, rows, plan)
				}
				if strings.Contains(plan, "SCAN a") || strings.Contains(plan, "SCAN t") || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("%s, %+v: a scan or a sort:\n%s", f.Name, w, plan)
				}
			}
		}
	}
	check(bulkdata.Filter{Name: "none"}, 1)
	check(bulkdata.Filter{Name: "since, until", Filter: assets.Filter{Since: bulkdata.ID(100), Until: bulkdata.ID(planned - 100)}}, 1)
	check(bulkdata.Filter{Name: "types", Filter: assets.Filter{Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}}, 3)
	for _, f := range append(bulkdata.Filters(), bulkdata.Submissions()) {
		check(f, 1)
	}
	for _, f := range bulkdata.Pairs() {
		if f.Indexed() {
			check(f, 1)
		} else {
			check(f, f.Every)
		}
	}
}

// pathOf returns the path of a database.
func pathOf(t *testing.T, db *bun.DB) (path string) {
	t.Helper()
	if err := db.NewRaw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(t.Context(), &path); err != nil {
		t.Fatal(err)
	}
	return path
}

// isCommon reports whether a list is one of those whose statements are hot: newest first, of
// at most one status and one type.
func isCommon(f assets.Filter, w assets.Window) bool {
	common := assets.Filter{Approved: f.Approved, Statuses: f.Statuses, Types: f.Types}
	return reflect.DeepEqual(f, common) && len(f.Statuses) <= 1 && len(f.Types) <= 1 && !w.Ascending && !w.BySubmission
}

// withArguments returns the statement of a list, which may be a hot one, with its arguments.
func withArguments(statement string, f assets.Filter, w assets.Window) string {
	perspective := "current"
	if f.Approved {
		perspective = "approved"
	}
	arguments := []string{
		"a.workspace = ?", "a.workspace = '" + bulkdata.Workspace + "'", "a.perspective = ?", "a.perspective = '" + perspective + "'",
		"a.id < ?", "a.id < '" + string(w.After) + "'", "LIMIT ?", "LIMIT " + strconv.Itoa(w.Limit),
	}
	if len(f.Statuses) == 1 {
		arguments = append(arguments, "a.status = ?", "a.status = '"+string(f.Statuses[0])+"'")
	}
	if len(f.Types) == 1 {
		arguments = append(arguments, "a.type = ?", "a.type = '"+string(f.Types[0])+"'")
	}
	return strings.NewReplacer(arguments...).Replace(statement)
}

// visiting makes a list's statement call the function visited for each row that its
// scan reads.
func visiting(text string) string {
	if strings.Contains(text, "FROM asset_tags AS t ") {
		return strings.Replace(text, " WHERE t.key", " WHERE visited(t.id) AND t.key", 1)
	}
	parts := strings.Split(text, "FROM asset_perspectives AS a ")
	for i := range parts[1:] {
		parts[i+1] = strings.Replace(parts[i+1], " WHERE ", " WHERE visited(a.id) AND ", 1)
	}
	return strings.Join(parts, "FROM asset_perspectives AS a ")
}

func countRows(t *testing.T, db *bun.DB, text string) int {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "?", bun.Safe(text))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestVolumeExportPlan checks that the entries of a range of bytes of an archive are read
// as a range of an index.
func TestVolumeExportPlan(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	for section := range export.SectionTagManifest + 1 {
		steps := strings.Join(planOf(t, st.DB(), func(st assets.Store) error {
			_, err := st.(export.Store).Entries(t.Context(), "w", bulkdata.ID(1), section, 5_000, 2)
			return err
		}), "\n")
		// The rows of the inner query, no more than the limit, are scanned and sorted.
		if strings.Count(steps, "SEARCH") != 2 || strings.Count(steps, "SCAN") != 1 || !strings.Contains(steps, "CO-ROUTINE e\nSEARCH e USING INDEX") {
			t.Errorf("section %d: not a walk of an index:\n%s", section, steps)
		}
	}
}
