package httpx_test

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestContent(t *testing.T) {
	t.Parallel()
	get := func(header ...string) call {
		c := call{Method: "GET", Path: "{content}", As: "reader", Header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			c.Header[header[i]] = header[i+1]
		}
		return c
	}
	always := func(more ...string) map[string]string {
		h := map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
			"Cache-Control": "private, no-cache, no-transform", "Referrer-Policy": "no-referrer",
			"ETag": "{tag}", "Repr-Digest": "{digest}", "Content-Disposition": `attachment; filename="thing.bin"`,
			"Cross-Origin-Resource-Policy": "same-site",
		}
		for i := 0; i+1 < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	head := get()
	head.Method = "HEAD"
	run(t, newFile, []scenario{
		{"complete", get(), want{Status: 200, Body: []string{text}, Header: always("Content-Digest", "{digest}", "Content-Type", "application/x-thing", "Content-Length", "36", "Accept-Ranges", "bytes")}},
		{"head", head, want{Status: 200, Header: always("Content-Digest", "{digest}", "Content-Length", "36")}},
		{"range", get("Range", "bytes=10-12"), want{Status: 206, Body: []string{"abc"}, Header: always("Content-Digest", "-", "Content-Range", "bytes 10-12/36")}},
		{"unchanged", get("If-None-Match", "{tag}"), want{Status: 304, Header: always("Content-Digest", "-", "Content-Length", "-")}},
		{"if-range", get("Range", "bytes=1-", "If-Range", "{tag}"), want{Status: 206}},
		{"NET01 stale if-range", get("Range", "bytes=1-", "If-Range", `"sha256:0"`), want{Status: 200, Body: []string{text}}},
		{"if-match fails", get("If-Match", `"sha256:0"`), want{Status: 412, Code: "precondition_failed", Header: map[string]string{"ETag": "-"}}},
		{"NET01 not satisfiable", get("Range", "bytes=36-"), want{Status: 416, Code: "range_not_satisfiable", Header: map[string]string{"Content-Range": "bytes */36", "ETag": "-"}}},
		{"NET01 reversed", get("Range", "bytes=5-2"), want{Status: 416, Code: "range_not_satisfiable", Header: map[string]string{"Content-Range": "bytes */36"}}},
		{"NET01 2^64", get("Range", "bytes=18446744073709551616-"), want{Status: 416}},
		{"another unit", get("Range", "lines=1-2"), want{Status: 200, Body: []string{text}, Header: always("Content-Digest", "{digest}")}},
		{"NET01 1,000 parts", get("Range", "bytes="+strings.Repeat("0-0,", 999)+"0-0"), want{Status: 200, Body: []string{text}}},
		{"NET01 overlapping", get("Range", "bytes=0-30,0-30"), want{Status: 200, Body: []string{text}}},
		{"TEN01 foreign", call{Method: "GET", Path: "{content}", As: "other"}, want{Status: 404, Code: "not_found", Header: map[string]string{"ETag": "-"}}},
		{"unknown version", call{Method: "GET", Path: base + "/{id}/versions/2/content", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"APR11 nothing approved", call{Method: "GET", Path: base + "/{id}/versions/approved/content", As: "reader", Header: map[string]string{"If-None-Match": "{tag}"}}, want{Status: 404, Code: "not_approved"}},
		{"malformed version", call{Method: "GET", Path: base + "/{id}/versions/01/content", As: "reader"}, want{Status: 422, Locs: []string{"path.version"}}},
	})
}

func TestSeveralRanges(t *testing.T) {
	t.Parallel()
	srv := newFile(t)
	rec := srv.Send(call{Method: "GET", Path: "{content}", As: "reader", Header: map[string]string{"Range": "bytes=0-1,35-35"}})
	want{Status: 206, Header: map[string]string{"Content-Digest": "-"}}.Check(t, srv, rec)
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

func TestHeadAndUnchangedReadNothingNET01(t *testing.T) { backends.EachDatabase(t, headReadsNothing) }

func headReadsNothing(t *testing.T, db backends.Database) {
	srv := newFile(t, resttest.WithDatabase(db))
	srv.Send(call{Method: "HEAD", Path: "{content}", As: "reader"})
	srv.Send(call{Method: "GET", Path: "{content}", As: "reader", Header: map[string]string{"If-None-Match": "{tag}"}})
	srv.Send(call{Method: "HEAD", Path: base + "/{id}/preview", As: "reader"})
	if n := srv.Blobs.Opened(); n != 0 {
		t.Errorf("%d objects were opened", n)
	}
}

// FuzzRange sends any Range header: the response has an expected status and is not
// longer than the content with its part headers.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-", "bytes=-1", "bytes=0-0,-1", "bytes=1-2,3-4, 5-", "bytes=", "items=0-1", "bytes=0-0,0-0,0-0", "bytes=9-1", "bytes=99999999999999999999-"} {
		f.Add(seed)
	}
	srv := resttest.New(f)
	srv.Upload("bundle", "", "f", []byte(text))
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", base+"/"+srv.Vars["id"]+"/versions/1/content", nil)
		r.Header["Authorization"], r.Header["Range"] = []string{"Bearer reader"}, []string{header}
		rec := httptest.NewRecorder()
		srv.Mux.ServeHTTP(rec, r)
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

// countingBlobs are Blobs that count the bytes that are read.
type countingBlobs struct {
	assets.Blobs
	read *atomic.Int64
}

func (c countingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := c.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r, writerFunc(func(p []byte) { c.read.Add(int64(len(p))) })), r}, nil
}

