package httpx

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

const maxRanges = 16

// delivery says how a content is handed out.
type delivery struct {
	attached bool   // as a download, whatever the media type
	sharing  string // Cross-Origin-Resource-Policy
}

// A signed link is made to be embedded elsewhere; a content route is not.
const (
	sameSite    = "same-site"
	crossOrigin = "cross-origin"
)

// serveBytes answers the stored bytes: whole, in ranges or not at all
// (RFC 9110 §13, §14).
func (a *api) serveBytes(w http.ResponseWriter, r *http.Request, f *assets.File, d delivery) error {
	header := http.Header{}
	describe(header, f.Version.Content, d)
	return a.serveStored(w, r, f, header)
}

// stored is something whose bytes are read on the way.
type stored interface {
	io.ReadSeekCloser
	Size() int64
}

// serveStored answers it with the headers of the whole.
func (a *api) serveStored(w http.ResponseWriter, r *http.Request, f stored, header http.Header) error {
	src := &source{file: f}
	defer src.close()
	t := &transfer{w: w, header: header, src: src, ahead: a.ahead}
	// Of no bytes no range can be told: net/http would answer "bytes 0--1/0".
	if f.Size() == 0 || unheeded(r.Header.Values("Range")) {
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	http.ServeContent(t, r, "", time.Time{}, src)
	return t.end(r, f.Size()) //nolint:contextcheck // the File has its own, from this request
}

// unheeded says whether a Range is answered as if there were none: one of very
// many parts, or, as RFC 9110 §14.2 demands, of another unit than bytes.
func unheeded(lines []string) bool {
	ranges := strings.Join(lines, ",")
	return ranges != "" && !strings.HasPrefix(ranges, "bytes=") || strings.Count(ranges, ",") >= maxRanges
}

// describe sets the headers of a content. They stand on 200, 206, 304 and
// HEAD alike; a transfer drops what one of them must not have.
func describe(h http.Header, c assets.Content, d delivery) {
	protect(h, d.sharing)
	disposition := "attachment"
	if rule, ok := inline(c.MediaType); ok && !d.attached {
		disposition = "inline"
		h.Set("Content-Security-Policy", rule)
	}
	h.Set("Content-Type", c.MediaType)
	h.Set("Content-Disposition", contentDisposition(disposition, c.Filename))
	h.Set("ETag", `"sha256:`+c.SHA256+`"`)
	if sum, err := hex.DecodeString(c.SHA256); err == nil {
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":"
		h.Set("Content-Digest", digest) // RFC 9530: of this message
		h.Set("Repr-Digest", digest)    // RFC 9530: of the whole, whatever part is sent
	}
}

// protect sets the headers of everything that agents may have written.
func protect(h http.Header, sharing string) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", sharing)
}

// inline answers the Content-Security-Policy of the media types that a browser
// may show by itself: exactly what its viewer needs.
func inline(mediaType string) (policy string, ok bool) {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif":
		return "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'", true
	case "video/mp4", "video/webm": // Chromium's player asks for the bytes once more, from the page's own origin
		return "sandbox allow-same-origin; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'", true
	case "application/pdf": // its viewer refuses to work in a sandbox
		return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'", true
	}
	return "", false
}

// end finishes an answer after http.ServeContent: what failed before the first
// byte is a clean error, what failed later breaks the connection.
func (t *transfer) end(r *http.Request, size int64) error {
	if size == 0 && r.Method == http.MethodGet && t.status == http.StatusOK {
		t.src.look()
	}
	switch {
	case t.src.failure() != nil:
		return t.src.failure()
	case t.status == http.StatusRequestedRangeNotSatisfiable:
		t.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size)) // net/http leaves it out of some
		return wire.ErrRangeNotSatisfiable
	case t.status == http.StatusPreconditionFailed:
		return assets.Errorf(assets.ErrPreconditionFailed, "the content has another digest")
	}
	return t.commit()
}
