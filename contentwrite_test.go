package assets_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestCutUploadUPL01: a content whose reader fails leaves no trace.
func TestCutUploadUPL01(t *testing.T) {
	file := pngFile(t, 5000)
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		for _, k := range []int{0, 1, 7, len(file) / 2, len(file) - 1, len(file)} {
			in := assets.NewAsset{Type: assets.TypeImage, Title: "Hero"}
			in.Content = io.MultiReader(bytes.NewReader(file[:k]), iotest.ErrReader(io.ErrUnexpectedEOF))
			if _, err := lib.Create(t.Context(), fixture.Bot, in); !errors.Is(err, assets.ErrBadRequest) {
				t.Errorf("cut at %d: %v", k, err)
			}
			if n := fixture.CountTraces(t, cfg, lib); n != 0 {
				t.Errorf("cut at %d: %d traces left", k, n)
			}
		}
	})
}

// TestRefusedContent: a content that is refused leaves no row and no bytes.
func TestRefusedContent(t *testing.T) {
	hero := pngFile(t, 10)
	wrongDigest := fixture.Copy("hello")
	wrongDigest.SHA256 = strings.Repeat("0", 64)
	tests := []struct {
		name string
		in   assets.NewAsset
		file []byte
		want error
	}{
		{name: "digest differs UPL04", in: wrongDigest, want: assets.ErrDigestMismatch},
		{name: "one byte over the limit UPL05", in: fixture.Copy(strings.Repeat("x", 101)), want: assets.ErrTooLarge},
		{name: "empty image UPL07", in: fixture.File(assets.TypeImage, ""), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "empty image declared png UPL07", in: fixture.File(assets.TypeImage, "image/png"), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "HTML as png UPL07", in: fixture.File(assets.TypeImage, "image/png"), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "HTML as an undeclared image UPL07", in: fixture.File(assets.TypeImage, ""), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "png as jpeg UPL07", in: fixture.File(assets.TypeImage, "image/jpeg"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "type of another asset type UPL07", in: fixture.File(assets.TypeImage, "application/pdf"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "not a media type UPL07", in: fixture.File(assets.TypeImage, "png"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "text with NUL behind the head UPL09", in: fixture.File(assets.TypeCopy, "text/plain"), file: append(bytes.Repeat([]byte("a"), 50), 0), want: assets.ErrUnsupportedMediaType},
		{name: "text that is not UTF-8 UPL09", in: fixture.File(assets.TypeCopy, "text/plain"), file: []byte("caf\xe9"), want: assets.ErrUnsupportedMediaType},
		{name: "JSON that is not", in: fixture.File(assets.TypeCopy, "application/json"), file: []byte(`{"a":1,}`), want: assets.ErrUnsupportedMediaType},
	}
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		cfg.Limits.ContentByType = map[assets.Type]int64{assets.TypeCopy: 100}
		lib := backends.Library(t, cfg)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if tt.file != nil {
					tt.in.Content = bytes.NewReader(tt.file)
				}
				if _, err := lib.Create(t.Context(), fixture.Bot, tt.in); !errors.Is(err, tt.want) {
					t.Errorf("Create: %v, want %v", err, tt.want)
				}
				if n := fixture.CountTraces(t, cfg, lib); n != 0 {
					t.Errorf("%d traces left", n)
				}
			})
		}
	})
}

func TestStoredMediaType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		typ      assets.Type
		declared string
		text     string
		file     string
		want     string
		filename string
	}{
		{"text of copy", assets.TypeCopy, "", "Hello", "", "text/plain", "copy.txt"},
		{"text of a blog", assets.TypeBlog, "", "# Hello", "", "text/markdown", "blog.md"},
		{"parameters are dropped", assets.TypeCopy, "Text/HTML; charset=UTF-8", "<p>", "", "text/html", "copy.html"},
		{"a file with commas", assets.TypeCopy, "", "", "a,b\nc,d\n", "text/plain", "copy.txt"},
		{"an HTML file", assets.TypeBlog, "", "", "<!doctype html><p>hi", "text/html", "blog.html"},
		{"a JSON file", assets.TypeCopy, "", "", `{"headline":"Hi"}`, "application/json", "copy.json"},
		{"an empty bundle", assets.TypeBundle, "application/zip", "", "PK\x05\x06" + strings.Repeat("\x00", 18), "application/zip", "bundle.zip"},
		{"anything as a bundle", assets.TypeBundle, "", "", "\x01\x02\x03", "application/octet-stream", "bundle.bin"},
		{"a PDF deck", assets.TypeSlide, "", "", "%PDF-1.7\n", "application/pdf", "slide.pdf"},
		{"a video", assets.TypeVideo, "", "", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4", "video.mp4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := fixture.File(tt.typ, tt.declared)
			in.Text = tt.text
			if tt.text == "" {
				in.Content = strings.NewReader(tt.file)
			}
			got, err := assetstest.New(t).Create(t.Context(), fixture.Bot, in)
			if err != nil {
				t.Fatal(err)
			}
			if c := got.Content; c.MediaType != tt.want || c.Filename != tt.filename {
				t.Errorf("stored as %s, %s; want %s, %s", c.MediaType, c.Filename, tt.want, tt.filename)
			}
		})
	}
}

func TestParametersKeepDigitsUPL10(t *testing.T) {
	t.Parallel()
	in := fixture.Copy("Hello")
	in.Provenance.Parameters = []byte(`{ "seed": 9007199254740993, "cfg": 0.10 }`)
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got.Provenance.Parameters); s != `{"cfg":0.10,"seed":9007199254740993}` {
		t.Errorf("parameters %s", s)
	}
}

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

// TestSecondPutOfKeyBLB05: the second create fails and leaves the first one's
// content as it is.
func TestSecondPutOfKeyBLB05(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Blobs = oneKey{cfg.Blobs}
	lib := backends.Library(t, cfg)
	first, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("second")); assets.Code(err) != "unavailable" {
		t.Errorf("the second create: %v", err)
	}
	f, err := lib.Open(t.Context(), fixture.Ann, first.ID, assets.SelectCurrent)
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

func pngFile(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
