package assetstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
)

// TestBlobs tests an [assets.Blobs] against the obligations of its interface.
// open returns a new, empty instance for each subtest and cleans up with
// t.Cleanup; subtests run in parallel.
//
// Durability cannot be observed through the interface and is not tested.
func TestBlobs(t *testing.T, open func(t *testing.T) assets.Blobs) {
	for _, c := range []struct {
		name string
		test func(*testing.T, assets.Blobs)
	}{
		{"Put stores what the reader yields", testPut},
		{"Put of many at once", testPutManyAtOnce},
		{"Put passes on the reader's error", testPutFailingReader},
		{"Put ends with the context", testPutCancelled},
		{"the second Put of a key fails BLB05", testPutTwice},
		{"one of many Puts of a key wins BLB05", testPutRace},
		{"workspaces stay apart TEN03", testWorkspacesApart},
		{"Open reads ranges", testOpenRanges},
		{"Open refuses negative offsets", testOpenNegative},
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

// pattern returns n bytes of a sequence that repeats late, so that bytes at a
// wrong offset are noticed.
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

// read returns a range of a content.
func read(ctx context.Context, b assets.Blobs, key string, offset, length int64) ([]byte, error) {
	r, err := b.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

// wantContent checks that key has exactly this content.
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

// wantNothing checks that nothing is stored under key.
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
			t.Errorf("the reader failed at byte %d, Put returns %v", k, err)
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
			t.Errorf("the context ended at byte %d, Put returns %v", k, err)
		}
		cancel()
		wantNothing(t, b, blobKey)
	}
}

// trigger is an empty reader that calls do.
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

func testOpenRanges(t *testing.T, b assets.Blobs) {
	content := pattern(100_000)
	mustPut(t, b, blobKey, content)
	const empty = "acme/202601/emptyemptyemptyempty"
	mustPut(t, b, empty, nil)

	for _, c := range []struct {
		key            string
		offset, length int64
		want           []byte
	}{
		{blobKey, 0, -1, content},
		{blobKey, 0, 100_000, content},
		{blobKey, 0, 1, content[:1]},
		{blobKey, 1, 1, content[1:2]},
		{blobKey, 99_999, -1, content[99_999:]},
		{blobKey, 32_767, 40_000, content[32_767:72_767]},
		{blobKey, 99_990, 100, content[99_990:]},
		{blobKey, 99_990, 1<<63 - 1, content[99_990:]},
		{blobKey, 0, 0, nil},
		{blobKey, 50, 0, nil},
		{blobKey, 100_000, -1, nil},
		{blobKey, 100_000, 1, nil},
		{blobKey, 100_001, -1, nil},
		{blobKey, 1 << 40, 10, nil},
		{empty, 0, -1, nil},
		{empty, 0, 5, nil},
		{empty, 1, -1, nil},
	} {
		got, err := read(t.Context(), b, c.key, c.offset, c.length)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("Open(%q, %d, %d) reads %d bytes, %v, want %d bytes",
				c.key, c.offset, c.length, len(got), err, len(c.want))
		}
	}
}

func testOpenNegative(t *testing.T, b assets.Blobs) {
	mustPut(t, b, blobKey, pattern(100))
	for _, c := range []struct{ offset, length int64 }{{-1, -1}, {-1 << 63, 10}} {
		r, err := b.Open(t.Context(), blobKey, c.offset, c.length)
		if err == nil {
			_ = r.Close()
			t.Errorf("Open from offset %d succeeds", c.offset)
		}
	}
}

func testOpenTwice(t *testing.T, b assets.Blobs) {
	content := pattern(50_000)
	mustPut(t, b, blobKey, content)
	first, err := b.Open(t.Context(), blobKey, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	half := make([]byte, 25_000)
	if _, err := io.ReadFull(first, half); err != nil {
		t.Fatal(err)
	}
	wantContent(t, b, blobKey, content) // a second reader beside the first
	rest, err := io.ReadAll(first)
	if err != nil || !bytes.Equal(slices.Concat(half, rest), content) {
		t.Errorf("the first reader has %d bytes more, %v, and not the content", len(rest), err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	abandoned, err := b.Open(t.Context(), blobKey, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := abandoned.Close(); err != nil {
		t.Errorf("Close before reading: %v", err)
	}
}

func testUnknownKey(t *testing.T, b assets.Blobs) {
	wantNothing(t, b, blobKey)
	if err := b.Delete(t.Context(), blobKey); err != nil {
		t.Errorf("Delete of an unknown key: %v", err)
	}
	mustPut(t, b, blobKey, pattern(10))
	for _, near := range []string{
		blobKey + "x", blobKey[:len(blobKey)-1], blobKey + "~w640",
		"acm" + blobKey[len("acme"):], "acme/202602" + blobKey[len("acme/202601"):],
	} {
		wantNothing(t, b, near)
		if err := b.Delete(t.Context(), near); err != nil {
			t.Errorf("Delete(%q): %v", near, err)
		}
	}
	wantContent(t, b, blobKey, pattern(10))
}

func testDelete(t *testing.T, b assets.Blobs) {
	const other = "acme/202601/otherotherotherother"
	mustPut(t, b, blobKey, pattern(10))
	mustPut(t, b, other, pattern(20))
	for range 2 {
		if err := b.Delete(t.Context(), blobKey); err != nil {
			t.Errorf("Delete: %v", err)
		}
		wantNothing(t, b, blobKey)
	}
	wantContent(t, b, other, pattern(20))
}

func testContextEnded(t *testing.T, b assets.Blobs) {
	mustPut(t, b, blobKey, pattern(10))
	const other = "acme/202601/otherotherotherother"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check := func(method string, err error) {
		t.Helper()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", method, err)
		}
	}
	check("Put", b.Put(ctx, other, blobMedia, bytes.NewReader(pattern(10))))
	_, err := b.Size(ctx, blobKey)
	check("Size", err)
	_, err = read(ctx, b, blobKey, 0, -1)
	check("Open", err)
	check("Delete", b.Delete(ctx, blobKey))
	wantNothing(t, b, other)
	wantContent(t, b, blobKey, pattern(10))
}
