package rest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/10ex/assets/internal/wire"
)

// maxBuffered is the size in bytes of responses that are encoded before they are
// sent, and so have a Content-Length. Longer ones are encoded while they are sent.
const maxBuffered = 64 << 10

// Reply is the response of a typed operation.
type Reply[Out any] struct {
	Status   int   // default 200; 204 has no body
	Revision int64 // if positive, the ETag is "r<revision>" and GET honours If-None-Match
	Header   http.Header
	Body     Out
}

func (p *Reply[Out]) write(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	maps.Copy(h, p.Header)
	h.Set("Cache-Control", "private, no-cache")
	if p.Revision > 0 {
		tag := fmt.Sprintf(`"r%d"`, p.Revision)
		h.Set("ETag", tag)
		if isSafe(r.Method) && noneMatch(r.Header, tag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	status := p.Status
	if status == 0 {
		status = http.StatusOK
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	if err := writeValue(w, status, p.Body); err != nil {
		h.Del("ETag")
		for name := range p.Header {
			h.Del(name)
		}
		return err
	}
	return nil
}

// writeValue writes v as JSON. If the client is gone, or v cannot be encoded after the
// response has begun, the response is broken off.
func writeValue(w http.ResponseWriter, status int, v any) error {
	body := &replyBody{w: w, status: status}
	err := wire.Write(body, v)
	switch {
	case body.failed:
		panic(http.ErrAbortHandler)
	case err != nil:
		return err
	case !body.begun:
		writeJSON(w, status, body.buffered)
	}
	return nil
}

// replyBody writes the body of a response. It keeps the beginning back until it has
// more than maxBuffered.
type replyBody struct {
	w        http.ResponseWriter
	status   int
	buffered []byte
	begun    bool // the header was sent
	failed   bool // a write has failed
}

func (b *replyBody) Write(p []byte) (int, error) {
	if !b.begun && len(b.buffered)+len(p) <= maxBuffered {
		if n := len(b.buffered) + len(p); n > maxBuffered/8 && n > cap(b.buffered) {
			// append would grow a large one by a quarter each time.
			b.buffered = slices.Grow(b.buffered, min(3*n, maxBuffered-len(b.buffered)))
		}
		b.buffered = append(b.buffered, p...)
		return len(p), nil
	}
	if !b.begun {
		b.begun = true
		writeJSONHeader(b.w, b.status)
		if err := b.send(b.buffered); err != nil {
			return 0, err
		}
		b.buffered = nil
	}
	return len(p), b.send(p)
}

func (b *replyBody) send(p []byte) error {
	_, err := b.w.Write(p)
	b.failed = b.failed || err != nil
	return err
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	writeJSONHeader(w, status)
	_, _ = w.Write(body) // fails only if the client is gone
}

func writeJSONHeader(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
