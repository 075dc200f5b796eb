package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestVolumeLogStaysSmallDBF09(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	st := openPath(t, path, store.Options{Relaxed: true})
	for i := range 300 {
		sqltest.MustPut(t, st, i)
		sqltest.CheckStored(t, st, 1, 0)
		if err := st.View(t.Context(), func(r assets.Snapshot) error { sqltest.CheckStored(t, r, 1, 0); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 8<<20 {
		t.Errorf("the log has %d bytes after 300 commits: a read transaction was left open", info.Size())
	}
	if n := st.DB().Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}
