package corpus_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
)

const (
	plain    = "text/plain"
	markdown = "text/markdown"
	html     = "text/html"
	json     = "application/json"
	unknown  = "application/octet-stream"
	pdf      = "application/pdf"
	pptx     = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	odp      = "application/vnd.oasis.opendocument.presentation"
	svg      = "image/svg+xml"
	png      = "image/png"
	jpeg     = "image/jpeg"
	gif      = "image/gif"
	webp     = "image/webp"
	avif     = "image/avif"
	mp4      = "video/mp4"
	refused  = "" // as the media type that is wanted: 415

	quickTime = "video/quicktime"

	officeOpen = "application/vnd.openxmlformats-officedocument.presentationml."
	notUTF8    = "not UTF-8 text without NUL"
)

// Contents by what they are.
const (
	prose    = "Hello, world."
	headings = "\ufeff# Hello\n\nworld"
	fragment = "<section>Hello</section>"
	page     = "<!doctype html><p>Hello"
	object   = `{"headline": "Hello"}`
	noText   = "caf\xe9"
	picture  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
	photo    = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
	drawing  = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	document = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
	film     = "\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom\x00\x00\x00\x08moov"
	camera   = "\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  \x00\x00\x00\x08moov"
	song     = "\x00\x00\x00\x14ftypM4A \x00\x00\x02\x00isom\x00\x00\x00\x08moov"
)

