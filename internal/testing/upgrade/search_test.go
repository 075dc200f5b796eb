package upgrade_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// earlierTexts change the data of the first schema to texts that were found by other
// rules then: titles, and words as an earlier library kept them.
var earlierTexts = []string{
	"UPDATE asset_perspectives SET title = '東京タワーのセール' WHERE title = 'Once'",
	"UPDATE asset_versions SET words = 'łodz мир ภาษาไทย' WHERE words = 'once'",
	"UPDATE asset_perspectives SET tags = '{\"stra\u00adße\":[\"đặc\"]}' WHERE title = 'Withdrawn'",
}

// TestEarlierRowsAreFound: rows of the first schema are found by the present rules, in
// title, tags and text, once the database is migrated.
func TestEarlierRowsAreFoundFIL07(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "assets.db")
		file, err := os.ReadFile(filepath.Join("testdata", "first", "assets.db"))
		if err == nil {
			err = os.WriteFile(path, file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range earlierTexts {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		st, err := sqlite.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		checkSearches(t, st)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Database(t)
		dump, err := os.ReadFile(filepath.Join("testdata", "first", "assets.sql"))
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, url, string(dump))
		for _, text := range earlierTexts {
			pgtest.Exec(t, url, text)
		}
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		checkSearches(t, st)
	})
}

// checkSearches checks what searches find in the changed data.
func checkSearches(t *testing.T, st backends.Database) {
	t.Helper()
	lib := backends.Library(t, backends.Config(st, blob.NewMemory()))
	for q, want := range map[string]string{
		"タワー": "東京タワーのセール", "セール": "東京タワーのセール", "京": "東京タワーのセール", "lodz": "東京タワーのセール",
		"ŁÓDŹ": "東京タワーのセール", "м": "東京タワーのセール", "ไทย": "東京タワーのセール", "dac": "Withdrawn", "strasse": "Withdrawn",
		"once": "", "post": "Post", "hero": "Héro — “spring”",
	} {
		page, err := lib.List(t.Context(), assetstest.User("acme", "ana"), assets.Query{Search: q, IncludeTotal: true})
		title := ""
		for _, a := range page.Items {
			title += a.Title
		}
		if err != nil || title != want {
			t.Errorf("%q finds %q, %v; want %q", q, title, err, want)
		}
	}
}
