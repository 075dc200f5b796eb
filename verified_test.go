package assets_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
)

// openCounter counts how often an object is opened, and waits for gate before it is.
type openCounter struct {
	assets.Blobs
	gate <-chan struct{}

	mu    sync.Mutex
	opens int
}

func (b *openCounter) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	b.mu.Lock()
	b.opens++
	b.mu.Unlock()
	if b.gate != nil {
		select {
		case <-b.gate:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

func (b *openCounter) opened() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opens
}

// newStored returns a Library with counted Blobs and a function that stores a text under
// a key and returns the version that has it.
func newStored(t *testing.T, gate <-chan struct{}) (*assets.Library, *openCounter, func(key, stored, described string) assets.Version) {
	t.Helper()
	cfg := assetstest.Config()
	blobs := &openCounter{Blobs: cfg.Blobs, gate: gate}
	cfg.Blobs = blobs
	return backends.Library(t, cfg), blobs, func(key, stored, described string) assets.Version {
		if err := blobs.Put(t.Context(), key, "text/plain", strings.NewReader(stored)); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(described))
		return assets.Version{Key: key, Content: assets.Content{SHA256: hex.EncodeToString(sum[:]), SizeBytes: int64(len(described))}}
	}
}

func TestVerifyOnceHOS10(t *testing.T) {
	t.Parallel()
	lib, blobs, put := newStored(t, nil)
	right, damaged := put("right", "text", "text"), put("damaged", "test", "text")
	for range 3 {
		f := lib.Stored(t.Context(), right)
		if err := f.VerifyOnce(); err != nil || blobs.opened() != 1 {
			t.Fatalf("opened %d times: %v", blobs.opened(), err)
		}
	}
	f := lib.With(lib.Store()).Stored(t.Context(), right)
	if err := f.VerifyOnce(); err != nil || blobs.opened() != 1 {
		t.Fatalf("of another store: opened %d times: %v", blobs.opened(), err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "text" || blobs.opened() != 2 {
		t.Errorf("read %q, %v", text, err)
	}
	for i := range 2 {
		if err := lib.Stored(t.Context(), damaged).VerifyOnce(); !errors.Is(err, assets.ErrCorrupt) || blobs.opened() != 3+i {
			t.Errorf("damaged: opened %d times: %v", blobs.opened(), err)
		}
	}
	other := right
	other.Content.SHA256 = strings.Repeat("0", 64)
	if err := lib.Stored(t.Context(), other).VerifyOnce(); !errors.Is(err, assets.ErrCorrupt) {
		t.Errorf("another digest: %v", err)
	}
}

// TestVerifyOnceForgetsHOS10: the oldest of more than 4,096 contents is read again.
func TestVerifyOnceForgetsHOS10(t *testing.T) {
	t.Parallel()
	lib, blobs, put := newStored(t, nil)
	versions := make([]assets.Version, 4097)
	for i := range versions {
		versions[i] = put(fmt.Sprint(i), "text", "text")
		if err := lib.Stored(t.Context(), versions[i]).VerifyOnce(); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]int{4096: 4097, 1: 4097} {
		if err := lib.Stored(t.Context(), versions[i]).VerifyOnce(); err != nil || blobs.opened() != want {
			t.Errorf("%d: opened %d times: %v", i, blobs.opened(), err)
		}
	}
	if err := lib.Stored(t.Context(), versions[0]).VerifyOnce(); err != nil || blobs.opened() != 4098 {
		t.Errorf("the oldest: opened %d times: %v", blobs.opened(), err)
	}
}

// TestVerifyOnceTogetherHOS10: of many calls one reads; if its client leaves, another does.
func TestVerifyOnceTogetherHOS10(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	lib, blobs, put := newStored(t, gate)
	version := put("right", "text", "text")
	gone := errors.New("gone")
	ctx, leave := context.WithCancelCause(t.Context())
	first := make(chan error)
	go func() { first <- lib.Stored(ctx, version).VerifyOnce() }()
	for blobs.opened() == 0 {
		select {
		case err := <-first:
			t.Fatal(err)
		default:
		}
	}
	var others sync.WaitGroup
	for range 8 {
		others.Go(func() {
			if err := lib.Stored(t.Context(), version).VerifyOnce(); err != nil {
				t.Error(err)
			}
		})
	}
	leave(gone)
	if err := <-first; !errors.Is(err, gone) && !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	close(gate)
	others.Wait()
	if blobs.opened() > 2 {
		t.Errorf("opened %d times", blobs.opened())
	}
}
