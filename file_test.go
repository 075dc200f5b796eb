package assets_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// replaced answers other bytes than were stored.
type replaced struct {
	assets.Blobs
	open func(offset, length int64) (io.ReadCloser, error)
}

func (b *replaced) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.open == nil {
		return b.Blobs.Open(ctx, key, offset, length)
	}
	return b.open(offset, length)
}

func opened(t *testing.T, b *replaced, text string) *assets.File {
	t.Helper()
	cfg := assetstest.Config()
	b.Blobs, cfg.Blobs = cfg.Blobs, b
	lib := library(t, cfg)
	made, err := lib.Create(t.Context(), bot, newCopy(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.Open(t.Context(), ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestFileReadsLikeAFile(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 1000)
	f := opened(t, new(replaced), text)
	if err := iotest.TestReader(f, []byte(text)); err != nil {
		t.Error(err)
	}
}

func TestBLB03DamagedContentIsNeverCompleted(t *testing.T) {
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
		{"BLB04 missing", failing(assets.ErrNotFound), assets.ErrCorrupt},
		{"BLB04 bucket down", failing(errors.New("connection refused")), assets.ErrUnavailable},
		{"breaks in the middle", func(int64, int64) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(text[:50]), iotest.ErrReader(errors.New("reset")))), nil
		}, assets.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := new(replaced)
			f := opened(t, b, text)
			b.open = tt.open
			got, err := io.ReadAll(f)
			if !errors.Is(err, tt.want) {
				t.Errorf("ReadAll: %v, want %v", err, tt.want)
			}
			if len(got) >= len(text) {
				t.Errorf("all %d bytes were handed out", len(got))
			}
			if strings.Contains(assets.Detail(err), "refused") {
				t.Errorf("the detail tells of the back end: %s", assets.Detail(err))
			}
		})
	}
}

func TestBLB03EmptyContentIsLookedAt(t *testing.T) {
	t.Parallel()
	b := new(replaced)
	cfg := assetstest.Config()
	b.Blobs, cfg.Blobs = cfg.Blobs, b
	lib := library(t, cfg)
	in := newFile(assets.TypeBundle, "application/octet-stream")
	in.Content = strings.NewReader("")
	made, err := lib.Create(t.Context(), bot, in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.Open(t.Context(), ann, made.ID, assets.SelectCurrent)
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

func TestFileOpensOnlyWhatIsRead(t *testing.T) {
	t.Parallel()
	b := new(replaced)
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
