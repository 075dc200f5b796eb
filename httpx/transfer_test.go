package httpx_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestSlowReaderIsDisconnectedDBF09(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.Upload("bundle", "", "big", make([]byte, 32<<20)) // more than sockets buffer
	closed := make(chan struct{})
	srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		return &notified{r, closed}, err
	}
	addr := listen(t, srv, httpx.Options{StallTimeout: 50 * time.Millisecond})
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+base+"/"+srv.Vars["id"]+"/versions/1/content", nil)
	r.Header.Set("Authorization", "Bearer reader")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-closed // closed although the client has not read the response
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the response is complete")
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

// TestContentIsReadWhileItIsSent: the second read begins before the first write ends, and
// ends after it.
func TestContentIsReadWhileItIsSent(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	content := bytes.Repeat([]byte("content "), 1<<18)
	id := srv.Upload("bundle", "", "f", content)
	reading, sent := make(chan struct{}), make(chan struct{})
	srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		reads := 0
		return struct {
			io.Reader
			io.Closer
		}{fixture.ReaderFunc(func(p []byte) (int, error) {
			if reads++; reads == 2 {
				close(reading)
				within(t, sent, "no write began during the second read")
			}
			return r.Read(p)
		}), r}, err
	}
	rec := httptest.NewRecorder()
	first := sync.OnceFunc(func() {
		within(t, reading, "no read began during the first write")
		close(sent)
	})
	r := call{Method: "GET", Path: base + "/" + id + "/versions/1/content", As: "reader"}.Request(srv)
	srv.Mux.ServeHTTP(blockingWriter{rec, first}, r)
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

// blockingWriter calls first before each write.
type blockingWriter struct {
	*httptest.ResponseRecorder
	first func()
}

func (w blockingWriter) SetWriteDeadline(time.Time) error { return nil }

func (w blockingWriter) Write(p []byte) (int, error) {
	w.first()
	return w.ResponseRecorder.Write(p)
}

func TestMissingContentIsAnErrorResponseBLB04(t *testing.T) {
	t.Parallel()
	missing := resttest.FailOpen(assets.ErrNotFound)
	down := resttest.FailOpen(errors.New("dial tcp 10.0.0.7:9000: refused"))
	short := func(r io.ReadCloser, err error) (io.ReadCloser, error) { return resttest.FailAfter(r, 0), err }
	for name, tt := range map[string]struct {
		spoil  func(io.ReadCloser, error) (io.ReadCloser, error)
		status int
		code   string
	}{
		"missing": {missing, 500, "internal_error"}, "down": {down, 503, "unavailable"}, "short": {short, 503, "unavailable"},
	} {
		for _, header := range []string{"", "bytes=0-3", "bytes=0-1,5-6"} {
			srv := newFile(t)
			srv.Blobs.Fault = tt.spoil
			c := call{Method: "GET", Path: "{content}", As: "reader", Header: map[string]string{}}
			if header != "" {
				c.Header["Range"] = header
			}
			rec := srv.Send(c)
			want{Status: tt.status, Code: tt.code, Header: map[string]string{
				"ETag": "-", "Content-Digest": "-", "Repr-Digest": "-", "Content-Disposition": "-", "Content-Range": "-", "Accept-Ranges": "-",
			}}.Check(t, srv, rec)
			if strings.Contains(rec.Body.String(), "10.0.0.7") {
				t.Errorf("%s: LOG02: %s", name, rec.Body)
			}
		}
	}
}

func TestMissingEmptyContentBLB04(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.Upload("bundle", "", "empty", nil)
	at := call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader"}
	want{Status: 200, Header: map[string]string{"Content-Length": "0"}}.Check(t, srv, srv.Send(at))
	srv.Blobs.Fault = resttest.FailOpen(assets.ErrNotFound)
	want{Status: 500, Code: "internal_error"}.Check(t, srv, srv.Send(at))
}

func TestAlteredContentAbortsTheTransferBLB03(t *testing.T) {
	t.Parallel()
	for _, size := range []int{2 << 20, 4 << 20} { // more than what is verified first
		srv := resttest.New(t)
		id := srv.Upload("bundle", "", "big", bytes.Repeat([]byte("0123456789abcdef"), size/16))
		srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r, int64(size-1)), strings.NewReader("X")), r}, err
		}
		addr := listen(t, srv, httpx.Options{})
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+base+"/"+id+"/versions/1/content", nil)
		r.Header.Set("Authorization", "Bearer reader")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil || len(got) >= size {
			t.Errorf("%d bytes of %d arrived, %v; want an aborted response", len(got), size, err)
		}
	}
}

// TestPanicInBlobsLOG03: a panic while reading a complete content, one range, or several
// ranges, which net/http reads in another goroutine.
func TestPanicInBlobsLOG03(t *testing.T) {
	t.Parallel()
	for _, ranges := range []string{"", "bytes=3-", "bytes=0-1,4-5"} {
		srv := resttest.New(t)
		srv.Upload("bundle", "", "f", []byte(text))
		srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{fixture.ReaderFunc(func([]byte) (int, error) { panic("bomb") }), r}, err
		}
		rec := srv.Send(call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader", Header: map[string]string{"Range": ranges}})
		want{Status: 500, Code: "internal_error", Header: map[string]string{"ETag": "-", "Content-Range": "-"}}.Check(t, srv, rec)
		if log := srv.Log.String(); !strings.Contains(log, `"panic":"bomb`) {
			t.Errorf("%q: the log is %s", ranges, log)
		}
	}
}

// TestVolumeSlowClientOfALargeResponseHOS05: while a client does not read a page of 4 MiB, small
// responses are sent at once, and another large one after the client was cut.
func TestVolumeSlowClientOfALargeResponseHOS05(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) {
		c.Limits.WorkMemory, c.Limits.WorkWait = 4*assets.MaxPageBytes, 4*time.Second // one page is read at a time
	})
	fat := strings.Repeat(`{"kind":"`+strings.Repeat("k", 250)+`","id":"`+strings.Repeat("i", 250)+`"},`, 99)
	for range 90 {
		srv.Must(201, call{Method: "POST", Path: base, As: "writer", Body: `{"type":"copy","title":"t","text":"x","provenance":{"inputs":[` + fat + `{"kind":"k","id":"i"}]}}`})
	}
	addr := listen(t, srv, httpx.Options{})
	slow, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if err := slow.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(slow, "GET %s?limit=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer reader\r\n\r\n", base); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(slow)
	first, err := http.ReadResponse(in, nil)
	if err != nil || first.StatusCode != 200 || first.ContentLength != -1 {
		t.Fatalf("%+v, %v", first, err)
	}
	get := func(query string) (int, []byte) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+base+query, nil)
		r.Header.Set("Authorization", "Bearer reader")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	if status, body := get("?limit=2"); status != 200 || !json.Valid(body) {
		t.Errorf("a small page: %d %.200s", status, body)
	}
	if status, body := get("?limit=200"); status != 200 || !json.Valid(body) || len(body) < 3<<20 {
		t.Errorf("a large page: %d with %d bytes", status, len(body))
	}
	if rest, err := io.ReadAll(first.Body); err == nil {
		t.Errorf("the slow client has got all %d bytes", len(rest))
	}
	_ = first.Body.Close()
}
