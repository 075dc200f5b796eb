package faults_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// restorable is a database with a backup.
type restorable struct {
	name string
	// open returns a database after the changes of before, and another one that was
	// restored from a backup made then.
	open func(t *testing.T, before func(backends.Database)) (database, restored backends.Database)
}

func restorables() []restorable {
	return []restorable{
		{"memory", func(_ *testing.T, before func(backends.Database)) (database, restored backends.Database) {
			first, second := memory.New(), memory.New()
			before(first)
			id, _, _ := first.State(context.Background())
			restored = sameStore{second, id}
			before(restored)
			return first, restored
		}},
		{"sqlite", func(t *testing.T, before func(backends.Database)) (database, restored backends.Database) {
			t.Helper()
			first := backends.SQLite(t, store.Options{Relaxed: true})
			before(first)
			backup := filepath.Join(t.TempDir(), "backup.db")
			if _, err := first.DB().ExecContext(t.Context(), "VACUUM INTO ?", backup); err != nil {
				t.Fatal(err)
			}
			second, err := sqlite.Open(t.Context(), backup, store.Options{Relaxed: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = second.Close() })
			return first, second
		}},
		{"postgres", func(t *testing.T, before func(backends.Database)) (database, restored backends.Database) {
			t.Helper()
			url := sqltest.Postgres(t)
			open := func(url string) *postgres.Store {
				st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = st.Close() })
				return st
			}
			first := open(url)
			before(first)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			backup := pgtest.Copy(t, url)
			return open(url), open(backup)
		}},
	}
}

// sameStore is a database with the same changes as another one, and with its id: the
// store in memory has no backup.
type sameStore struct {
	backends.Database
	id string
}

func (s sameStore) State(ctx context.Context) (storeID string, latest blob.Mark, err error) {
	_, latest, err = s.Database.State(ctx)
	return s.id, latest, err
}

