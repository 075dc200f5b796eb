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
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestStaleExportEXP01: after a withdrawal an export cannot be downloaded any more, even
// if the version is approved again.
func TestStaleExportEXP01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		id := srv.CreateExportable()
		srv.CreateExportable()
		made := srv.CreateExport(t, "w1")
		path := base + "/exports/" + string(made.ID)
		want{Status: 200, Body: []string{`"stale_items":[]`}}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: path, As: srv.Bearers["read"]}))

		srv.Review(t, id, withdrawal)
		stale := func() {
			t.Helper()
			for _, header := range []map[string]string{nil, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"If-Range": `"x"`, "Range": "bytes=1-"}} {
				want{Status: 409, Code: "export_stale", Header: map[string]string{"ETag": "-"}}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: made.Path, Header: header}))
			}
			want{Status: 409}.Check(t, srv.Server, srv.Send(call{Method: "HEAD", Path: made.Path}))
			want{Status: 200, Body: []string{fmt.Sprintf(`"stale_items":[{"asset_id":"%s","version":1}]`, id)}}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: path, As: srv.Bearers["read"]}))
		}
		stale()
		srv.Review(t, id, assets.Decision{Action: assets.ActionSubmit})
		srv.Review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 1}) // approved again
		stale()
		again := srv.CreateExport(t, "w1")
		download(t, srv, again.Path)
		srv.Review(t, id, assets.Decision{Action: assets.ActionArchive})
		made, path = again, base+"/exports/"+string(again.ID)
		stale()
	})
}

// TestArchiveDoesNotChangeEXP02: neither a newer version, nor an edit, nor another
// process changes the bytes of an archive.
func TestArchiveDoesNotChangeEXP02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		id := srv.CreateExportable()
		made := srv.CreateExport(t, "w1")
		all, etag := download(t, srv, made.Path)

		if _, err := srv.Lib.AddVersion(t.Context(), resttest.Maker("w1"), id, assets.NewVersion{Text: "newer"}); err != nil {
			t.Fatal(err)
		}
		srv.Review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		title := "Edited"
		if _, err := srv.Lib.Edit(t.Context(), resttest.Maker("w1"), id, assets.Edit{Title: &title, ClearTags: true}); err != nil {
			t.Fatal(err)
		}
		other := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) { c.Blobs = srv.Blobs })
		for _, process := range []*resttest.KeyServer{srv, other} {
			if again, tag := download(t, process, made.Path); !bytes.Equal(again, all) || tag != etag {
				t.Error("the archive differs")
			}
		}
	})
}

// TestDamagedContentAbortsTheDownloadEXP03: damaged content never ends up in a complete
// archive.
func TestDamagedContentAbortsTheDownloadEXP03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		srv.CreateExportable()
		srv.CreateApproved(t, "Read ahead", bytes.NewReader(make([]byte, 1<<20)))
		made := srv.CreateExport(t, "w1")
		server := httptest.NewServer(srv.Mux)
		defer server.Close()
		for name, spoil := range map[string]func(io.ReadCloser, error) (io.ReadCloser, error){
			"altered": func(r io.ReadCloser, err error) (io.ReadCloser, error) {
				return struct {
					io.Reader
					io.Closer
				}{io.MultiReader(strings.NewReader("A"), skip(r)), r}, err
			},
			"short":   func(r io.ReadCloser, err error) (io.ReadCloser, error) { return resttest.FailAfter(r, 3), err },
			"missing": resttest.FailOpen(assets.ErrNotFound),
			"away":    resttest.FailOpen(assets.ErrUnavailable),
		} {
			srv.Blobs.SetFault(spoil)
			resp, err := http.Get(server.URL + made.Path) //nolint:noctx // in a test
			var got []byte
			if err == nil { // else the connection was aborted before the headers were sent
				got, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil || int64(len(got)) >= made.SizeBytes {
				t.Errorf("%s: %d bytes of %d, %v; want an aborted transfer", name, len(got), made.SizeBytes, err)
			}
		}
		server.Close() // waits for the handlers, which log
		if n := strings.Count(srv.Log.String(), "request failed"); n < 4 {
			t.Errorf("%d of 4 are logged: %s", n, srv.Log)
		}
	})
}

func skip(r io.Reader) io.Reader {
	_, _ = r.Read(make([]byte, 1))
	return r
}

// TestExpiryDuringADownloadEXP08: a download that has begun is completed after the
// export has expired; later requests are refused.
func TestExpiryDuringADownloadEXP08(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		var late atomic.Int64
		srv := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) {
			c.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
		})
		srv.CreateApproved(t, "Large", strings.NewReader(strings.Repeat("content ", 2<<20)))
		made := srv.CreateExport(t, "w1")
		server := httptest.NewServer(srv.Mux)
		defer server.Close()
		resp, err := http.Get(server.URL + made.Path) //nolint:noctx // in a test
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()

		late.Store(int64(25 * time.Hour))
		rest := srv.Send(call{Method: "GET", Path: made.Path, Header: map[string]string{"Range": "bytes=100-"}})
		want{Status: 410, Code: "expired", Header: map[string]string{"ETag": "-"}}.Check(t, srv.Server, rest)
		if got, err := io.ReadAll(resp.Body); err != nil || int64(len(got)) != made.SizeBytes {
			t.Errorf("%d bytes of %d, %v", len(got), made.SizeBytes, err)
		}
	})
}
