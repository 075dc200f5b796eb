package httpx

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"

	"github.com/10ex/assets"
)

var (
	//go:embed pages/page.html
	pageHTML string
	//go:embed pages/style.css
	pageStyle string
)

// How many bytes of a text a page shows. Markdown may be parsed to several
// hundred times its length.
const (
	maxShown    = 256 << 10
	maxMarkdown = 128 << 10
)

// pages renders what a browser must not show as it stands.
type pages struct {
	html   *template.Template
	policy string
	text   *renderer
}

func newPages() *pages {
	style := sha256.Sum256([]byte(pageStyle))
	return &pages{
		html: template.Must(template.New("page").Parse(pageHTML)),
		// A sandbox without allow-downloads would make the link useless.
		policy: "sandbox allow-downloads; default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(style[:]) + "'",
		text: newRenderer(),
	}
}

// page is what the template shows; at most one of Plain and Rich is set, none
// for what can only be downloaded.
type page struct {
	Title    string
	Style    template.CSS
	Version  assets.Number
	Content  assets.Content
	Size     string
	Download string
	Plain    string
	Rich     template.HTML
	Cut      bool
}

// render answers a preview: the stored bytes of what is safe inline or asked
// for as a download, else a page of ours.
func (a *api) render(w http.ResponseWriter, r *http.Request, f *assets.File, d delivery, download string) error {
	c := f.Version.Content
	if _, ok := inline(c.MediaType); ok || d.attached {
		return a.serveBytes(w, r, f, d)
	}
	h := w.Header()
	if r.Method == http.MethodHead {
		a.pages.describe(h, d)
		return nil
	}
	p := page{
		Title: f.Asset.Title, Style: template.CSS(pageStyle), //nolint:gosec // our own file
		Version: f.Version.Number, Content: c, Size: size(c.SizeBytes), Download: download,
	}
	if err := a.pages.fill(&p, f); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := a.pages.html.Execute(&out, p); err != nil {
		return fmt.Errorf("preview page: %w", err)
	}
	a.pages.describe(h, d)
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	_, _ = w.Write(out.Bytes()) // the client is gone when this fails
	return nil
}

// describe sets the headers of a page.
func (p *pages) describe(h http.Header, d delivery) {
	protect(h, d.sharing)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
}

// fill puts the text of a content on its page.
func (p *pages) fill(into *page, f *assets.File) error {
	show, ok := p.text.of(into.Content.MediaType)
	if !ok {
		return nil
	}
	defer f.Close()
	limit := int64(maxShown)
	if into.Content.MediaType == "text/markdown" {
		limit = maxMarkdown
	}
	text, err := beginning(f, limit)
	if err != nil {
		return err
	}
	into.Cut = into.Content.SizeBytes > limit
	return show(into, text)
}

// beginning reads the whole of f, so that it is checked, and keeps at most n
// bytes of whole characters.
func beginning(f *assets.File, n int64) ([]byte, error) {
	var text bytes.Buffer
	if _, err := io.CopyN(&text, f, n); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, f); err != nil {
		return nil, err
	}
	return wholeRunes(text.Bytes()), nil
}

// size writes a size for people, in binary units.
func size(n int64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	v, unit := float64(n), "bytes"
	for _, u := range units {
		if v < 1024 {
			break
		}
		v, unit = v/1024, u
	}
	if unit == "bytes" {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}