// change writes the i-th version of an asset, with its content and its journal row.
func change(t *testing.T, db assets.Store, content *blob.Dir, name string, i int) {
	t.Helper()
	key := fmt.Sprintf("acme/202601/%s%s%03d", name, strings.Repeat("x", 23-len(name)), i)
	if err := content.Put(t.Context(), key, "text/plain", strings.NewReader(name)); err != nil && !errors.Is(err, blob.ErrExists) {
		t.Fatal(err)
	}
	err := db.Update(t.Context(), func(tx assets.Tx) error {
		id := assets.ID(fmt.Sprintf("0190a6f0-%04x-7000-8000-%012x", i, len(name)))
		return errors.Join(
			tx.PutVersion(t.Context(), "acme", assets.Version{AssetID: id, Number: 1, Key: key}),
			tx.AddEvent(t.Context(), assets.Event{
				At: assets.Time(i), Workspace: "acme", Type: assets.EventCreated, Data: assets.EventData{AssetID: id, Version: 1, By: name},
			}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sweepOld(ctx context.Context, content blob.Sweepable, db blob.Ledger, force bool) (blob.SweepReport, error) {
	return blob.Sweep(ctx, blob.SweepConfig{
		Bucket: content, Ledger: db, Force: force,
		Now: func() time.Time { return time.Now().Add(48 * time.Hour) },
	})
}

// TestRestoredDatabaseCRA04 restores a backup of the database after a start or a sweep.
// Four acknowledged changes are lost in it; their content stays, however many changes
// the restored database has made.
func TestRestoredDatabaseCRA04(t *testing.T) {
	t.Parallel()
	for _, r := range restorables() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, mover := range []string{"start", "sweep"} {
				for _, changes := range []int{0, 1, 4, 5, 100} {
					t.Run(fmt.Sprintf("%s, %d changes", mover, changes), func(t *testing.T) {
						t.Parallel()
						testRestored(t, r, mover, changes)
					})
				}
			}
		})
	}
}

func testRestored(t *testing.T, r restorable, mover string, changes int) {
	t.Helper()
	content := openFolder(t)
	move := map[string]func(blob.Ledger) error{
		"start": func(db blob.Ledger) error { return blob.MoveMarker(t.Context(), content, db) },
		"sweep": func(db blob.Ledger) error { _, err := sweepOld(t.Context(), content, db, false); return err },
	}
	db, restored := r.open(t, func(db backends.Database) {
		for i := range 3 {
			change(t, db, content, "before", i)
		}
		if err := blob.MoveMarker(t.Context(), content, db); err != nil {
			t.Fatal(err)
		}
	})
	for i := range 4 {
		change(t, db, content, "lost", i)
	}
	if err := move[mover](db); err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		change(t, restored, content, "instead", i)
	}
	all := listed(t, content)
	refused := func(what string) {
		t.Helper()
		for name := range move {
			if err := move[name](restored); !errors.Is(err, blob.ErrSweepRefused) || !strings.Contains(err.Error(), "which the database does not have") {
				t.Errorf("%s, %s: %v, want a refusal", what, name, err)
			}
		}
		if got := listed(t, content); !slices.Equal(got, all) {
			t.Errorf("%s: %d objects are left of %d", what, len(got), len(all))
		}
	}
	refused("restored")
	if _, err := restored.PruneEvents(t.Context(), 1<<40); err != nil {
		t.Fatal(err)
	}
	refused("pruned")
	if _, err := db.PruneEvents(t.Context(), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := blob.MoveMarker(t.Context(), content, db); err != nil {
		t.Errorf("the right database: %v", err)
	}
	refused("the right database was pruned")

	if report, err := sweepOld(t.Context(), content, restored, true); err != nil || report.Deleted != 4 || report.Referenced != 3+changes {
		t.Errorf("forced: %+v, %v", report, err)
	}
	change(t, restored, content, "instead", 200)
	for name := range move {
		if err := move[name](restored); err != nil {
			t.Errorf("after the forced sweep, %s: %v", name, err)
		}
	}
}

// TestMarkerOfWrongDatabaseCRA04 uses the content of one store with another one, and
// with an empty database.
func TestMarkerOfWrongDatabaseCRA04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		for _, marked := range []bool{false, true} {
			content := openFolder(t)
			other := memory.New()
			change(t, other, content, "other", 0)
			if marked {
				if err := blob.MoveMarker(t.Context(), content, other); err != nil {
					t.Fatal(err)
				}
			}
			for i, own := range []*blob.Dir{nil, openFolder(t)} {
				if own != nil {
					change(t, db, own, "own", i)
				}
				_, err := sweepOld(t.Context(), content, db, false)
				for _, err := range []error{err, blob.MoveMarker(t.Context(), content, db)} {
					if !errors.Is(err, blob.ErrSweepRefused) {
						t.Errorf("marked %t, database %d: %v, want a refusal", marked, i, err)
					}
				}
			}
			if got := listed(t, content); len(got) != 1 {
				t.Errorf("marked %t: the objects %q are left", marked, got)
			}
		}
	})
}

// TestSweepsAtOnceCRA04: processes that change, start and sweep at once leave a marker
// that the database has, also when its journal is pruned.
func TestSweepsAtOnceCRA04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		content := openFolder(t)
		change(t, db, content, "before", 0)
		ended := make(chan error, 8)
		for i := range cap(ended) {
			go func() {
				err := db.Update(t.Context(), func(tx assets.Tx) error {
					return tx.AddEvent(t.Context(), assets.Event{At: assets.Time(i), Workspace: "acme", Type: assets.EventEdited})
				})
				if i%2 == 0 {
					err = errors.Join(err, blob.MoveMarker(t.Context(), content, db))
				} else {
					_, sweepErr := sweepOld(t.Context(), content, db, false)
					err = errors.Join(err, sweepErr)
				}
				ended <- err
			}()
		}
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		_, latest, err := db.State(t.Context())
		marker, markerErr := content.ReadMarker(t.Context())
		if err != nil || markerErr != nil || !strings.Contains(string(marker), latest.Digest) {
			t.Errorf("the marker is %s, %v; recorded is %v, %v", marker, markerErr, latest, err)
		}
		if _, err := db.PruneEvents(t.Context(), 1<<40); err != nil {
			t.Fatal(err)
		}
		if _, err := sweepOld(t.Context(), content, db, false); err != nil {
			t.Error(err)
		}
		if got := listed(t, content); len(got) != 1 {
			t.Errorf("the objects %q are left", got)
		}
	})
}

func openFolder(t *testing.T) *blob.Dir {
	t.Helper()
	dir, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return dir
}

func listed(t *testing.T, b blob.Sweepable) (keys []string) {
	t.Helper()
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}