// TestRangesReadAtMostTheContentNET01: no Range header makes the server read or send
// more than the content once.
func TestRangesReadAtMostTheContentNET01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		read := new(atomic.Int64)
		srv := resttest.New(t, resttest.WithDatabase(db), func(c *assets.Config, _ *httpx.Options) { c.Blobs = countingBlobs{c.Blobs, read} })
		big := strings.Repeat("0123456789abcdef", 16<<10)
		srv.Upload("bundle", "", "big", []byte(big))
		full := srv.Vars["id"]
		srv.Upload("bundle", "", "empty", nil)
		empty := srv.Vars["id"]
		size := int64(len(big))
		for _, ranges := range []string{
			"0-" + strings.Repeat(",0-", 999), "0-262143" + strings.Repeat(",1-262143", 14), strings.TrimSuffix(strings.Repeat("0-0,", 1000), ","),
			"0-0,2-2,4-4,6-6", "262143-0", "18446744073709551616-", "-18446744073709551616", "-0", "0-18446744073709551616", "5-", "-5", "", ",", "a-b", "0-1;2-3",
		} {
			for id, length := range map[string]int64{full: size, empty: 0} {
				read.Store(0)
				rec := srv.Send(call{Method: "GET", Path: base + "/" + id + "/versions/1/content", As: "reader", Header: map[string]string{"Range": "bytes=" + ranges}})
				if rec.Code != 200 && rec.Code != 206 && rec.Code != 416 || read.Load() > length || int64(rec.Body.Len()) > length+17*256 {
					t.Errorf("%.40s of %d bytes: %d, %d bytes, %d read", ranges, length, rec.Code, rec.Body.Len(), read.Load())
				}
			}
		}
	})
}

// TestInlineMediaTypes tests which media types a browser may show, and with which policy.
func TestInlineMediaTypes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ typ, media, content, disposition, policy string }{
		{"image", "image/png", string(png), "inline", "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"},
		{"slide", "application/pdf", "%PDF-1.7\n", "inline", "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"},
		{"image", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "attachment", "sandbox; default-src 'none'"},
		{"copy", "text/html", "<p>a</p>", "attachment", "sandbox; default-src 'none'"},
		{"copy", "text/plain", "a", "attachment", "sandbox; default-src 'none'"},
		{"bundle", "application/zip", "PK\x03\x04", "attachment", "sandbox; default-src 'none'"},
	} {
		t.Run(tt.media, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t)
			srv.Upload(tt.typ, tt.media, "x", []byte(tt.content))
			want{Status: 200, Body: []string{tt.content}, Header: map[string]string{
				"Content-Type": tt.media, "Content-Disposition": tt.disposition + `; filename="x"`, "Content-Security-Policy": tt.policy,
			}}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader"}))
		})
	}
}
