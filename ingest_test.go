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
