package assetstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
)

func testPut(t *testing.T, b assets.Blobs) {
	readers := map[string]func(io.Reader) io.Reader{
		"whole":       func(r io.Reader) io.Reader { return r },
		"halves":      iotest.HalfReader,
		"with EOF":    iotest.DataErrReader,
		"byte by one": iotest.OneByteReader,
	}
	for name, by := range readers {
		for _, size := range []int{0, 1, 511, 512, 32 << 10, 64<<10 + 1, 1<<20 + 3} {
			if name == "byte by one" && size > 32<<10 {
				continue
			}
			key := fmt.Sprintf("acme/202601/%020d%d", size, len(name))
			if err := b.Put(t.Context(), key, blobMedia, by(bytes.NewReader(pattern(size)))); err != nil {
				t.Errorf("Put of %d bytes, %s: %v", size, name, err)
				continue
			}
			wantContent(t, b, key, pattern(size))
		}
	}
}

func testPutManyAtOnce(t *testing.T, b assets.Blobs) {
	var wg sync.WaitGroup
	for i := range 32 { // two in each of 16 folders that are new
		wg.Go(func() {
			key, content := fmt.Sprintf("w%d/202601/%020d", i/2, i), pattern(1000+i)
			if err := b.Put(t.Context(), key, blobMedia, bytes.NewReader(content)); err != nil {
				t.Errorf("Put(%q): %v", key, err)
				return
			}
			wantContent(t, b, key, content)
		})
	}
	wg.Wait()
}

func testPutFailingReader(t *testing.T, b assets.Blobs) {
	failure := errors.New("the client hung up")
	for _, k := range []int{0, 1, 512, 32 << 10, 64<<10 + 1, 1 << 20} {
		r := io.MultiReader(bytes.NewReader(pattern(k)), iotest.ErrReader(failure))
		err := b.Put(t.Context(), blobKey, blobMedia, r)
		if !errors.Is(err, failure) {
			t.Errorf("the reader failed at byte %d, Put answers %v", k, err)
		}
		wantNothing(t, b, blobKey)
	}
	mustPut(t, b, blobKey, pattern(100))
	wantContent(t, b, blobKey, pattern(100))
}

func testPutCancelled(t *testing.T, b assets.Blobs) {
	for _, k := range []int{0, 1, 32 << 10, 1 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		r := io.MultiReader(bytes.NewReader(pattern(k)), &trigger{do: cancel}, bytes.NewReader(pattern(1<<20)))
		if err := b.Put(ctx, blobKey, blobMedia, r); !errors.Is(err, context.Canceled) {
			t.Errorf("the context ended at byte %d, Put answers %v", k, err)
		}
		cancel()
		wantNothing(t, b, blobKey)
	}
}

// trigger does something when a reader comes by, and yields nothing.
type trigger struct{ do func() }

func (r *trigger) Read([]byte) (int, error) {
	r.do()
	return 0, io.EOF
}

func testPutTwice(t *testing.T, b assets.Blobs) {
	first := pattern(3000)
	mustPut(t, b, blobKey, first)
	for _, second := range [][]byte{pattern(5000), pattern(10), nil, first} {
		if err := b.Put(t.Context(), blobKey, blobMedia, bytes.NewReader(second)); err == nil {
			t.Errorf("a second Put, of %d bytes, succeeds", len(second))
		}
		wantContent(t, b, blobKey, first)
	}
	failing := iotest.ErrReader(errors.New("cut"))
	if err := b.Put(t.Context(), blobKey, blobMedia, failing); err == nil {
		t.Error("a second Put, of a reader that fails, succeeds")
	}
	wantContent(t, b, blobKey, first)
}

func testPutRace(t *testing.T, b assets.Blobs) {
	const writers = 16
	var wg sync.WaitGroup
	start := make(chan struct{})
	won := make(chan int, writers)
	for i := range writers {
		wg.Go(func() {
			content := bytes.NewReader(pattern(70_000 + i))
			<-start
			if b.Put(t.Context(), blobKey, blobMedia, content) == nil {
				won <- i
			}
		})
	}
	close(start)
	wg.Wait()
	close(won)
	if len(won) != 1 {
		t.Fatalf("%d of %d Puts of one key succeed, want 1", len(won), writers)
	}
	wantContent(t, b, blobKey, pattern(70_000+<-won))
}

func testWorkspacesApart(t *testing.T, b assets.Blobs) {
	const rest = "/202601/k3jq5zv7xw2m4n6p8r9t"
	workspaces := []string{"a", "ab", "a-b", "=41", "=2e=2e=2fb", "a=2fb", "=h0123456789abcdef"}
	for i, w := range workspaces {
		mustPut(t, b, w+rest, pattern(100+i))
	}
	for i, w := range workspaces {
		wantContent(t, b, w+rest, pattern(100+i))
	}
	if err := b.Delete(t.Context(), "a"+rest); err != nil {
		t.Errorf("Delete: %v", err)
	}
	wantNothing(t, b, "a"+rest)
	for i, w := range workspaces[1:] {
		wantContent(t, b, w+rest, pattern(101+i))
	}
}
