package httpx_test

import (
	"bytes"
	"image"
	imagepng "image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// alterLast is a fault that changes the last byte of every object.
func alterLast(r io.ReadCloser, err error) (io.ReadCloser, error) {
	if err != nil {
		return r, err
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if len(all) > 0 {
		all[len(all)-1] ^= 1
	}
	return io.NopCloser(bytes.NewReader(all)), err
}

// noise returns a PNG of about 600 KB.
func noise(t *testing.T) []byte {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, 400, 400))
	for i := range im.Pix {
		im.Pix[i] = byte(i * i >> 4)
	}
	var b bytes.Buffer
	if err := (&imagepng.Encoder{CompressionLevel: imagepng.NoCompression}).Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDamageIsFoundBeforeTheFirstByteHOS13: each route that serves stored bytes
// verifies a content of at most 1 MiB before it sends anything, also of a range.
func TestDamageIsFoundBeforeTheFirstByteHOS13(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		srv.Upload("image", "", "p.png", noise(t))
		for _, c := range []call{
			{Path: base + "/{id}/versions/1/content", As: "reader"},
			{Path: base + "/{id}/preview", As: "reader"},
			{Path: base + "/{id}/preview?download=1", As: "reader"},
			{Path: base + "/{id}/preview?width=160", As: "reader"},
			{Path: srv.PreviewPath("")},
			{Path: srv.PreviewPath("?width=160")},
		} {
			checkDamage(t, srv, c)
		}
	})
}

// TestDamageOfASmallExportHOS13: the same holds for an archive.
func TestDamageOfASmallExportHOS13(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		srv.CreateExportable()
		checkDamage(t, srv.Server, call{Path: srv.CreateExport(t, "w1").Path})
	})
}

// checkDamage asks for all and for parts of a content, sound and damaged.
func checkDamage(t *testing.T, srv *resttest.Server, c call) {
	t.Helper()
	const rule = "private, no-cache, no-transform"
	c.Method = http.MethodGet
	for _, ranges := range []string{"", "bytes=0-3", "bytes=0-1,5-6"} {
		c.Header = map[string]string{}
		status := http.StatusOK
		if ranges != "" {
			c.Header["Range"], status = ranges, http.StatusPartialContent
		}
		srv.Blobs.SetFault(nil)
		rec := srv.Send(c)
		want{Status: status, Header: map[string]string{"Cache-Control": rule}}.Check(t, srv, rec)
		if rec.Header().Get("Content-Length") == "" {
			t.Errorf("%s %q: no Content-Length", c.Path, ranges)
		}
		srv.Blobs.SetFault(alterLast)
		want{Status: 500, Code: "internal_error", Header: map[string]string{
			"ETag": "-", "Content-Digest": "-", "Content-Range": "-", "Cache-Control": "no-store",
		}}.Check(t, srv, srv.Send(c))
		srv.Blobs.SetFault(nil)
		c.Method = http.MethodHead
		want{Status: status, Header: map[string]string{"Cache-Control": rule}}.Check(t, srv, srv.Send(c))
		c.Method = http.MethodGet
	}
}

// TestSmallContentsShareMemoryHOS13: of many slow clients only some hold their
// content in memory. The content of the others is verified first too, and read
// again while it is sent.
func TestSmallContentsShareMemoryHOS13(t *testing.T) {
	t.Parallel()
	const clients, inMemory = 20, 16
	srv := resttest.New(t)
	content := bytes.Repeat([]byte("content "), 1<<17)
	id := srv.Upload("bundle", "", "f", content)
	get := call{Method: "GET", Path: base + "/" + id + "/versions/1/content", As: "reader"}
	open := make(chan struct{})
	var handlers sync.WaitGroup
	recs := make([]*httptest.ResponseRecorder, clients)
	for i := range recs {
		recs[i] = httptest.NewRecorder()
		sending, r := make(chan struct{}), get.Request(srv)
		first := sync.OnceFunc(func() { close(sending); <-open })
		handlers.Go(func() { srv.Mux.ServeHTTP(blockingWriter{recs[i], first}, r) })
		within(t, sending, "a client gets no byte")
	}
	if n := srv.Blobs.Opened(); n != clients+clients-inMemory {
		t.Errorf("the content was read %d times, want %d", n, clients+clients-inMemory)
	}
	srv.Blobs.SetFault(alterLast)
	want{Status: 500, Code: "internal_error"}.Check(t, srv, srv.Send(get))
	srv.Blobs.SetFault(nil)
	close(open)
	handlers.Wait()
	for i, rec := range recs {
		if rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), content) {
			t.Errorf("client %d: %d with %d bytes", i, rec.Code, rec.Body.Len())
		}
	}
	before := srv.Blobs.Opened()
	for range inMemory + 1 { // one after the other
		srv.Must(200, get)
	}
	if n := srv.Blobs.Opened() - before; n != inMemory+1 {
		t.Errorf("the content was read %d times, want %d: the memory was not released", n, inMemory+1)
	}
}

// TestEachReadFailureIsAnErrorResponseHOS13: a small content fails as a whole,
// wherever reading it fails and whichever part of it is wanted.
func TestEachReadFailureIsAnErrorResponseHOS13(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("content "), 1<<15)
	for name, tt := range map[string]struct {
		spoil  func(r io.ReadCloser) io.Reader
		status int
	}{
		"fails in the middle": {func(r io.ReadCloser) io.Reader { return resttest.FailAfter(r, 100_000) }, 503},
		"ends early":          {func(r io.ReadCloser) io.Reader { return io.LimitReader(r, 200_000) }, 500},
		"is too long":         {func(r io.ReadCloser) io.Reader { return io.MultiReader(r, strings.NewReader("x")) }, 500},
		"panics": {func(r io.ReadCloser) io.Reader {
			return io.MultiReader(io.LimitReader(r, 9), fixture.ReaderFunc(func([]byte) (int, error) { panic("bomb") }))
		}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t)
			srv.Upload("bundle", "", "f", content)
			srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
				return struct {
					io.Reader
					io.Closer
				}{tt.spoil(r), r}, err
			}
			for _, ranges := range []string{"", "bytes=0-9", "bytes=200001-"} {
				c := call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader", Header: map[string]string{"Range": ranges}}
				want{Status: tt.status, Header: map[string]string{"ETag": "-"}}.Check(t, srv, srv.Send(c))
			}
		})
	}
}
