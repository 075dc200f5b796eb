package backends_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
)

// TestBackends: every back end is fresh, and a Library works on it.
func TestBackends(t *testing.T) {
	t.Parallel()
	ann := assetstest.User("acme", "ann")
	for _, b := range append(backends.All(), backends.FullSync()) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				lib := backends.Library(t, b.Config(t))
				in := assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "hello"}}
				if _, err := lib.Create(t.Context(), ann, in); err != nil {
					t.Fatal(err)
				}
				page, err := lib.List(t.Context(), ann, assets.Query{})
				if err != nil || len(page.Items) != 1 {
					t.Errorf("%d assets, %v", len(page.Items), err)
				}
			}
		})
	}
}

// TestEachNamesBackends: the report of a test run finds the back end in the name
// of the subtest.
func TestEachNamesBackends(t *testing.T) {
	var mu sync.Mutex
	var configs, databases []string
	note := func(t *testing.T, names *[]string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		*names = append(*names, t.Name()[strings.LastIndexByte(t.Name(), '/')+1:])
	}
	t.Run("group", func(t *testing.T) {
		t.Run("Each", func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				note(t, &configs)
				if cfg.Store == nil || cfg.Blobs == nil {
					t.Errorf("incomplete: %+v", cfg)
				}
			})
		})
		t.Run("EachDatabase", func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
				note(t, &databases)
				if _, err := db.Events(t.Context(), 0, 1); err != nil {
					t.Error(err)
				}
			})
		})
	})
	for _, names := range [][]string{configs, databases} {
		slices.Sort(names)
		if without := slices.DeleteFunc(names, func(s string) bool { return s == "postgres" }); !slices.Equal(without, []string{"memory", "sqlite"}) {
			t.Errorf("ran on %v", names)
		}
	}
}
