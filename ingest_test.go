package assets_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// oneKey stores everything under one key.
type oneKey struct{ assets.Blobs }

const theKey = "acme/202603/only"

func (b oneKey) Put(ctx context.Context, _, mediaType string, r io.Reader) error {
	return b.Blobs.Put(ctx, theKey, mediaType, r)
}

func (b oneKey) Size(ctx context.Context, _ string) (int64, error) { return b.Blobs.Size(ctx, theKey) }

func (b oneKey) Delete(ctx context.Context, _ string) error { return b.Blobs.Delete(ctx, theKey) }

func (b oneKey) Open(ctx context.Context, _ string, offset, length int64) (io.ReadCloser, error) {
	return b.Blobs.Open(ctx, theKey, offset, length)
}

// TestBLB05SecondPutOfAKey: the second create fails and takes nothing from the
// first.
func TestBLB05SecondPutOfAKey(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Blobs = oneKey{cfg.Blobs}
	lib := library(t, cfg)
	first, err := lib.Create(t.Context(), bot, newCopy("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Create(t.Context(), bot, newCopy("second")); assets.Code(err) != "unavailable" {
		t.Errorf("the second create: %v", err)
	}
	f, err := lib.Open(t.Context(), ann, first.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || string(got) != "first" {
		t.Errorf("the first is %q, %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestTEN03WorkspacesShareNoFolder: whatever a workspace is called, its bytes
// are in a folder of its own, also where letter case does not count.
func TestTEN03WorkspacesShareNoFolder(t *testing.T) {
	t.Parallel()
	names := []string{"a", "A", "ab", "a/b", "../b", "..", ".", "a=2fb", "=61", "ä", "a b", strings.Repeat("x", 255), strings.Repeat("x", 254) + "y", "=h"}
	folders := map[string]string{}
	for _, name := range names {
		cfg := assetstest.Config()
		seen := &keySpy{Blobs: cfg.Blobs}
		cfg.Blobs = seen
		if _, err := library(t, cfg).Create(t.Context(), assetstest.User(name, "ann"), newCopy("x")); err != nil {
			t.Fatalf("workspace %q: %v", name, err)
		}
		folder, _, _ := strings.Cut(strings.ToLower(seen.key), "/")
		if other, taken := folders[folder]; taken {
			t.Errorf("%q and %q share the folder %s", name, other, folder)
		}
		if folder == "" || strings.Trim(folder, ".") == "" || len(folder) > 200 {
			t.Errorf("%q is kept in %q", name, folder)
		}
		folders[folder] = name
	}
}

type keySpy struct {
	assets.Blobs
	key string
}

func (b *keySpy) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	b.key = key
	return b.Blobs.Put(ctx, key, mediaType, r)
}
