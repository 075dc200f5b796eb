package assets_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
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

// hangingBlobs block a call until its context ends.
type hangingBlobs struct {
	assets.Blobs
	put, open, read bool // which calls block
}

func (b *hangingBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if b.put {
		if _, err := io.CopyN(io.Discard, r, 3); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return b.Blobs.Put(ctx, key, mediaType, r)
}

func (b *hangingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.open {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if b.read {
		return struct {
			io.Reader
			io.Closer
		}{fixture.ReaderFunc(func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }), body}, err
	}
	return body, err
}

// TestHungBucketBLB02: calls of a bucket that hangs fail after Limits.BlobStall.
func TestHungBucketBLB02(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := assetstest.Config()
		b := &hangingBlobs{Blobs: cfg.Blobs}
		cfg.Blobs = b
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
		if err != nil {
			t.Fatal(err)
		}
		within := func(what string, call func() error) {
			t.Helper()
			start := time.Now()
			if err := call(); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
			if d := time.Since(start); d < 30*time.Second || d > 31*time.Second {
				t.Errorf("%s gave up after %v", what, d)
			}
		}
		read := func() error {
			f, err := lib.Open(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			_, err = io.ReadAll(f)
			return err
		}
		b.open = true
		within("opening", read)
		b.open, b.read = false, true
		within("reading", read)
		b.put = true
		within("storing", func() error {
			_, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("again"))
			return err
		})
		page, err := lib.List(t.Context(), fixture.Ann, assets.Query{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%d assets, %v", len(page.Items), err)
		}
	})
}

func TestSlowClientIsNoHungBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := fixture.Copy("")
		rest := strings.NewReader("slow")
		in.Content = fixture.ReaderFunc(func(p []byte) (int, error) {
			time.Sleep(time.Minute)
			return rest.Read(p[:1])
		})
		if _, err := assetstest.New(t).Create(t.Context(), fixture.Bot, in); err != nil {
			t.Error(err)
		}
	})
}
