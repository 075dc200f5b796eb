package httpx_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

const text = "0123456789abcdefghijklmnopqrstuvwxyz"

// oneFile is a world with a bundle of 36 bytes.
func oneFile(t testing.TB, opts ...option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.upload("bundle", "application/x-thing", "thing.bin", []byte(text))
	sum := sha256.Sum256([]byte(text))
	w.vars["tag"] = fmt.Sprintf(`"sha256:%x"`, sum)
	w.vars["digest"] = "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	w.vars["content"] = base + "/" + w.vars["id"] + "/versions/1/content"
	return w
}

func TestContent(t *testing.T) {
	t.Parallel()
	get := func(header ...string) call {
		c := call{method: "GET", path: "{content}", as: "reader", header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			c.header[header[i]] = header[i+1]
		}
		return c
	}
	always := func(more ...string) map[string]string {
		h := map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
			"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer",
			"ETag": "{tag}", "Repr-Digest": "{digest}", "Content-Disposition": `attachment; filename="thing.bin"`,
			"Cross-Origin-Resource-Policy": "same-site",
		}
		for i := 0; i+1 < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	head := get()
	head.method = "HEAD"
	run(t, oneFile, []scenario{
		{"whole", get(), want{status: 200, body: []string{text}, header: always("Content-Digest", "{digest}", "Content-Type", "application/x-thing", "Content-Length", "36", "Accept-Ranges", "bytes")}},
		{"head", head, want{status: 200, header: always("Content-Digest", "{digest}", "Content-Length", "36")}},
		{"range", get("Range", "bytes=10-12"), want{status: 206, body: []string{"abc"}, header: always("Content-Digest", "-", "Content-Range", "bytes 10-12/36")}},
		{"unchanged", get("If-None-Match", "{tag}"), want{status: 304, header: always("Content-Digest", "-", "Content-Length", "-")}},
		{"if-range", get("Range", "bytes=1-", "If-Range", "{tag}"), want{status: 206}},
		{"NET01 stale if-range", get("Range", "bytes=1-", "If-Range", `"sha256:0"`), want{status: 200, body: []string{text}}},
		{"if-match fails", get("If-Match", `"sha256:0"`), want{status: 412, code: "precondition_failed", header: map[string]string{"ETag": "-"}}},
		{"NET01 not satisfiable", get("Range", "bytes=36-"), want{status: 416, code: "range_not_satisfiable", header: map[string]string{"Content-Range": "bytes */36", "ETag": "-"}}},
		{"NET01 reversed", get("Range", "bytes=5-2"), want{status: 416, code: "range_not_satisfiable", header: map[string]string{"Content-Range": "bytes */36"}}},
		{"NET01 2^64", get("Range", "bytes=18446744073709551616-"), want{status: 416}},
		{"another unit", get("Range", "lines=1-2"), want{status: 200, body: []string{text}, header: always("Content-Digest", "{digest}")}},
		{"NET01 1,000 parts", get("Range", "bytes="+strings.Repeat("0-0,", 999)+"0-0"), want{status: 200, body: []string{text}}},
		{"NET01 overlapping", get("Range", "bytes=0-30,0-30"), want{status: 200, body: []string{text}}},
		{"TEN01 foreign", call{method: "GET", path: "{content}", as: "other"}, want{status: 404, code: "not_found", header: map[string]string{"ETag": "-"}}},
		{"unknown version", call{method: "GET", path: base + "/{id}/versions/2/content", as: "reader"}, want{status: 404, code: "not_found"}},
		{"APR11 nothing approved", call{method: "GET", path: base + "/{id}/versions/approved/content", as: "reader", header: map[string]string{"If-None-Match": "{tag}"}}, want{status: 404, code: "not_approved"}},
		{"malformed version", call{method: "GET", path: base + "/{id}/versions/01/content", as: "reader"}, want{status: 422, locs: []string{"path.version"}}},
	})
}

func TestSeveralRanges(t *testing.T) {
	t.Parallel()
	w := oneFile(t)
	rec := w.send(call{method: "GET", path: "{content}", as: "reader", header: map[string]string{"Range": "bytes=0-1,35-35"}})
	want{status: 206, header: map[string]string{"Content-Digest": "-"}}.check(t, w, rec)
	_, params, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(rec.Body, params["boundary"])
	for _, piece := range []string{"01", "z"} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || string(got) != piece {
			t.Errorf("part %q (%v), want %q", got, err, piece)
		}
	}
}

func TestNET01HeadAndUnchangedReadNothing(t *testing.T) { backends.EachDatabase(t, headReadsNothing) }

func headReadsNothing(t *testing.T, db backends.Database) {
	w := oneFile(t, on(db))
	w.send(call{method: "HEAD", path: "{content}", as: "reader"})
	w.send(call{method: "GET", path: "{content}", as: "reader", header: map[string]string{"If-None-Match": "{tag}"}})
	w.send(call{method: "HEAD", path: base + "/{id}/preview", as: "reader"})
	if n := w.blobs.opened(); n != 0 {
		t.Errorf("%d objects were opened", n)
	}
}

