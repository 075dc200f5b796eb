package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// olderRows stores n assets of which the second half is approved too, and removes what
// makes them searchable, as if an older library had written them.
func olderRows(t *testing.T, st *store.Store, n int) {
	t.Helper()
	update(t, st, func(tx assets.Tx) error {
		for i := range n {
			a := sqltest.NewAsset(i)
			var approved *assets.Asset
			if i >= n/2 {
				shown := *a
				approved = &shown
			}
			if err := tx.PutAsset(t.Context(), a, approved); err != nil {
				return err
			}
		}
		return nil
	})
	forgetWords(t, st)
	execute(t, st.DB(), "INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')")
}

// forgetWords empties the index.
func forgetWords(t *testing.T, st *store.Store) {
	t.Helper()
	execute(t, st.DB(), "DELETE FROM asset_words")
	if !isPostgres(st) {
		execute(t, st.DB(), "DELETE FROM asset_indexed")
	}
}

// count returns the number of assets with a word.
func count(t *testing.T, st *store.Store, word string, approved bool) int64 {
	t.Helper()
	n, err := st.Count(t.Context(), "w", assets.Filter{Words: []string{word}, Approved: approved})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMigrateMakesOlderRowsSearchable: there are more rows than one transaction takes.
// A store can be opened before, and then finds none of them.
func TestVolumeMigrateMakesOlderRowsSearchableFIL07(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 1100
		olderRows(t, st, n)
		early, err := store.New(st.DB(), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := count(t, early, "title", false); got != 0 {
			t.Errorf("%d matches before", got)
		}
		for range 2 {
			if err := store.Migrate(t.Context(), st.DB()); err != nil {
				t.Fatal(err)
			}
			if current, approved := count(t, early, "title", false), count(t, early, "title", true); current != n || approved != n/2 {
				t.Errorf("%d current and %d approved matches, want %d and %d", current, approved, n, n/2)
			}
		}
	})
}

// TestFillGoesOn: a fill that was interrupted at a row goes on from there, and does not
// begin again. What is written meanwhile stays as it is.
func TestVolumeFillGoesOnFIL07(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 1100
		olderRows(t, st, n)
		last := sqltest.NewAsset(n/2 - 1) // that is not approved, and indexed already
		execute(t, st.DB(), fmt.Sprintf("UPDATE asset_perspectives SET tags = '{' WHERE perspective = 'current' AND id = '%s'", last.ID))
		if err := store.Migrate(t.Context(), st.DB()); err == nil || !strings.Contains(err.Error(), "searchable") {
			t.Fatalf("with a damaged row: %v", err)
		}
		before := count(t, st, "title", false)
		if before <= n/2 || before == n {
			t.Fatalf("%d matches after an interruption", before)
		}
		forgetWords(t, st) // what was done is not done again
		last.Title = "Changed meanwhile"
		update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), last, nil) })
		if err := store.Migrate(t.Context(), st.DB()); err != nil {
			t.Fatal(err)
		}
		done := before - n/2 // without those that are approved
		if got := count(t, st, "title", false); got != n-done-1 {
			t.Errorf("%d matches, want %d", got, n-done-1)
		}
		if got := count(t, st, "meanwhile", false); got != 1 {
			t.Errorf("%d matches of the row that was written meanwhile", got)
		}
	})
}

// TestFillBesideWriters: while a fill has passed the approved rows and not yet the current
// ones, an asset gets a new version, and another one is approved. Both are then found in both
// perspectives.
func TestFillBesideWritersFIL07(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		stops := putText(t, st, 0, "damaged")
		edited := putText(t, st, 1, "first")
		shown := *edited
		shown.ApprovedVersion, edited.ApprovedVersion = 1, 1
		update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), edited, &shown) })
		decided := putText(t, st, 2, "later")
		forgetWords(t, st)
		execute(t, st.DB(), "INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')")
		execute(t, st.DB(), fmt.Sprintf("UPDATE asset_perspectives SET tags = '{' WHERE id = '%s'", stops.ID))
		if err := st.Fill(t.Context()); err == nil || !strings.Contains(err.Error(), "searchable") {
			t.Fatalf("with a damaged row: %v", err)
		}

		update(t, st, func(tx assets.Tx) error {
			if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: edited.ID, Number: 2, Words: "second"}); err != nil {
				return err
			}
			edited.Version, edited.CurrentVersion = 2, 2
			if err := tx.PutAsset(t.Context(), edited, &shown); err != nil {
				return err
			}
			return tx.PutAsset(t.Context(), decided, decided)
		})
		execute(t, st.DB(), fmt.Sprintf("UPDATE asset_perspectives SET tags = '' WHERE id = '%s'", stops.ID))
		if err := st.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		for word, want := range map[string][2]int64{"damaged": {1, 0}, "first": {0, 1}, "second": {1, 0}, "later": {1, 1}} {
			if got := [2]int64{count(t, st, word, false), count(t, st, word, true)}; got != want {
				t.Errorf("%s: %d current and approved matches, want %d", word, got, want)
			}
		}
	})
}

// TestFillKeepsBusyTimeout: the connections that Migrate has used wait for locks as before.
func TestFillKeepsBusyTimeout(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, store.Options{})
	st.DB().SetMaxOpenConns(1) // the pragma is one of the connection
	olderRows(t, st, 1)
	var before, after int
	for _, timeout := range []*int{&before, &after} {
		if err := st.DB().NewRaw("PRAGMA busy_timeout").Scan(t.Context(), timeout); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context(), st.DB()); err != nil {
			t.Fatal(err)
		}
	}
	if before == 0 || after != before {
		t.Errorf("busy_timeout is %d, was %d", after, before)
	}
}

// TestFillIsKilled: a process that is killed while it makes rows searchable leaves them
// for the next one.
func TestVolumeFillIsKilledFIL07(t *testing.T) {
	t.Parallel()
	const n = 3000
	fill := func(t *testing.T, path string, st *store.Store) {
		t.Helper()
		olderRows(t, st, n)
		child := migrateInChild(t.Context(), path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for pending := ""; pending == "" && t.Context().Err() == nil; { // until it has begun
			err := st.DB().NewRaw("SELECT coalesce(max(value), 'all') FROM asset_meta WHERE name = 'search_pending'").Scan(t.Context(), &pending)
			if err != nil {
				t.Fatal(err)
			}
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		t.Logf("killed with %d of %d rows", count(t, st, "title", false), n)
		if err := migratePathOrURL(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if current, approved := count(t, st, "title", false), count(t, st, "title", true); current != n || approved != n/2 {
			t.Errorf("%d current and %d approved matches, want %d and %d", current, approved, n, n/2)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "assets.db")
		st, err := sqlite.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		fill(t, path, st.Store)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := sqltest.Postgres(t)
		st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		fill(t, url, st.Store)
	})
}
