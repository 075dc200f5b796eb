package reviewpage_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

func itoa(n int) string { return strconv.Itoa(n) }

// content returns a content of a type, by its number.
func (s *site) content(kind assets.Type, n int) assets.NewVersion {
	s.Helper()
	v := assets.NewVersion{Submit: true, Provenance: assets.Provenance{AgentSlug: "writer", RunID: "run-1"}}
	switch kind {
	case assets.TypeCopy:
		v.Text = fmt.Sprintf("Spring is here.\n\nOffer number %d ends on Friday.\n", n)
		return v
	case assets.TypeBlog:
		v.Text = fmt.Sprintf("# Why ash %d\n\nIt **bends**.\n", n)
		return v
	case assets.TypeImage:
		v.Content, v.Filename = bytes.NewReader(s.picture(n)), "p.png"
	case assets.TypeVideo:
		film, err := os.ReadFile(fmt.Sprintf("../../examples/demo/moving-day-%d.webm", 1+n%2))
		if err != nil {
			s.Fatal(err)
		}
		v.Content, v.Filename = bytes.NewReader(film), "f.webm"
	case assets.TypeSlide:
		v.Content, v.Filename = bytes.NewReader(deck(n)), "d.pdf"
	case assets.TypeBundle:
		v.Content, v.Filename = bytes.NewReader(s.archive("index.html", itoa(n))), "b.zip"
	}
	return v
}

func (s *site) picture(n int) []byte {
	s.Helper()
	im := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		im.SetRGBA(i%64, i/64, color.RGBA{byte(n * 7), byte(i % 64 * 3), byte(n >> 5), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		s.Fatal(err)
	}
	return b.Bytes()
}

// archive returns a zip archive of files: name, content, name, content.
func (s *site) archive(files ...string) []byte {
	s.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return b.Bytes()
}

// deck returns a PDF with one page, on which a number is.
func deck(n int) []byte {
	words := fmt.Sprintf("BT /F1 24 Tf 72 400 Td (Deck number %d) Tj ET", n)
	return pdf(
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 640 480]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(words), words),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	)
}

// pdf returns a PDF of objects, of which the first one is the catalog.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.7\n")
	for i, object := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// shows reports whether what the page showed of a version, as [tab.content] returns it,
// is its content.
func (s *site) shows(shown string, a *assets.Asset) bool {
	s.Helper()
	if a.Type != assets.TypeCopy && a.Type != assets.TypeBlog {
		return shown == a.Content.SHA256
	}
	f, err := s.lib.Open(s.Context(), actor("Ana"), a.ID, assets.Selector(a.Version))
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		s.Fatal(err)
	}
	if a.Type == assets.TypeCopy {
		return shown == string(text)
	}
	heading, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n") // a page is shown
	first, _, _ := strings.Cut(strings.TrimSpace(shown), "\n")
	return heading == first
}
