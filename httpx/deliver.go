package httpx

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// delivery is how a content is served.
type delivery struct {
	attachment     bool   // whatever the media type
	resourcePolicy string // Cross-Origin-Resource-Policy
}

// Signed links may be embedded in pages of other sites; content routes may not.
const (
	sameSite    = "same-site"
	crossOrigin = "cross-origin"
)

// serveContent serves the stored bytes of f, with conditional requests and
// ranges (RFC 9110 §13, §14).
func (a *api) serveContent(w http.ResponseWriter, r *http.Request, f *assets.File, d delivery) error {
	header := http.Header{}
	setContentHeaders(header, f.Version.Content, d)
	return a.serveFile(w, r, f, header)
}

// file is a content or an archive. A small one is verified before it is sent;
// the bytes of a large one are read while they are sent.
type file interface {
	io.ReadSeekCloser
	Size() int64
}

// serveFile serves f with the headers of a complete response and closes it.
func (a *api) serveFile(w http.ResponseWriter, r *http.Request, f file, header http.Header) error {
	src := newSource(f, a.memory)
	defer src.close()
	_, isContent := f.(*assets.File) // an archive that is cut short is not a valid zip file
	checkFirst := isContent && !src.isSmall() && !rest.CanAbort(w)
	encoded := w.Header().Get("Content-Encoding") != "" // by a middleware that will compress all that is written
	t := &transfer{w: w, header: header, src: src, buffers: a.buffers, checkFirst: checkFirst, encoded: encoded}
	if lines := r.Header.Values("Range"); len(lines) > 0 {
		r = r.Clone(r.Context())
		r.Header.Del("Range")
		// Several ranges are read while they are sent.
		if ranges, ok := usableRanges(lines, f.Size()); ok && !encoded && (!checkFirst || !strings.Contains(ranges, ",")) {
			r.Header.Set("Range", ranges)
		}
	}
	http.ServeContent(t, r, "", time.Time{}, src)
	return t.end(r, f.Size()) //nolint:contextcheck // the File has its own, from this request
}

// setContentHeaders sets the headers of a content. They are the same for the
// statuses 200, 206 and 304 and for HEAD, but for those that a transfer removes.
func setContentHeaders(h http.Header, c assets.Content, d delivery) {
	setSecurityHeaders(h, d.resourcePolicy)
	disposition := "attachment"
	if policy, ok := inlinePolicy(c.MediaType); ok && !d.attachment {
		disposition = "inline"
		h.Set("Content-Security-Policy", policy)
	}
	h.Set("Content-Type", c.MediaType)
	h.Set("Content-Disposition", contentDisposition(disposition, c.Filename))
	h.Set("ETag", `"sha256:`+c.SHA256+`"`)
	if sum, err := hex.DecodeString(c.SHA256); err == nil {
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":"
		h.Set("Content-Digest", digest) // RFC 9530: of this message
		h.Set("Repr-Digest", digest)    // RFC 9530: of the complete content, also if a part is sent
	}
}

// setSecurityHeaders sets the headers of everything that an agent may have
// written.
func setSecurityHeaders(h http.Header, resourcePolicy string) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache, no-transform") // a compressed one would have another ETag
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", resourcePolicy)
}

// inlinePolicy returns the Content-Security-Policy with which a browser may show
// a media type inline. It allows only what the browser's viewer needs. ok is
// false for media types that must be downloaded.
func inlinePolicy(mediaType string) (policy string, ok bool) {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif":
		return "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'", true
	case "video/mp4", "video/webm": // Chromium's player requests the bytes again, from the page's own origin
		return "sandbox allow-same-origin; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'", true
	case "application/pdf": // its viewer does not work in a sandbox
		return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'", true
	}
	return "", false
}
