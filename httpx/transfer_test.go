package httpx_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/httpx"
)

func TestDBF09ClientThatStopsReadingIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("bundle", "", "big", make([]byte, 32<<20)) // more than sockets buffer
	closed := make(chan struct{})
	w.blobs.spoil = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		return &notified{r, closed}, err
	}
	addr := server(t, w, httpx.Options{StallTimeout: 50 * time.Millisecond})
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+base+"/"+w.vars["id"]+"/versions/1/content", nil)
	r.Header.Set("Authorization", "Bearer reader")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-closed // nothing was read, and yet the object is let go
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the answer arrived complete")
	}
}

type notified struct {
	io.ReadCloser
	closed chan struct{}
}

func (n *notified) Close() error {
	close(n.closed)
	return n.ReadCloser.Close()
}

// TestContentIsReadWhileItIsSent: the second read begins before the first write
// has ended, and ends after it.
func TestContentIsReadWhileItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	content := bytes.Repeat([]byte("content "), 1<<17)
	id := w.upload("bundle", "", "f", content)
	reading, sent := make(chan struct{}), make(chan struct{})
	w.blobs.spoil = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		reads := 0
		return struct {
			io.Reader
			io.Closer
		}{readerFunc(func(p []byte) (int, error) {
			if reads++; reads == 2 {
				close(reading)
				within(t, sent, "nothing is sent while more is read")
			}
			return r.Read(p)
		}), r}, err
	}
	rec := httptest.NewRecorder()
	first := sync.OnceFunc(func() {
		within(t, reading, "nothing is read while something is sent")
		close(sent)
	})
	r := call{method: "GET", path: base + "/" + id + "/versions/1/content", as: "reader"}.request(w)
	w.mux.ServeHTTP(writing{rec, first}, r)
	if rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), content) {
		t.Errorf("status %d with %d bytes of %d", rec.Code, rec.Body.Len(), len(content))
	}
}

func within(t *testing.T, done <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error(otherwise)
	}
}

// writing is a client that does something before it takes the first bytes.
type writing struct {
	*httptest.ResponseRecorder
	first func()
}

func (w writing) Write(p []byte) (int, error) {
	w.first()
	return w.ResponseRecorder.Write(p)
}
