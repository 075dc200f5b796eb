package httpx

import (
	"bytes"
	"context"
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

// page is the data of the template. Nothing of shown is set for content that can only
// be downloaded.
type page struct {
	shown
	Name     string // of the asset
	Style    template.CSS
	Version  assets.Number
	Content  assets.Content
	Made     assets.Disclosure // how the version was made, if that is known
	Size     string
	Bytes    string
	Download string
	Text     bool // shown is set
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
		Name: f.Asset.Title, Style: template.CSS(pageStyle), //nolint:gosec // embedded, see pageStyle
		Version: f.Version.Number, Content: c, Made: f.Version.Provenance.Disclosure(), Size: formatSize(c.SizeBytes), Bytes: formatBytes(c.SizeBytes), Download: download,
	}
	out, err := a.renderPage(r.Context(), p, f)
	if err != nil {
		return err
	}
	a.pages.setHeaders(h, d)
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	_, _ = w.Write(out.Bytes()) // fails only if the client has disconnected
	return nil
}

// renderPage returns the HTML of a page. A page with a text is rendered within the
// budget for expensive work. A large one stays reserved until it is sent. renderPage
// closes f if it read it.
func (a *api) renderPage(ctx context.Context, p page, f *assets.File) (out *bytes.Buffer, err error) {
	c := p.Content
	if !shows(c.MediaType) {
		return a.pages.execute(ctx, p)
	}
	defer f.Close()
	limit := maxShown(c.MediaType)
	if p.Cut = c.SizeBytes > limit; p.Cut {
		if err := f.VerifyOnce(); err != nil {
			return nil, err
		}
	}
	finish, mediaType, err := a.admit(ctx, c.MediaType, min(c.SizeBytes, limit))
	if err != nil {
		return nil, err
	}
	defer func() { finish(sizeOf(out)) }()
	text, err := readBeginning(f, limit)
	if err != nil {
		return nil, err
	}
	if p.shown, err = a.pages.text.render(ctx, mediaType, text); err != nil {
		return nil, err
	}
	if mediaType != c.MediaType {
		p.Notes = append(p.Notes, "The text is too large to be laid out. It is shown as it is stored.")
	}
	p.Text = true
	return a.pages.execute(ctx, p)
}

// sizeOf returns the number of bytes that a page takes, 0 if there is none.
func sizeOf(p *bytes.Buffer) int64 {
	if p == nil {
		return 0
	}
	return int64(p.Cap())
}

// admit waits until n bytes of text may be rendered, as plain text if the whole
// budget does not allow more. finish is that of assets.Library.AdmitResult.
func (a *api) admit(ctx context.Context, mediaType string, n int64) (finish func(kept int64), as string, err error) {
	finish, err = a.lib.AdmitResult(ctx, renderingMemory(mediaType, n), pageMemory(mediaType, n))
	if !errors.Is(err, assets.ErrOverBudget) {
		return finish, mediaType, err
	}
	mediaType = "text/plain"
	finish, err = a.lib.AdmitResult(ctx, min(renderingMemory(mediaType, n), a.lib.Limits().WorkMemory), pageMemory(mediaType, n))
	return finish, mediaType, err
}

// execute returns a page, in a buffer of not much more than its size: it may be held for a
// long time.
func (p *pages) execute(ctx context.Context, data page) (*bytes.Buffer, error) {
	var out bytes.Buffer
	if err := p.html.Execute(&contextWriter{ctx, &out}, data); err != nil {
		return nil, fmt.Errorf("preview page: %w", err)
	}
	if out.Cap()-out.Len() > 16<<10 {
		return bytes.NewBuffer(bytes.Clone(out.Bytes())), nil
	}
	return &out, nil
}

// setHeaders sets the headers of a page.
func (p *pages) setHeaders(h http.Header, d delivery) {
	setSecurityHeaders(h, d.resourcePolicy)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
}

// readBeginning returns at most n bytes of f, without a character that would be
// incomplete. If those are all, f has verified them.
func readBeginning(f *assets.File, n int64) ([]byte, error) {
	var text bytes.Buffer
	if _, err := io.CopyN(&text, f, n); err != nil && !errors.Is(err, io.EOF) {
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
		return formatBytes(n)
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}

// formatBytes returns a number of bytes as text.
func formatBytes(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