// archive is a zip of empty entries.
func archive(names ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// TestMediaTypesFIL04 is the paragraph about media types of the contract. Each file is
// sent with the call and by an upload, with the same outcome.
func TestMediaTypesFIL04(t *testing.T) {
	t.Parallel()
	deck := archive("docProps/thumbnail.jpeg", "[Content_Types].xml", "ppt/presentation.xml")
	for _, tt := range []struct {
		typ            assets.Type
		content        string
		declared, name string
		want           string
	}{
		// Any valid UTF-8 without NUL is what it is declared as; a BOM is allowed.
		{assets.TypeCopy, page, plain, "", plain},
		{assets.TypeCopy, object, markdown, "", markdown},
		{assets.TypeCopy, prose, html, "", html},
		{assets.TypeBlog, headings, markdown, "", markdown},
		{assets.TypeBlog, document[:9], plain, "", plain},
		{assets.TypeSlide, prose, html, "", html},
		{assets.TypeCopy, noText, plain, "", refused},
		{assets.TypeCopy, "a\x00b", html, "", refused},
		{assets.TypeCopy, picture, markdown, "", refused},
		{assets.TypeCopy, strings.Repeat("é", 5000) + "\xff", plain, "", refused},

		// Any valid JSON.
		{assets.TypeCopy, "\ufeff" + object, json, "", json},
		{assets.TypeCopy, ` "Hello" `, json, "", json},
		{assets.TypeCopy, prose, json, "", refused},
		{assets.TypeCopy, object + "}", json, "", refused},
		{assets.TypeBlog, object, json, "", refused},

		// A text that is not declared: by its name, by the default, never by what it says.
		{assets.TypeBlog, prose, "", "post.md", markdown},
		{assets.TypeBlog, prose, "", "post.txt", plain},
		{assets.TypeBlog, page, "", "post.md", markdown},
		{assets.TypeBlog, fragment, "", "post.html", html},
		{assets.TypeBlog, prose, unknown, "post.md", markdown},
		{assets.TypeBlog, headings, "", "", markdown},
		{assets.TypeBlog, page, "", "", markdown},
		{assets.TypeBlog, "<!-- by ann -->\n# Hello", "", "", markdown},
		{assets.TypeBlog, page, "", "post.docx", markdown},
		{assets.TypeBlog, "a,b\n1,2\n", "", "prices.csv", markdown},
		{assets.TypeCopy, "a,b\n1,2\n", "", "prices.csv", plain},
		{assets.TypeCopy, "# Hello", "", "ad.MD", markdown},
		{assets.TypeCopy, object, "", "ad.json", json},
		{assets.TypeCopy, prose, "", "ad.json", plain},
		{assets.TypeCopy, object, "", "", plain},
		{assets.TypeCopy, `["x"]`, "", "", plain},
		{assets.TypeSlide, object, "", "", html},
		{assets.TypeBundle, object, "", "", plain},
		{assets.TypeBundle, drawing, "", "", plain},
		{assets.TypeBundle, "%!PS-Adobe-3.0\n", "", "", "application/postscript"},
		{assets.TypeCopy, "GIF89a and RIFF are signatures. %PDF-1.7 is another.", "", "", plain},
		{assets.TypeCopy, "\x1b[1mbold\x1b[0m", "", "", plain},
		{assets.TypeCopy, "Buy now\x1a", "", "ad.txt", plain},
		{assets.TypeCopy, "\x02Buy now\x03", "", "", plain},
		{assets.TypeBlog, "# Hello\x01", "", "post.md", markdown},
		{assets.TypeBlog, "# Hello\x01", "", "", markdown},
		{assets.TypeBlog, page + "\b\x7f", "", "post.html", html},
		{assets.TypeSlide, fragment + "\x0e", "", "deck.html", html},
		{assets.TypeCopy, "See %PDF-1.7\x1a", "", "ad.txt", plain},
		{assets.TypeSlide, "See %PDF-1.7\x1a", "", "deck.html", html},
		{assets.TypeSlide, "%PDF-1.7\x1a", "", "deck.html", pdf},
		{assets.TypeBlog, "MZ Bikes\x1a", "", "x.md", markdown},
		{assets.TypeImage, "Buy now\x1a", "", "", refused},
		{assets.TypeCopy, "Buy now\x1a\x00", "", "ad.txt", refused},
		{assets.TypeCopy, "GIF89a\x1a", "", "ad.txt", refused},
		{assets.TypeCopy, noText, "", "ad.txt", refused},
		{assets.TypeCopy, "", "", "ad.md", markdown},
		{assets.TypeBlog, "", "", "", markdown},
		{assets.TypeSlide, fragment, "", "deck.html", html},
		{assets.TypeSlide, `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"/>`, "", "deck.xhtml", html},
		{assets.TypeBundle, "a,b\n1,2\n", "", "prices.csv", "text/csv"},
		{assets.TypeBundle, "a,b\n1,2\n\x1a", "", "prices.csv", "text/csv"},
		{assets.TypeBundle, "a,b\n1,2\n\x1a", "text/csv", "", "text/csv"},
		{assets.TypeBundle, prose, "", "", plain},
		{assets.TypeBundle, object, "", "x.json", json},
		{assets.TypeBundle, drawing, "", "x.svg", svg},
		{assets.TypeBundle, prose, "", "x.svg", plain},
		{assets.TypeBundle, prose + strings.Repeat(" ", 5000) + "\xff", "", "", unknown},

		// Bytes further on decide in both ways or in none.
		{assets.TypeBlog, strings.Repeat("x", 5000) + "\x1a", "", "x.md", markdown},
		{assets.TypeCopy, "icns " + strings.Repeat("x", 5000) + "\x1a", "", "", plain},
		{assets.TypeCopy, "GIF89a " + strings.Repeat("x", 5000) + "\x1a", "", "", plain},
		{assets.TypeSlide, "See %PDF-1.7 " + strings.Repeat("x", 5000) + "\x1a", "", "deck.html", html},
		{assets.TypeBundle, "%!PS " + strings.Repeat("x", 5000) + "\x1a", "", "page.txt", plain},

		// An SVG has an svg root.
		{assets.TypeImage, drawing, "", "", svg},
		{assets.TypeImage, "<!--" + strings.Repeat("x", 60_000) + "-->" + drawing, "", "", svg},
		{assets.TypeImage, `<!DOCTYPE svg [<!ENTITY a "]>">]>` + strings.Repeat("\n", 9000) + drawing, svg, "", svg},
		{assets.TypeImage, prose, "", "", refused},
		{assets.TypeImage, prose, svg, "", refused},
		{assets.TypeImage, prose, "", "logo.svg", refused},
		{assets.TypeImage, page, svg, "", refused},
		{assets.TypeImage, "<html>" + drawing, svg, "", refused},
		{assets.TypeImage, "<!--" + strings.Repeat("x", 66_000) + "-->" + drawing, svg, "", refused},

		// Archives are told apart by their directory.
		{assets.TypeSlide, deck, "", "", pptx},
		{assets.TypeSlide, deck, pptx, "", pptx},
		{assets.TypeSlide, deck, odp, "", refused},
		{assets.TypeSlide, archive("a.png", "b.png"), pptx, "", refused},
		{assets.TypeSlide, archive("a.png", "b.png"), "", "deck.pptx", refused},
		{assets.TypeSlide, archive("[Content_Types].xml", "word/document.xml"), pptx, "", refused},
		{assets.TypeSlide, deck[:len(deck)-10], pptx, "", refused},
		{assets.TypeBundle, deck, "", "", pptx},
		{assets.TypeBundle, deck, "application/zip", "", "application/zip"},
		{assets.TypeBundle, archive("a.png"), "application/x-zip-compressed", "", "application/zip"},
		{assets.TypeBundle, archive("a.png"), pptx, "", refused},
		{assets.TypeImage, archive("a.png"), "", "", refused},

		// Films by every brand, boxes in any order.
		{assets.TypeVideo, film, "", "", mp4},
		{assets.TypeVideo, "\x00\x00\x00\x08free" + film, "", "", mp4},
		{assets.TypeVideo, "\x00\x00\x20\x00free" + strings.Repeat("\x00", 8184) + film, "", "", mp4},
		{assets.TypeVideo, film[20:] + "\x00\x00\x00\x08mdat", "", "", mp4},
		{assets.TypeVideo, film[20:] + "\x00\x00\x00\x08mdat", "video/quicktime", "", "video/quicktime"},
		{assets.TypeVideo, strings.Replace(film, "isom", "MSNV", 1), "", "", mp4},
		{assets.TypeVideo, strings.Replace(film, "isom", "M4V ", 1), "video/x-m4v", "", mp4},
		{assets.TypeVideo, strings.Replace(film, "isom", "3gp5", 1), "", "", mp4},
		{assets.TypeVideo, camera, "", "", quickTime},
		{assets.TypeVideo, camera, mp4, "", refused},
		{assets.TypeVideo, song, mp4, "", refused},
		{assets.TypeVideo, prose, "", "", refused},
		{assets.TypeVideo, "\x00\x00\x20\x00free" + strings.Repeat("\x00", 8184), "", "", refused},

		// Every other type: the bytes must be of it.
		{assets.TypeImage, picture, "", "", png},
		{assets.TypeImage, picture, "", "hero.jpg", png},
		{assets.TypeImage, picture, "image/jpeg", "hero.jpg", refused},
		{assets.TypeImage, photo, "image/jpg", "", "image/jpeg"},
		{assets.TypeImage, picture, "image/x-png", "", png},
		{assets.TypeImage, film, "image/avif", "", refused},
		{assets.TypeImage, "GIF89a is how such files begin.", "image/gif", "", refused},
		{assets.TypeImage, "", "", "", refused},
		{assets.TypeSlide, document, "application/x-pdf", "", pdf},
		{assets.TypeSlide, "HTTP/1.1 200\n\n" + document, "", "", pdf},
		{assets.TypeSlide, document, html, "", refused},
		{assets.TypeCopy, document, "", "", refused},
		{assets.TypeCopy, prose, "text/x-markdown; charset=utf8", "", markdown},
		{assets.TypeCopy, prose, "text/rtf", "", refused},
		{assets.TypeBundle, "\x01\x02", "", "", unknown},
		{assets.TypeBundle, picture, unknown, "", unknown},
		{assets.TypeBundle, picture, "application/vnd.example", "", refused},
	} {
		name := strings.Join([]string{string(tt.typ), url.PathEscape(tt.content[:min(12, len(tt.content))]), tt.declared, tt.name}, " ")
		lib := assetstest.New(t)
		in := assets.NewVersion{MediaType: tt.declared, Filename: tt.name, Content: strings.NewReader(tt.content)}
		check(t, name, lib, tt.typ, in, tt.want)
		in.Content, in.UploadID = nil, filled(t, lib, tt.content)
		check(t, name+" by upload", lib, tt.typ, in, tt.want)
	}
}

// filled returns an upload that has content.
func filled(t *testing.T, lib *assets.Library, content string) assets.ID {
	t.Helper()
	ticket, err := lib.NewUpload(t.Context(), fixture.Bot, assets.NewUpload{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = lib.PutUpload(t.Context(), path.Base(ticket.URL), assets.UploadContent{Content: strings.NewReader(content), Size: -1})
	if err != nil {
		t.Fatal(err)
	}
	return ticket.UploadID
}

// check creates an asset and checks the media type that it has, or that the error says
// what is accepted.
func check(t *testing.T, name string, lib *assets.Library, typ assets.Type, in assets.NewVersion, want string) {
	t.Helper()
	made, err := lib.Create(t.Context(), fixture.Bot, assets.NewAsset{Type: typ, Title: "File", NewVersion: in})
	switch {
	case want == refused && errors.Is(err, assets.ErrUnsupportedMediaType):
		for _, media := range typ.MediaTypes() {
			if !strings.Contains(err.Error(), media) {
				t.Errorf("%s: the error does not say that %s is accepted: %v", name, media, err)
			}
		}
	case want == refused:
		t.Errorf("%s: accepted, or %v", name, err)
	case err != nil:
		t.Errorf("%s: %v, want %s", name, err, want)
	case made.Content.MediaType != want:
		t.Errorf("%s: stored as %s, want %s", name, made.Content.MediaType, want)
	}
}

// TestErrorNamesWhatWasFoundFIL04: an error says what the bytes are.
func TestErrorNamesWhatWasFoundFIL04(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typ               assets.Type
		content, declared string
		want              string
	}{
		{assets.TypeImage, picture, "image/jpeg", "the content is image/png, so it cannot be stored as image/jpeg; image assets accept image/svg+xml, image/png"},
		{assets.TypeSlide, archive("a"), pptx, "the content is application/zip, so it cannot be stored as " + pptx},
		{assets.TypeImage, prose, "", "the content is text/plain; image assets accept"},
		{assets.TypeCopy, noText, plain, "the content is " + notUTF8 + ", so it cannot be stored as text/plain; copy assets accept text/plain"},
		{assets.TypeCopy, prose, json, "the content is text, but not one JSON text, so it cannot be stored as application/json"},
		{assets.TypeCopy, picture, plain, "the content is image/png, so it cannot be stored as text/plain"},
		{assets.TypeSlide, "\xff\xfe<\x00p\x00>\x00", "", "the content is " + notUTF8 + "; slide assets accept text/html"},
		{assets.TypeImage, "", "", "the content is empty; image assets accept"},
		{assets.TypeImage, picture, "image/tiff", "image/tiff is not a media type of image assets; image assets accept"},
	} {
		in := assets.NewVersion{MediaType: tt.declared, Content: strings.NewReader(tt.content)}
		_, err := assetstest.New(t).Create(t.Context(), fixture.Bot, assets.NewAsset{Type: tt.typ, Title: "File", NewVersion: in})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// TestRefusedArchiveLeavesNothingFIL01: what is refused by the bytes behind the head is
// stored first. Nothing of it is left, and an upload of it stays open.
func TestRefusedArchiveLeavesNothingFIL01(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "picture.png", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte{1}, 100_000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	in := fixture.File(assets.TypeSlide, pptx)
	in.Content = bytes.NewReader(b.Bytes())
	if _, err := lib.Create(t.Context(), fixture.Bot, in); !errors.Is(err, assets.ErrUnsupportedMediaType) {
		t.Errorf("a zip as a deck: %v", err)
	}
	if n := fixture.CountTraces(t, cfg, lib); n != 0 {
		t.Errorf("%d traces left", n)
	}
	ticket, err := lib.NewUpload(t.Context(), fixture.Bot, assets.NewUpload{MediaType: pptx})
	if err != nil {
		t.Fatal(err)
	}
	put := func(content io.Reader) error {
		_, err := lib.PutUpload(t.Context(), path.Base(ticket.URL), assets.UploadContent{Content: content, Size: -1})
		return err
	}
	if err := put(bytes.NewReader(b.Bytes())); !errors.Is(err, assets.ErrUnsupportedMediaType) {
		t.Errorf("a zip into the upload of a deck: %v", err)
	}
	if err := put(strings.NewReader(archive("[Content_Types].xml", "ppt/presentation.xml"))); err != nil {
		t.Errorf("the deck afterwards: %v", err)
	}
}
