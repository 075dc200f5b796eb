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
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// newUpload creates an upload and returns the path of its URL. Its id is the variable
// {upload}.
func newUpload(srv *resttest.Server, body string) string {
	srv.TB.Helper()
	got := srv.Must(201, call{Method: "POST", Path: base + "/uploads", As: "writer", Body: body})
	id, _ := got["upload_id"].(string)
	url, _ := got["url"].(string)
	srv.Vars["upload"] = id
	path, ok := strings.CutPrefix(url, srv.Lib.PublicURL())
	if !ok || id == "" {
		srv.TB.Fatalf("%v", got)
	}
	return path
}

func TestPutUpload(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		path := newUpload(srv, `{"media_type":"image/svg+xml","filename":"hero.svg"}`)
		const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
		put := func(path, body, media string, header ...string) *httptest.ResponseRecorder {
			c := call{Method: "PUT", Path: path, Body: body, Header: map[string]string{"Content-Type": media}}
			for i := 0; i+1 < len(header); i += 2 {
				c.Header[header[i]] = header[i+1]
			}
			return srv.Send(c)
		}
		want{Status: 415, Code: "unsupported_media_type"}.Check(t, srv, put(path, svg, "image/svg+xml", "Content-Encoding", "gzip"))
		want{Status: 415, Code: "unsupported_media_type"}.Check(t, srv, put(path, svg, "image/png"))
		want{Status: 404, Code: "not_found"}.Check(t, srv, put(path[:len(path)-1], svg, "image/svg+xml"))
		want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": "PUT"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: path}))
		want{Status: 201, Body: []string{`{"upload_id":"{upload}","size_bytes":41,"sha256":"`, `"media_type":"image/svg+xml"}`}}.
			Check(t, srv, put(path+"?utm=x", svg, "application/x-www-form-urlencoded"))
		want{Status: 409, Code: "upload_used"}.Check(t, srv, put(path, svg, "image/svg+xml"))

		create := call{Method: "POST", Path: base, As: "writer", Body: `{"type":"image","title":"Hero","upload_id":"{upload}"}`}
		want{Status: 422, Locs: []string{"body.upload_id"}}.Check(t, srv, srv.Send(call{Method: "POST", Path: base, As: "other", Body: create.Body}))
		want{Status: 422, Locs: []string{"body.upload_id"}}.Check(t, srv, srv.Send(call{Method: "POST", Path: base, As: "writer", Body: strings.Replace(create.Body, `"type"`, `"text":"x","type"`, 1)}))
		want{Status: 422, Locs: []string{"body.upload_id"}}.Check(t, srv, srv.Send(call{Method: "POST", Path: base, As: "writer", Form: &form{metadata(srv.Fill(create.Body)), content("x")}}))
		want{Status: 201, Body: []string{`"filename":"hero.svg"`, `"size_bytes":41`}}.Check(t, srv, srv.Send(create))
		want{Status: 409, Code: "upload_used"}.Check(t, srv, srv.Send(create))
	})
}

// TestPartOfAnUploadFIL03: a body that is declared as a part is refused, nothing is
// stored, and the upload can be used for the whole afterwards.
func TestPartOfAnUploadFIL03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		path := newUpload(srv, `{}`)
		for name, value := range map[string]string{"Content-Range": "bytes 0-3/9", "Upload-Offset": "0", "Upload-Complete": "?0", "Upload-Incomplete": "?1"} {
			part := call{Method: "PUT", Path: path, Body: "part", Header: map[string]string{"Content-Type": "text/plain", name: value}}
			want{Status: 400, Code: "bad_request"}.Check(t, srv, srv.Send(part))
		}
		if all := fixture.Objects(t, srv.Blobs.Blobs); len(all) > 0 {
			t.Errorf("stored: %v", all)
		}
		want{Status: 201, Body: []string{`"size_bytes":9`}}.Check(t, srv, srv.Send(call{Method: "PUT", Path: path, Body: "the whole", Header: map[string]string{"Content-Type": "text/plain"}}))
		want{Status: 201, Body: []string{`"size_bytes":9`}}.
			Check(t, srv, srv.Send(call{Method: "POST", Path: base, As: "writer", Body: `{"type":"bundle","title":"Files","upload_id":"{upload}"}`}))
	})
}

// TestPutUploadOfOtherSizesUPL05: a body that is announced too large is refused before it
// is sent, and the upload can be used after truncated and too large bodies.
func TestPutUploadOfOtherSizesUPL05(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, smallLimit)
	ts := httptest.NewServer(httpx.Public(srv.Lib, httpx.Options{}))
	t.Cleanup(ts.Close)
	addr := ts.Listener.Addr().String()
	path := newUpload(srv, `{}`)
	got := sendRaw(t, addr, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n", path), false)
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "payload_too_large") {
		t.Errorf("%d %s", got.status, got.body)
	}
	// UPL01: fewer bytes than announced.
	got = sendRaw(t, addr, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello", path), true)
	if got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
	over := bytes.NewReader(bytes.Repeat([]byte("x"), 1001))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, path, over)
	r.ContentLength = -1 // chunked
	rec := httptest.NewRecorder()
	srv.Mux.ServeHTTP(rec, r)
	want{Status: http.StatusRequestEntityTooLarge, Code: "payload_too_large"}.Check(t, srv, rec)

	rec = srv.Send(call{Method: "PUT", Path: path, Body: strings.Repeat("x", 1000), Header: map[string]string{"Content-Type": "application/octet-stream"}})
	var done assets.Uploaded
	if err := json.Unmarshal(rec.Body.Bytes(), &done); err != nil || rec.Code != http.StatusCreated || done.SizeBytes != 1000 {
		t.Errorf("a body of the right size: %d %s (%v)", rec.Code, rec.Body, err)
	}
}
