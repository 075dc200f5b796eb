package store_test

import (
	"regexp"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// checkStatement checks that the statement of a list matches a regular expression.
func checkStatement(t *testing.T, db *bun.DB, name string, f assets.Filter, w assets.Window, want string) {
	t.Helper()
	statement := sqltest.LastStatement(t, db, func(st assets.Store) error {
		_, err := st.Assets(t.Context(), "w", f, w)
		return err
	})
	if !regexp.MustCompile(want).MatchString(statement) {
		t.Errorf("%s: the statement does not match %s:\n%s", name, want, statement)
	}
}

// TestListsLeavePostgresOneChoice checks the form of the statements: a scan begins at a
// row of all columns of its index, and no filter equals a constant outside of a CASE.
func TestListsLeavePostgresOneChoice(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t).DB()
		for name, c := range map[string]struct {
			filter assets.Filter
			scan   string
		}{
			"none":        {assets.Filter{}, `WHERE \(a\.workspace, a\.perspective, a\.id\) <= \('w', 'current', `},
			"run":         {assets.Filter{RunID: "r"}, `WHERE \(a\.workspace, a\.perspective, a\.run_id, a\.id\) <= \('w', 'current', 'r', `},
			"status+type": {assets.Filter{Statuses: []assets.Status{"draft"}, Types: []assets.Type{"copy"}}, `WHERE \(a\.workspace, a\.perspective, a\.status, a\.type, a\.id\) <= `},
			"creator":     {assets.Filter{CreatedBy: "u"}, `WHERE \(a\.workspace, a\.perspective, a\.created_by, a\.id\) <= \('w', 'current', 'u', `},
			"decision":    {assets.Filter{LastAction: "submit"}, `WHERE \(a\.workspace, a\.perspective, a\.last_action, a\.id\) <= \('w', 'current', 'submit', '[^']*'\) AND a\.last_action IS NOT NULL `},
			"media":       {assets.Filter{MediaType: "m"}, `WHERE \(a\.workspace, a\.perspective, a\.media_type, a\.id\) <= \('w', 'current', 'm', `},
			"filter":      {assets.Filter{RunID: "r", BrandID: "b"}, `CASE WHEN NOT .* OR \(TRUE AND a\.brand_id = 'b'\) THEN 1 ELSE 0 END <> 0 ORDER BY a\.workspace DESC, a\.perspective DESC, a\.run_id DESC, a\.id DESC LIMIT 51\)`},
			"tag":         {assets.Filter{Tags: []assets.Tag{{Key: "k", Value: "v"}}}, `FROM asset_tags AS t LEFT JOIN LATERAL .* WHERE \(t\.workspace, t\.perspective, t\.key, t\.value, t\.id\) <= `},
			"ids":         {assets.Filter{IDs: []assets.ID{"b", "a"}}, `FROM \(VALUES \('a'\), \('b'\)\) AS given \(id\) JOIN LATERAL .* LIMIT 1\) AS a WHERE a\.id = given\.id`},
			"words":       {assets.Filter{Words: []string{"one", "two"}}, `FROM asset_words AS a WHERE pg_backend_pid\(\) <> 0 AND a\.words @@ \(SELECT '''[0-9a-f]{12}one'' & ''[0-9a-f]{12}two'':\*'::tsquery\) AND CASE WHEN `},
		} {
			checkStatement(t, db, name, c.filter, assets.Window{Limit: 51}, c.scan)
		}
		pending := assets.Filter{Statuses: []assets.Status{"pending_review"}}
		for scan, w := range map[string]assets.Window{
			`WHERE \(a\.workspace, a\.perspective, a\.submitted_at, a\.id\) <= \('w', 'current', 9223372036854775807, '[^']*'\) AND a\.submitted_at IS NOT NULL AND CASE WHEN NOT .* ORDER BY a\.workspace DESC, a\.perspective DESC, a\.submitted_at DESC, a\.id DESC LIMIT 51`: {Limit: 51, BySubmission: true},
			`WHERE \(a\.workspace, a\.perspective, a\.submitted_at, a\.id\) >= \('w', 'current', 7, 'x'\) AND \(a\.submitted_at, a\.id\) <> \(7, 'x'\) `:                                                                                                                         {Limit: 51, BySubmission: true, Ascending: true, After: "x", AfterSubmitted: 7},
		} {
			checkStatement(t, db, "submitted", pending, w, scan)
		}
	})
}
