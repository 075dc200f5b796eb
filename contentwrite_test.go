package assets_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

var (
	ann = assetstest.User("acme", "ann")
	bot = assetstest.Agent("acme", "copywriter")
)

func newCopy(text string) assets.NewAsset {
	return assets.NewAsset{Type: assets.TypeCopy, Title: "Spring sale", NewVersion: assets.NewVersion{Text: text}}
}

func pngFile(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// traces counts what a refused write must not leave: rows, journal rows and
// bytes.
func traces(t *testing.T, cfg assets.Config, lib *assets.Library) (n int) {
	t.Helper()
	for _, err := range lib.All(t.Context(), ann, assets.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	events, err := cfg.Store.(assets.Journal).Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	n += len(events)
	for o, err := range cfg.Blobs.(*blob.Memory).List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("object %s, %d bytes", o.Key, o.Size)
		n++
	}
	return n
}

func TestUPL01CutUpload(t *testing.T) {
	file := pngFile(t, 5000)
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		lib := library(t, cfg)
		for _, k := range []int{0, 1, 7, len(file) / 2, len(file) - 1, len(file)} {
			in := assets.NewAsset{Type: assets.TypeImage, Title: "Hero"}
			in.Content = io.MultiReader(bytes.NewReader(file[:k]), iotest.ErrReader(io.ErrUnexpectedEOF))
			if _, err := lib.Create(t.Context(), bot, in); !errors.Is(err, assets.ErrBadRequest) {
				t.Errorf("cut at %d: %v", k, err)
			}
			if n := traces(t, cfg, lib); n != 0 {
				t.Errorf("cut at %d: %d traces left", k, n)
			}
		}
	})
}

func TestRefusedContentLeavesNoTrace(t *testing.T) {
	hero := pngFile(t, 10)
	tests := []struct {
		name string
		in   assets.NewAsset
		file []byte
		want error
	}{
		{name: "UPL04 digest differs", in: withDigest(newCopy("hello"), strings.Repeat("0", 64)), want: assets.ErrDigestMismatch},
		{name: "UPL05 one byte over the limit", in: newCopy(strings.Repeat("x", 101)), want: assets.ErrTooLarge},
		{name: "UPL07 empty image", in: newImage(""), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 empty image declared png", in: newImage("image/png"), file: []byte{}, want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 HTML as png", in: newImage("image/png"), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 HTML as an undeclared image", in: newImage(""), file: []byte("<!doctype html><p>hi"), want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 png as jpeg", in: newImage("image/jpeg"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 type of another asset type", in: newImage("application/pdf"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "UPL07 not a media type", in: newImage("png"), file: hero, want: assets.ErrUnsupportedMediaType},
		{name: "UPL09 text with NUL behind the head", in: newFile(assets.TypeCopy, "text/plain"), file: append(bytes.Repeat([]byte("a"), 50), 0), want: assets.ErrUnsupportedMediaType},
		{name: "UPL09 text that is not UTF-8", in: newFile(assets.TypeCopy, "text/plain"), file: []byte("caf\xe9"), want: assets.ErrUnsupportedMediaType},
		{name: "JSON that is not", in: newFile(assets.TypeCopy, "application/json"), file: []byte(`{"a":1,}`), want: assets.ErrUnsupportedMediaType},
	}
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		cfg.Limits.ContentByType = map[assets.Type]int64{assets.TypeCopy: 100}
		lib := library(t, cfg)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if tt.file != nil {
					tt.in.Content = bytes.NewReader(tt.file)
				}
				if _, err := lib.Create(t.Context(), bot, tt.in); !errors.Is(err, tt.want) {
					t.Errorf("Create: %v, want %v", err, tt.want)
				}
				if n := traces(t, cfg, lib); n != 0 {
					t.Errorf("%d traces left", n)
				}
			})
		}
	})
}

func withDigest(in assets.NewAsset, sha256 string) assets.NewAsset {
	in.SHA256 = sha256
	return in
}

func newImage(mediaType string) assets.NewAsset { return newFile(assets.TypeImage, mediaType) }

func newFile(t assets.Type, mediaType string) assets.NewAsset {
	return assets.NewAsset{Type: t, Title: "File", NewVersion: assets.NewVersion{MediaType: mediaType}}
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
			in := newFile(tt.typ, tt.declared)
			in.Text = tt.text
			if tt.text == "" {
				in.Content = strings.NewReader(tt.file)
			}
			got, err := assetstest.New(t).Create(t.Context(), bot, in)
			if err != nil {
				t.Fatal(err)
			}
			if c := got.Content; c.MediaType != tt.want || c.Filename != tt.filename {
				t.Errorf("stored as %s, %s; want %s, %s", c.MediaType, c.Filename, tt.want, tt.filename)
			}
		})
	}
}

func TestUPL10ParametersKeepTheirDigits(t *testing.T) {
	t.Parallel()
	in := newCopy("Hello")
	in.Provenance.Parameters = []byte(`{ "seed": 9007199254740993, "cfg": 0.10 }`)
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), bot, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lib.Get(t.Context(), ann, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got.Provenance.Parameters); s != `{"cfg":0.10,"seed":9007199254740993}` {
		t.Errorf("parameters %s", s)
	}
}

func TestUPL09FieldErrorsNameTheField(t *testing.T) {
	t.Parallel()
	in := assets.NewAsset{
		Type: "poster", Title: "a\x00b", CampaignID: "\xff",
		Tags:       assets.Tags{"Brand": {"x"}, "ok": {"", "a\nb"}},
		NewVersion: assets.NewVersion{Filename: "../x", SHA256: "abc", Provenance: assets.Provenance{AgentSlug: "Not Kebab", Parameters: []byte(`[1]`)}},
	}
	_, err := assetstest.New(t).Create(t.Context(), bot, in)
	var locs []string
	for _, e := range assets.FieldErrors(err) {
		locs = append(locs, fmt.Sprint(e.Loc...))
	}
	want := "type title campaign_id tags tagsok0 tagsok1 text filename sha256 provenanceagent_slug provenanceparameters"
	for loc := range strings.FieldsSeq(want) {
		if !strings.Contains(fmt.Sprint(strings.Join(locs, " ")), loc) {
			t.Errorf("no problem at %s in %q", loc, locs)
		}
	}
	if strings.Contains(err.Error(), "poster") || assets.Code(err) != "validation_error" {
		t.Errorf("%s: %v", assets.Code(err), err)
	}
}
