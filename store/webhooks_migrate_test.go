package store_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/store"
)

// before returns the migrations before the one with a name.
func before(t *testing.T, name string) fs.FS {
	t.Helper()
	earlier := fstest.MapFS{}
	for _, engine := range []string{"sqlite", "postgres"} {
		files, err := fs.Glob(store.Migrations(), engine+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(path.Base(file), "_"+name+".sql") {
				break
			}
			text, err := fs.ReadFile(store.Migrations(), file)
			if err != nil {
				t.Fatal(err)
			}
			earlier[file] = &fstest.MapFile{Data: text}
		}
	}
	return earlier
}

// TestMigrateKeepsMarksAndLeases: the mark of webhooks goes on under its reserved name, that
// of a host which has taken the old one stays, and what is being sent stays leased.
func TestMigrateKeepsMarksAndLeases(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *bun.DB) {
		if err := store.MigrateWith(t.Context(), db, before(t, "repeats")); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"INSERT INTO asset_followers (name, position, holder, fence, until) VALUES ('webhooks', 7, 'x', 3, 99)",
			"INSERT INTO asset_deliveries (id, webhook_id, workspace, event_id, event_type, asset_id, lane, position, body, created_at," +
				" state, head, attempts, tries, since, due_at, last_at, status, problem, lease)" +
				" VALUES ('d', 'w', 'w', 'e', 't', 'a', 'a', 1, '', 0, 'pending', 1, 0, 0, 0, 55, 0, 0, '', 'l')",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{
			"SELECT position FROM asset_followers WHERE name = 'assets/webhooks' AND holder = ''": 7,
			"SELECT position FROM asset_followers WHERE name = 'webhooks'":                        7,
			"SELECT leased_until FROM asset_deliveries":                                           55,
		} {
			var got int
			if err := db.NewRaw(query).Scan(t.Context(), &got); err != nil || got != want {
				t.Errorf("%s: %d, %v; want %d", query, got, err, want)
			}
		}
	})
}
