package assets_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// replacedBlobs opens other bytes than were stored.
type replacedBlobs struct {
	assets.Blobs
	open func(offset, length int64) (io.ReadCloser, error)
}

func (b *replacedBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.open == nil {
		return b.Blobs.Open(ctx, key, offset, length)
	}
	return b.open(offset, length)
}

func opened(t *testing.T, b *replacedBlobs, text string) *assets.File {
	t.Helper()
	cfg := assetstest.Config()
	b.Blobs, cfg.Blobs = cfg.Blobs, b
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.Open(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestFileIsReader(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 1000)
	f := opened(t, new(replacedBlobs), text)
	if err := iotest.TestReader(f, []byte(text)); err != nil {
		t.Error(err)
	}
}

// TestDamagedContentBLB03: a damaged content is never read to its end.
func TestDamagedContentBLB03(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 10_000)
	altered := text[:len(text)-1] + "x"
	tests := []struct {
		name string
		open func(offset, length int64) (io.ReadCloser, error)
		want error
	}{
		{"altered in the last byte", constant(altered), assets.ErrCorrupt},
		{"short", constant(text[:len(text)-1]), assets.ErrCorrupt},
		{"empty", constant(""), assets.ErrCorrupt},
		{"long", constant(text + "x"), assets.ErrCorrupt},
		{"missing BLB04", failing(assets.ErrNotFound), assets.ErrCorrupt},
		{"bucket down BLB04", failing(errors.New("connection refused")), assets.ErrUnavailable},
		{"breaks in the middle", func(int64, int64) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(text[:50]), iotest.ErrReader(errors.New("reset")))), nil
		}, assets.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := new(replacedBlobs)
			f := opened(t, b, text)
			b.open = tt.open
			got, err := io.ReadAll(f)
			if !errors.Is(err, tt.want) {
				t.Errorf("ReadAll: %v, want %v", err, tt.want)
			}
			if len(got) >= len(text) {
				t.Errorf("all %d bytes were returned", len(got))
			}
			if strings.Contains(assets.Detail(err), "refused") {
				t.Errorf("the detail names the back end: %s", assets.Detail(err))
			}
		})
	}
}

// TestEmptyContentBLB03: reading an empty content opens its object too.
func TestEmptyContentBLB03(t *testing.T) {
	t.Parallel()
	b := new(replacedBlobs)
	cfg := assetstest.Config()
	b.Blobs, cfg.Blobs = cfg.Blobs, b
	lib := backends.Library(t, cfg)
	in := fixture.File(assets.TypeBundle, "application/octet-stream")
	in.Content = strings.NewReader("")
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.Open(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b.open = failing(assets.ErrNotFound)
	if _, err := io.ReadAll(f); !errors.Is(err, assets.ErrCorrupt) {
		t.Errorf("missing empty object: %v", err)
	}
	b.open = nil
	if got, err := io.ReadAll(f); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFileSeek(t *testing.T) {
	t.Parallel()
	b := new(replacedBlobs)
	f := opened(t, b, "0123456789")
	var opens [][2]int64
	b.open = func(offset, length int64) (io.ReadCloser, error) {
		opens = append(opens, [2]int64{offset, length})
		return io.NopCloser(strings.NewReader("0123456789"[offset:])), nil
	}
	if n, err := f.Seek(0, io.SeekEnd); n != 10 || err != nil || len(opens) != 0 {
		t.Fatalf("Seek: %d, %v, opens %v", n, err, opens)
	}
	if _, err := f.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 2)
	if _, err := io.ReadFull(f, p); err != nil || string(p) != "78" {
		t.Errorf("%q, %v", p, err)
	}
	if len(opens) != 1 || opens[0] != [2]int64{7, 3} {
		t.Errorf("opens %v", opens)
	}
}

func constant(s string) func(int64, int64) (io.ReadCloser, error) {
	return func(offset, _ int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(s)[min(int(offset), len(s)):])), nil
	}
}

func failing(err error) func(int64, int64) (io.ReadCloser, error) {
	return func(int64, int64) (io.ReadCloser, error) { return nil, err }
}

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

// TestBytesHOS05: a content is returned whole or not at all, and while a result with it
// is sent its memory is reserved.
func TestBytesHOS05(t *testing.T) {
	t.Parallel()
	_, _, put := newStored(t, nil)
	cfg := assetstest.Config()
	cfg.Limits.WorkMemory, cfg.Limits.WorkWait = 4<<20, time.Millisecond
	lib := backends.Library(t, cfg)
	stored := func(text, described string) assets.Version {
		v := put(fmt.Sprint(len(text)), text, described)
		if err := cfg.Blobs.Put(t.Context(), v.Key, "text/plain", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		return v
	}
	long := strings.Repeat("x", 300<<10)
	right, empty, damaged := stored(long, long), stored("", ""), stored("test", "text")
	for _, tt := range []struct {
		name  string
		v     assets.Version
		limit int64
		want  string
		err   error
	}{
		{"whole", right, 300 << 10, long, nil},
		{"more than the limit", right, 300<<10 - 1, "", assets.ErrTooLarge},
		{"empty", empty, 0, "", nil},
		{"damaged", damaged, 4, "", assets.ErrCorrupt},
		{"missing", assets.Version{Key: "none", Content: empty.Content}, 0, "", assets.ErrCorrupt},
	} {
		f := lib.Stored(t.Context(), tt.v)
		if got, err := f.Bytes(tt.limit); string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %d bytes, %v", tt.name, len(got), err)
		}
		if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
			t.Errorf("%s: the position is %d, %v", tt.name, at, err)
		}
	}
	ctx, sent := assets.Sending(t.Context(), 5, nil)
	if _, err := lib.Stored(ctx, right).Bytes(1 << 20); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Stored(t.Context(), right).Bytes(1 << 20); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("beside a result that is sent: %v", err)
	}
	sent()
	if _, err := lib.Stored(t.Context(), right).Bytes(1 << 20); err != nil {
		t.Errorf("after it was sent: %v", err)
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
