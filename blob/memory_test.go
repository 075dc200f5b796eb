package blob_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

func TestMemoryListIsSorted(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	for _, key := range []string{key3, key1, key2} {
		put(t, m, key, "content")
	}
	if got := keys(t, m, ""); !slices.Equal(got, []string{key1, key2, key3}) {
		t.Errorf("List yields %q", got)
	}
}

func TestMemoryListDescribesObjects(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	before := time.Now()
	put(t, m, key1, "content")
	for o, err := range m.List(t.Context(), "") {
		if err != nil || o.Size != 7 || o.ModTime.Before(before) || o.ModTime.After(time.Now()) {
			t.Errorf("%+v, %v", o, err)
		}
	}
}

func TestMemoryOpen(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	put(t, m, key1, "0123456789")
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, -1, "0123456789"}, {3, 4, "3456"}, {8, 100, "89"}, {10, -1, ""}, {11, 1, ""}, {2, 0, ""}} {
		r, err := m.Open(t.Context(), key1, c.offset, c.length)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != c.want || err != nil {
			t.Errorf("Open(%d, %d) reads %q, %v, want %q", c.offset, c.length, got, err, c.want)
		}
		_ = r.Close()
	}
	for _, c := range [][2]int64{{-1, 1}, {0, -2}} {
		if _, err := m.Open(t.Context(), key1, c[0], c[1]); err == nil {
			t.Errorf("Open(%d, %d) succeeds", c[0], c[1])
		}
	}
}

func TestMemoryOpenContentSurvivesDelete(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	put(t, m, key1, "content")
	r, err := m.Open(t.Context(), key1, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(t.Context(), key1); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Size(t.Context(), key1); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("Size after Delete: %v", err)
	}
	if got, err := io.ReadAll(r); string(got) != "content" || err != nil {
		t.Errorf("the open content reads %q, %v", got, err)
	}
}

func TestMemoryPutThatFailsStoresNothing(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	cut := errors.New("cut")
	r := io.MultiReader(strings.NewReader("con"), iotest.ErrReader(cut))
	if err := m.Put(t.Context(), key1, "", r); !errors.Is(err, cut) {
		t.Errorf("Put: %v", err)
	}
	wantKeys(t, m)
	put(t, m, key1, "content") // the key is not reserved
}

func TestMemoryMarkerIsACopy(t *testing.T) {
	t.Parallel()
	m := blob.NewMemory()
	text := []byte("marker")
	if err := m.WriteMarker(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	copy(text, "MARKER")
	if got, err := m.ReadMarker(t.Context()); string(got) != "marker" || err != nil {
		t.Errorf("ReadMarker: %q, %v", got, err)
	}
	if err := m.WriteMarker(t.Context(), bytes.Repeat([]byte("x"), 5000)); err != nil {
		t.Fatal(err)
	}
	if got, err := m.ReadMarker(t.Context()); len(got) != 4<<10 || err != nil {
		t.Errorf("ReadMarker of a long marker: %d bytes, %v", len(got), err)
	}
}
