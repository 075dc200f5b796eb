package httpx

import (
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
	"github.com/10ex/assets/internal/wire"
)

// transfer is the ResponseWriter that http.ServeContent writes to. It sends
// nothing, headers included, until the first byte of the content was read, so
// that missing or damaged content can still become an error response.
type transfer struct {
	w          http.ResponseWriter
	header     http.Header // of the content; copied to w when it is sent
	src        *source
	buffers    *readahead.Buffers
	checkFirst bool // read everything once before it is sent
	encoded    bool // the message has a Content-Encoding
	status     int
	partHeader []byte // of the first part of several ranges, written before the first read
	sent       bool
}

func (t *transfer) Header() http.Header { return t.header }

func (t *transfer) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
}

func (t *transfer) Write(p []byte) (int, error) {
	t.WriteHeader(http.StatusOK)
	if t.status >= http.StatusBadRequest {
		return len(p), nil // drop net/http's text: error responses are JSON
	}
	if !t.src.started.Load() {
		t.partHeader = append(t.partHeader, p...)
		return len(p), nil
	}
	if err := t.commit(); err != nil {
		return 0, err
	}
	return t.w.Write(p)
}

// ReadFrom reads ahead while it writes, unless the source is small.
// http.ServeContent uses it.
func (t *transfer) ReadFrom(r io.Reader) (int64, error) {
	if t.src.isSmall() {
		return io.Copy(struct{ io.Writer }{t}, r)
	}
	if whole, ok := r.(*io.LimitedReader); ok && t.checkFirst {
		if err := t.src.check(whole.N, t.buffers); err != nil {
			return 0, err
		}
	}
	return readahead.Copy(t, r, t.buffers)
}

// commit sends the headers, once.
func (t *transfer) commit() error {
	if t.sent {
		return nil
	}
	t.sent = true
	if t.status != http.StatusOK {
		t.header.Del("Content-Digest") // the message is not the complete content
	}
	if t.encoded { // what was stored has these; what is sent is another representation
		t.header.Del("Content-Digest")
		t.header.Del("Repr-Digest")
		t.header.Set("Accept-Ranges", "none")
		t.header.Set("ETag", "W/"+t.header.Get("ETag"))
	}
	maps.Copy(t.w.Header(), t.header)
	t.w.WriteHeader(t.status)
	if len(t.partHeader) == 0 {
		return nil
	}
	_, err := t.w.Write(t.partHeader)
	return err
}

// end completes the response after http.ServeContent. A returned error becomes
// an error response if nothing was sent yet; otherwise the connection is
// aborted.
func (t *transfer) end(r *http.Request, size int64) error {
	if size == 0 && r.Method == http.MethodGet && t.status == http.StatusOK {
		t.src.probe()
	}
	switch err := t.src.failure(); {
	case err != nil:
		return err
	case t.status == http.StatusRequestedRangeNotSatisfiable:
		t.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size)) // net/http omits it in some cases
		return wire.ErrRangeNotSatisfiable
	case t.status == http.StatusPreconditionFailed:
		return assets.Errorf(assets.ErrPreconditionFailed, "the content has another digest")
	}
	return t.commit()
}
