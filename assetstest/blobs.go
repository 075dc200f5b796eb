package assetstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/10ex/assets"
)

// TestBlobs shows that an implementation keeps what [assets.Blobs] promises.
// open answers a fresh, empty instance for each subtest and leaves cleaning up
// to t.Cleanup.
//
// Durability cannot be seen from outside and is not tested.
func TestBlobs(t *testing.T, open func(t *testing.T) assets.Blobs) {
	for _, c := range []struct {
		name string
		test func(*testing.T, assets.Blobs)
	}{
		{"Put stores what the reader yields", testPut},
		{"Put of many at once", testPutManyAtOnce},
		{"Put passes on the reader's error", testPutFailingReader},
		{"Put ends with the context", testPutCancelled},
		{"BLB05 the second Put of a key fails", testPutTwice},
		{"BLB05 one of many Puts of a key wins", testPutRace},
		{"TEN03 workspaces stay apart", testWorkspacesApart},
		{"Open reads ranges", testOpenRanges},
		{"Open refuses nonsense", testOpenNonsense},
		{"Open more than once", testOpenTwice},
		{"an unknown key is not found", testUnknownKey},
		{"Delete removes", testDelete},
		{"every method honours the context", testContextEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// blobKey has the shape of the Library's keys.
const blobKey = "acme/202601/k3jq5zv7xw2m4n6p8r9t"

const blobMedia = "application/octet-stream"

// pattern answers n bytes, none of which can be swapped unseen.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8*13 + i>>16*29)
	}
	return p
}

func mustPut(t *testing.T, b assets.Blobs, key string, content []byte) {
	t.Helper()
	if err := b.Put(t.Context(), key, blobMedia, bytes.NewReader(content)); err != nil {
		t.Fatalf("Put(%q): %v", key, err)
	}
}

// read answers a range of a content.
func read(ctx context.Context, b assets.Blobs, key string, offset, length int64) ([]byte, error) {
	r, err := b.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

// wantContent fails the test unless key has exactly this content.
func wantContent(t *testing.T, b assets.Blobs, key string, want []byte) {
	t.Helper()
	if size, err := b.Size(t.Context(), key); err != nil || size != int64(len(want)) {
		t.Errorf("Size(%q) = %d, %v, want %d", key, size, err, len(want))
	}
	got, err := read(t.Context(), b, key, 0, -1)
	if err != nil {
		t.Errorf("reading %q: %v", key, err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("%q has %d bytes that are not the %d bytes of its Put", key, len(got), len(want))
	}
}

// wantNothing fails the test unless nothing is stored under key.
func wantNothing(t *testing.T, b assets.Blobs, key string) {
	t.Helper()
	if size, err := b.Size(t.Context(), key); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("Size(%q) = %d, %v, want ErrNotFound", key, size, err)
	}
	r, err := b.Open(t.Context(), key, 0, -1)
	if !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("Open(%q): %v, want ErrNotFound", key, err)
	}
	if err == nil {
		_ = r.Close()
	}
}
