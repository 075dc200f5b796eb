package demo

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// landing returns the files of a landing page as an archive.
func landing(version int) []byte {
	files := []struct{ name, text string }{
		{"index.html", "<!doctype html><title>Lund</title><link rel=\"stylesheet\" href=\"style.css\"><h1>Sit outside.</h1><p>The Lund chair, in eight colours.</p>\n"},
		{"style.css", "body { font: 1.1rem/1.6 Georgia, serif; margin: 3rem auto; max-width: 40rem; }\n"},
		{"terms.txt", "Free delivery until 30 April, on the mainland.\n"},
		{"img/hero.png", string(livingRoom(rust))},
	}
	if version > 1 {
		files[0].text += "<img src=\"img/hero.png\" alt=\"A living room\">\n"
		files[3].text = string(livingRoom(sage))
		files = append(files[:2], append(files[3:], struct{ name, text string }{"img/banner.svg", bannerSVG})...)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		member, err := w.Create(f.name)
		if err == nil {
			_, err = member.Write([]byte(f.text))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// deckPDF returns a deck as a PDF.
func deckPDF(version int) []byte {
	pages := [][]string{
		{"Spring for partners", "What we sell, when, and with which pictures"},
		{"The Lund chair", "Oiled ash, eight colours, folds flat", "Every part can be replaced for ten years"},
		{"The calendar", "1 April: e-mail and landing page", "15 April: blog and social"},
	}
	if version > 1 {
		pages[2] = append(pages[2], "30 April: last day of free delivery")
		pages = append(pages, []string{"What you get", "Banners, pictures and texts, all approved"})
	}
	p := &pdf{}
	kids := make([]string, len(pages))
	for i := range pages {
		kids[i] = fmt.Sprintf("%d 0 R", 4+2*i)
	}
	p.object("<< /Type /Catalog /Pages 2 0 R >>")
	p.object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages)))
	p.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, lines := range pages {
		p.object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		drawing := slide(i, lines)
		p.object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(drawing), drawing))
	}
	return p.close()
}

// slide returns the drawing of a page.
func slide(number int, lines []string) string {
	var b strings.Builder
	b.WriteString("0.18 0.29 0.26 rg 0 0 960 540 re f 0.85 0.70 0.42 rg 690 120 180 150 re f 700 80 12 40 re f 848 80 12 40 re f 690 270 180 110 re f\n")
	for i, line := range lines {
		size, y := 22, 300-40*i
		if i == 0 {
			size, y = 46, 360
		}
		fmt.Fprintf(&b, "BT 0.95 0.92 0.85 rg /F %d Tf 60 %d Td (%s) Tj ET\n", size, y, line)
	}
	fmt.Fprintf(&b, "BT 0.7 0.75 0.7 rg /F 14 Tf 60 40 Td (%d) Tj ET", number+1)
	return b.String()
}

// pdf is a document that is being written.
type pdf struct {
	bytes.Buffer
	offsets []int
}

func (p *pdf) object(text string) {
	if p.Len() == 0 {
		p.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	}
	p.offsets = append(p.offsets, p.Len())
	fmt.Fprintf(p, "%d 0 obj\n%s\nendobj\n", len(p.offsets), text)
}

// close writes the table of objects, and returns the document.
func (p *pdf) close() []byte {
	table := p.Len()
	fmt.Fprintf(p, "xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, offset := range p.offsets {
		fmt.Fprintf(p, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(p, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, table)
	return p.Bytes()
}
