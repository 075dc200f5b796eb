package httpx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// signed asks for an upload as writer and answers the path of its URL; the id
// is {upload}.
func newUpload(w *world, body string) string {
	w.t.Helper()
	got := w.must(201, call{method: "POST", path: base + "/uploads", as: "writer", body: body})
	id, _ := got["upload_id"].(string)
	url, _ := got["url"].(string)
	w.vars["upload"] = id
	path, ok := strings.CutPrefix(url, w.lib.PublicURL())
	if !ok || id == "" {
		w.t.Fatalf("%v", got)
	}
	return path
}

func TestPutUpload(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := newWorld(t, on(db))
		path := newUpload(w, `{"media_type":"image/svg+xml","filename":"hero.svg"}`)
		const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
		put := func(path, body, media string, header ...string) *httptest.ResponseRecorder {
			c := call{method: "PUT", path: path, body: body, header: map[string]string{"Content-Type": media}}
			for i := 0; i+1 < len(header); i += 2 {
				c.header[header[i]] = header[i+1]
			}
			return w.send(c)
		}
		want{status: 415, code: "unsupported_media_type"}.check(t, w, put(path, svg, "image/svg+xml", "Content-Encoding", "gzip"))
		want{status: 415, code: "unsupported_media_type"}.check(t, w, put(path, svg, "image/png"))
		want{status: 404, code: "not_found"}.check(t, w, put(path[:len(path)-1], svg, "image/svg+xml"))
		want{status: 405, code: "method_not_allowed", header: map[string]string{"Allow": "PUT"}}.check(t, w, w.send(call{method: "GET", path: path}))
		want{status: 201, body: []string{`{"upload_id":"{upload}","size_bytes":41,"sha256":"`, `"media_type":"image/svg+xml"}`}}.
			check(t, w, put(path+"?utm=x", svg, "application/x-www-form-urlencoded"))
		want{status: 409, code: "upload_used"}.check(t, w, put(path, svg, "image/svg+xml"))

		create := call{method: "POST", path: base, as: "writer", body: `{"type":"image","title":"Hero","upload_id":"{upload}"}`}
		want{status: 422, locs: []string{"body.upload_id"}}.check(t, w, w.send(call{method: "POST", path: base, as: "other", body: create.body}))
		want{status: 422, locs: []string{"body.upload_id"}}.check(t, w, w.send(call{method: "POST", path: base, as: "writer", body: strings.Replace(create.body, `"type"`, `"text":"x","type"`, 1)}))
		want{status: 422, locs: []string{"body.upload_id"}}.check(t, w, w.send(call{method: "POST", path: base, as: "writer", form: &form{metadata(w.fill(create.body)), content("x")}}))
		want{status: 201, body: []string{`"filename":"hero.svg"`, `"size_bytes":41`}}.check(t, w, w.send(create))
		want{status: 409, code: "upload_used"}.check(t, w, w.send(create))
	})
}

// TestUPL05AnnouncedUpload: what is announced too large is refused before the
// body, and what was cut leaves the upload as it was.
func TestUPL05AnnouncedUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallLimit)
	ts := httptest.NewServer(httpx.Public(w.lib, httpx.Options{}))
	t.Cleanup(ts.Close)
	addr := ts.Listener.Addr().String()
	path := newUpload(w, `{}`)
	got := raw(t, addr, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n", path), false)
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "payload_too_large") {
		t.Errorf("%d %s", got.status, got.body)
	}
	// UPL01: fewer bytes than announced.
	got = raw(t, addr, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello", path), true)
	if got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
	over := bytes.NewReader(bytes.Repeat([]byte("x"), 1001))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, path, over)
	r.ContentLength = -1 // chunked
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	want{status: http.StatusRequestEntityTooLarge, code: "payload_too_large"}.check(t, w, rec)

	rec = w.send(call{method: "PUT", path: path, body: strings.Repeat("x", 1000), header: map[string]string{"Content-Type": "application/octet-stream"}})
	var done assets.Uploaded
	if err := json.Unmarshal(rec.Body.Bytes(), &done); err != nil || rec.Code != http.StatusCreated || done.SizeBytes != 1000 {
		t.Errorf("after all that: %d %s (%v)", rec.Code, rec.Body, err)
	}
}