func TestBLB04NothingBeforeTheFirstByte(t *testing.T) {
	t.Parallel()
	missing := failing(assets.ErrNotFound)
	down := failing(errors.New("dial tcp 10.0.0.7:9000: refused"))
	short := func(r io.ReadCloser, err error) (io.ReadCloser, error) { return broken(r, 0), err }
	for name, tt := range map[string]struct {
		spoil  func(io.ReadCloser, error) (io.ReadCloser, error)
		status int
		code   string
	}{
		"missing": {missing, 500, "internal_error"}, "down": {down, 503, "unavailable"}, "short": {short, 503, "unavailable"},
	} {
		for _, header := range []string{"", "bytes=0-3", "bytes=0-1,5-6"} {
			w := oneFile(t)
			w.blobs.spoil = tt.spoil
			c := call{method: "GET", path: "{content}", as: "reader", header: map[string]string{}}
			if header != "" {
				c.header["Range"] = header
			}
			rec := w.send(c)
			want{status: tt.status, code: tt.code, header: map[string]string{
				"ETag": "-", "Content-Digest": "-", "Repr-Digest": "-", "Content-Disposition": "-", "Content-Range": "-", "Accept-Ranges": "-",
			}}.check(t, w, rec)
			if strings.Contains(rec.Body.String(), "10.0.0.7") {
				t.Errorf("%s: LOG02: %s", name, rec.Body)
			}
		}
	}
}

func TestBLB04EmptyContentIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("bundle", "", "empty", nil)
	at := call{method: "GET", path: base + "/{id}/versions/1/content", as: "reader"}
	want{status: 200, header: map[string]string{"Content-Length": "0"}}.check(t, w, w.send(at))
	w.blobs.spoil = failing(assets.ErrNotFound)
	want{status: 500, code: "internal_error"}.check(t, w, w.send(at))
}

func TestBLB03AlteredContentIsNeverComplete(t *testing.T) {
	t.Parallel()
	for _, size := range []int{256 << 10, 4 << 20} { // several writes; several pieces that are read ahead
		w := newWorld(t)
		id := w.upload("bundle", "", "big", bytes.Repeat([]byte("0123456789abcdef"), size/16))
		w.blobs.spoil = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r, int64(size-1)), strings.NewReader("X")), r}, err
		}
		addr := server(t, w, httpx.Options{})
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+base+"/"+id+"/versions/1/content", nil)
		r.Header.Set("Authorization", "Bearer reader")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil || len(got) >= size {
			t.Errorf("%d bytes of %d arrived, %v; want a broken answer", len(got), size, err)
		}
	}
}

// FuzzRange: no Range header makes an answer longer than the content and its
// part headers, or any other than ours.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-", "bytes=-1", "bytes=0-0,-1", "bytes=1-2,3-4, 5-", "bytes=", "items=0-1", "bytes=0-0,0-0,0-0", "bytes=9-1", "bytes=99999999999999999999-"} {
		f.Add(seed)
	}
	w := newWorld(f)
	w.upload("bundle", "", "f", []byte(text))
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", base+"/"+w.vars["id"]+"/versions/1/content", nil)
		r.Header["Authorization"], r.Header["Range"] = []string{"Bearer reader"}, []string{header}
		rec := httptest.NewRecorder()
		w.mux.ServeHTTP(rec, r)
		switch rec.Code {
		case 200:
			if rec.Body.String() != text {
				t.Errorf("%q: %s", header, rec.Body)
			}
		case 206, 416:
			if n := rec.Body.Len(); n > len(text)+17*256 {
				t.Errorf("%q: %d bytes", header, n)
			}
		default:
			t.Errorf("%q: %d", header, rec.Code)
		}
	})
}

// FuzzVersionPath: a version is a positive number, current or approved, or
// 422; never another version's content.
func FuzzVersionPath(f *testing.F) {
	for _, seed := range []string{"1", "2", "0", "-1", "+1", "01", "current", "approved", "1e3", "１", "9999999999999999999"} {
		f.Add(seed)
	}
	w := newWorld(f)
	w.upload("bundle", "", "f", []byte(text))
	f.Fuzz(func(t *testing.T, version string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", base, nil)
		r.URL.Path = base + "/" + w.vars["id"] + "/versions/" + version
		r.Header.Set("Authorization", "Bearer reader")
		rec := httptest.NewRecorder()
		httpx.Handler(w.lib, httpx.Options{Authenticate: httpx.Bearer(ring())}).ServeHTTP(rec, r)
		if found := version == "1" || version == "current"; found != (rec.Code == 200) {
			t.Errorf("%q: %d %s", version, rec.Code, rec.Body)
		}
		if rec.Code != 200 && rec.Code != 404 && rec.Code != 405 && rec.Code != 422 {
			t.Errorf("%q: %d %s", version, rec.Code, rec.Body)
		}
	})
}
