package following_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// TestCursorOfAnotherHistory restores a backup that then goes on differently: a cursor
// behind an event that is not there any more is refused, though its position exists again.
func TestCursorOfAnotherHistory(t *testing.T) {
	t.Parallel()
	open := func(path string) (*sqlite.Store, *assets.Library) {
		t.Helper()
		st, err := sqlite.Open(t.Context(), path, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		return st, library(t, st)
	}
	by := assetstest.User("w", "ann")
	create := func(lib *assets.Library, n int) {
		t.Helper()
		for range n {
			if _, err := lib.Create(t.Context(), by, fixture.Copy("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
	end := func(lib *assets.Library) string {
		t.Helper()
		page, err := lib.Events(t.Context(), by, assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return page.NextAfter
	}
	folder := t.TempDir()
	st, lib := open(filepath.Join(folder, "assets.db"))
	create(lib, 1)
	kept := end(lib)
	backup := filepath.Join(folder, "backup.db")
	if _, err := st.DB().ExecContext(t.Context(), "VACUUM INTO ?", backup); err != nil {
		t.Fatal(err)
	}
	create(lib, 1)
	lost := end(lib)
	create(lib, 5)
	ahead := end(lib)

	_, restored := open(backup)
	create(restored, 3)
	for name, after := range map[string]string{"the same position": lost, "behind the end": ahead} {
		if _, err := restored.Events(t.Context(), by, assets.EventQuery{After: after}); !errors.Is(err, assets.ErrEventsPruned) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := restored.StreamEvents(t.Context(), by, assets.EventQuery{After: after}); !errors.Is(err, assets.ErrEventsPruned) {
			t.Errorf("a stream from %s: %v", name, err)
		}
	}
	if page, err := restored.Events(t.Context(), by, assets.EventQuery{After: kept}); err != nil || len(page.Items) != 3 {
		t.Errorf("behind an event of the backup: %d events, %v", len(page.Items), err)
	}
}
