package httpx_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// counted are Blobs that count what is read of them.
type counted struct {
	assets.Blobs
	read *atomic.Int64
}

func (c counted) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := c.Blobs.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r, writerFunc(func(p []byte) { c.read.Add(int64(len(p))) })), r}, nil
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

// TestNET01NoMoreThanTheContentIsRead: however the ranges are asked for.
func TestNET01NoMoreThanTheContentIsRead(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		read := new(atomic.Int64)
		w := newWorld(t, on(db), func(c *assets.Config, _ *httpx.Options) { c.Blobs = counted{c.Blobs, read} })
		big := strings.Repeat("0123456789abcdef", 16<<10)
		w.upload("bundle", "", "big", []byte(big))
		full := w.vars["id"]
		w.upload("bundle", "", "empty", nil)
		empty := w.vars["id"]
		size := int64(len(big))
		for _, ranges := range []string{
			"0-" + strings.Repeat(",0-", 999), "0-262143" + strings.Repeat(",1-262143", 14), strings.TrimSuffix(strings.Repeat("0-0,", 1000), ","),
			"0-0,2-2,4-4,6-6", "262143-0", "18446744073709551616-", "-18446744073709551616", "-0", "0-18446744073709551616", "5-", "-5", "", ",", "a-b", "0-1;2-3",
		} {
			for id, length := range map[string]int64{full: size, empty: 0} {
				read.Store(0)
				rec := w.send(call{method: "GET", path: base + "/" + id + "/versions/1/content", as: "reader", header: map[string]string{"Range": "bytes=" + ranges}})
				if rec.Code != 200 && rec.Code != 206 && rec.Code != 416 || read.Load() > length || int64(rec.Body.Len()) > length+17*256 {
					t.Errorf("%.40s of %d bytes: %d, %d bytes, %d read", ranges, length, rec.Code, rec.Body.Len(), read.Load())
				}
			}
		}
	})
}

// TestNET03CrossSite: a form on another site brings the host's cookie; nothing
// is decided by it, whatever it is posted as.
func TestNET03CrossSite(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db, func(_ *assets.Config, o *httpx.Options) {
			o.Authenticate = func(r *http.Request) (assets.Actor, error) {
				if c, err := r.Cookie("session"); err == nil && c.Value == "ann" {
					return maker("w1"), nil
				}
				return assets.Actor{}, assets.ErrUnauthorized
			}
		})
		id := b.asset("w1", "draft")
		post := func(header map[string]string) *httptest.ResponseRecorder {
			header["Cookie"] = "session=ann"
			rec := httptest.NewRecorder() // the document knows no cookie
			b.mux.ServeHTTP(rec, call{method: "POST", path: base + "/" + string(id) + "/approval", body: `{"action":"approve","version":2}`, header: header}.request(b.world))
			return rec
		}
		for _, header := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site"},
			{"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"},
			{"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"},
			{"Origin": "https://evil.example"},
			{"Origin": "null"},
		} {
			want{status: 403, code: "forbidden_origin"}.check(t, b.world, post(header))
		}
		if a := b.whole(t, "w1", id); len(a.Reviews) != 0 || a.Revision != 2 {
			t.Errorf("%d reviews, revision %d", len(a.Reviews), a.Revision)
		}
		want{status: 200, body: []string{fmt.Sprintf(`"id":"%s"`, id)}}.check(t, b.world, post(map[string]string{"Sec-Fetch-Site": "same-origin"}))
	})
}
