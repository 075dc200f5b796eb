package export_test

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestExportOfSmallContents: an archive has contents of the database, of the bucket, and of a
// rollback that shares a small one.
func TestExportOfSmallContents(t *testing.T) {
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		want := map[string]int{}
		approve := func(id assets.ID, n assets.Number) {
			if err := fixture.Decide(t, lib, "ann", id, assets.ActionApprove, n); err != nil {
				t.Fatal(err)
			}
		}
		by := fixture.User("ann")
		for _, text := range []string{"small", strings.Repeat("large ", 20_000)} {
			a, err := lib.Create(t.Context(), by, fixture.Copy(text))
			if err != nil {
				t.Fatal(err)
			}
			approve(a.ID, 1)
			want[text]++
		}
		shared := fixture.Draft(t, lib, false)
		first := fixture.Read(t, lib, shared.ID, 1)
		if err := fixture.AddVersion(t, lib, shared.ID, "second"); err != nil {
			t.Fatal(err)
		}
		if _, err := lib.Rollback(t.Context(), by, shared.ID, assets.Rollback{Version: 1}); err != nil {
			t.Fatal(err)
		}
		approve(shared.ID, 3)
		want[first]++

		exports, err := export.New(export.Config{Library: lib})
		if err != nil {
			t.Fatal(err)
		}
		frozen, err := exports.Create(t.Context(), by, export.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if got := contentsOf(t, exports, by, frozen.ID); !maps.Equal(got, want) {
			t.Errorf("%d contents: %.100q", len(got), slices.Collect(maps.Keys(got)))
		}
	})
}

// contentsOf returns how often each content is in an archive, without those that describe it.
func contentsOf(t *testing.T, exports *export.Exporter, by assets.Actor, id assets.ID) map[string]int {
	t.Helper()
	a, err := exports.Open(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := a.WriteTo(t.Context(), &file, nil); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range archive.File {
		if !strings.Contains(f.Name, "/data/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Error(err)
		}
		got[string(content)]++
	}
	return got
}
