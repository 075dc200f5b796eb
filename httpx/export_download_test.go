package httpx_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// TestEXP01WithdrawnIsStaleForGood: every request after the withdrawal.
func TestEXP01WithdrawnIsStaleForGood(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		id := b.exportable()
		b.exportable()
		made := b.freeze(t, "w1")
		path := base + "/exports/" + string(made.ID)
		want{status: 200, body: []string{`"stale_items":[]`}}.check(t, b.world, b.send(call{method: "GET", path: path, as: b.bearers["read"]}))

		b.review(t, id, decisionToWithdraw)
		stale := func() {
			t.Helper()
			for _, header := range []map[string]string{nil, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"If-Range": `"x"`, "Range": "bytes=1-"}} {
				want{status: 409, code: "export_stale", header: map[string]string{"ETag": "-"}}.check(t, b.world, b.send(call{method: "GET", path: made.link, header: header}))
			}
			want{status: 409}.check(t, b.world, b.send(call{method: "HEAD", path: made.link}))
			want{status: 200, body: []string{fmt.Sprintf(`"stale_items":[{"asset_id":"%s","version":1}]`, id)}}.check(t, b.world, b.send(call{method: "GET", path: path, as: b.bearers["read"]}))
		}
		stale()
		b.review(t, id, assets.Decision{Action: assets.ActionSubmit})
		b.review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 1}) // given again
		stale()
		again := b.freeze(t, "w1")
		download(t, b, again.link)
		b.review(t, id, assets.Decision{Action: assets.ActionArchive})
		made, path = again, base+"/exports/"+string(again.ID)
		stale()
	})
}

// TestEXP02FrozenBytesStay: newer work, an edit, a restart, another process.
func TestEXP02FrozenBytesStay(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		id := b.exportable()
		made := b.freeze(t, "w1")
		all, etag := download(t, b, made.link)

		if _, err := b.lib.AddVersion(t.Context(), maker("w1"), id, assets.NewVersion{Text: "newer"}); err != nil {
			t.Fatal(err)
		}
		b.review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		title := "Edited"
		if _, err := b.lib.Edit(t.Context(), maker("w1"), id, assets.Edit{Title: &title, ClearTags: true}); err != nil {
			t.Fatal(err)
		}
		other := newBench(t, db, func(c *assets.Config, _ *httpx.Options) { c.Blobs = b.blobs })
		for _, process := range []*bench{b, other} {
			if again, tag := download(t, process, made.link); !bytes.Equal(again, all) || tag != etag {
				t.Error("the archive differs")
			}
		}
	})
}

// TestEXP03DamageBreaksTheTransfer: never a complete archive.
func TestEXP03DamageBreaksTheTransfer(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		b.exportable()
		b.approved(t, "Read ahead", bytes.NewReader(make([]byte, 1<<20)))
		made := b.freeze(t, "w1")
		server := httptest.NewServer(b.mux)
		defer server.Close()
		for name, spoil := range map[string]func(io.ReadCloser, error) (io.ReadCloser, error){
			"altered": func(r io.ReadCloser, err error) (io.ReadCloser, error) {
				return struct {
					io.Reader
					io.Closer
				}{io.MultiReader(strings.NewReader("A"), skip(r)), r}, err
			},
			"short":   func(r io.ReadCloser, err error) (io.ReadCloser, error) { return broken(r, 3), err },
			"missing": failing(assets.ErrNotFound),
			"away":    failing(assets.ErrUnavailable),
		} {
			b.blobs.spoiled(spoil)
			resp, err := http.Get(server.URL + made.link) //nolint:noctx // a test's
			var got []byte
			if err == nil { // else it broke before the headers were sent
				got, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil || int64(len(got)) >= made.SizeBytes {
				t.Errorf("%s: %d bytes of %d, %v; want a broken transfer", name, len(got), made.SizeBytes, err)
			}
		}
		server.Close() // the handlers have ended, and logged
		if n := strings.Count(b.log.String(), "request failed"); n < 4 {
			t.Errorf("%d of 4 are logged: %s", n, b.log)
		}
	})
}

func skip(r io.Reader) io.Reader {
	_, _ = r.Read(make([]byte, 1))
	return r
}

// TestEXP08ExpiryEndsNoTransfer: later requests are told that it has expired.
func TestEXP08ExpiryEndsNoTransfer(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		var late atomic.Int64
		b := newBench(t, db, func(c *assets.Config, _ *httpx.Options) {
			c.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
		})
		b.approved(t, "Large", strings.NewReader(strings.Repeat("content ", 2<<20)))
		made := b.freeze(t, "w1")
		server := httptest.NewServer(b.mux)
		defer server.Close()
		resp, err := http.Get(server.URL + made.link) //nolint:noctx // a test's
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()

		late.Store(int64(25 * time.Hour))
		rest := b.send(call{method: "GET", path: made.link, header: map[string]string{"Range": "bytes=100-"}})
		want{status: 410, code: "expired", header: map[string]string{"ETag": "-"}}.check(t, b.world, rest)
		if got, err := io.ReadAll(resp.Body); err != nil || int64(len(got)) != made.SizeBytes {
			t.Errorf("%d bytes of %d, %v", len(got), made.SizeBytes, err)
		}
	})
}
