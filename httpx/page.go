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

// Limits, in bytes, of the text that a page shows. That of Markdown is lower
// because its HTML may be several hundred times as long.
const (
	maxText     = 256 << 10
	maxMarkdown = 128 << 10
)

// pages renders content that a browser must not show unchanged.
type pages struct {
	html   *template.Template
	policy string
	text   *renderer
}

func newPages() *pages {
	style := sha256.Sum256([]byte(pageStyle))
	return &pages{
		html: template.Must(template.New("page").Parse(pageHTML)),
		// Without allow-downloads the sandbox would block the download link.
		policy: "sandbox allow-downloads; default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(style[:]) + "'",
		text: newRenderer(),
	}
}

// page is the data of the template. At most one of Plain and Rich is set; neither
// is set for content that can only be downloaded.
type page struct {
	Title    string
	Style    template.CSS
	Version  assets.Number
	Content  assets.Content
	Size     string
	Download string
	Plain    string
	Rich     template.HTML
	Cut      bool // the text is longer than what the page shows
}

// render serves a preview. Content that is safe inline, and downloads, are the
// stored bytes; anything else is a page with a link to download.
func (a *api) render(w http.ResponseWriter, r *http.Request, f *assets.File, d delivery, download string) error {
	c := f.Version.Content
	if _, ok := inlinePolicy(c.MediaType); ok || d.attachment {
		return a.serveContent(w, r, f, d)
	}
	h := w.Header()
	if r.Method == http.MethodHead {
		a.pages.setHeaders(h, d)
		return nil
	}
	p := page{
		Title: f.Asset.Title, Style: template.CSS(pageStyle), //nolint:gosec // embedded, see pageStyle
		Version: f.Version.Number, Content: c, Size: formatSize(c.SizeBytes), Download: download,
	}
	if err := a.pages.addText(&p, f); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := a.pages.html.Execute(&out, p); err != nil {
		return fmt.Errorf("preview page: %w", err)
	}
	a.pages.setHeaders(h, d)
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	_, _ = w.Write(out.Bytes()) // fails only if the client has disconnected
	return nil
}

// setHeaders sets the headers of a page.
func (p *pages) setHeaders(h http.Header, d delivery) {
	setSecurityHeaders(h, d.resourcePolicy)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
}

// addText sets the text of a page, if the media type of the content is a text that
// pages show. It closes f if it read it.
func (p *pages) addText(into *page, f *assets.File) error {
	set, ok := p.text.setter(into.Content.MediaType)
	if !ok {
		return nil
	}
	defer f.Close()
	limit := int64(maxText)
	if into.Content.MediaType == "text/markdown" {
		limit = maxMarkdown
	}
	text, err := readPrefix(f, limit)
	if err != nil {
		return err
	}
	into.Cut = into.Content.SizeBytes > limit
	return set(into, text)
}

// readPrefix returns at most n bytes of f, without a character that would be
// incomplete. It reads f to its end, so that damaged content is an error.
func readPrefix(f *assets.File, n int64) ([]byte, error) {
	var text bytes.Buffer
	if _, err := io.CopyN(&text, f, n); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, f); err != nil {
		return nil, err
	}
	return trimPartialRune(text.Bytes()), nil
}

// formatSize returns a size in bytes as text with binary units.
func formatSize(n int64) string {
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
