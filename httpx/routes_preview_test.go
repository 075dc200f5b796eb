package httpx_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"gocloud.dev/blob/driver"
	"gocloud.dev/blob/fileblob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestInvalidPreviewParameters(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"preview of a version unknown", call{Method: "GET", Path: "{base}/{id}/preview?version=2147483648", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"CLK02 lifetime of 0 s", call{Method: "GET", Path: "{base}/{id}/preview-url?expires_in=0", As: "reader"}, want{Status: 422, Locs: []string{"query.expires_in"}}},
		{"CLK02 lifetime that overflows", call{Method: "GET", Path: "{base}/{id}/preview-url?expires_in=1000000000000000000", As: "reader"}, want{Status: 422, Locs: []string{"query.expires_in"}}},
		{"CLK02 lifetime one second too long", call{Method: "GET", Path: "{base}/{id}/preview-url?expires_in=604801", As: "reader"}, want{Status: 422, Locs: []string{"query.expires_in"}}},
	})
}

func TestInlinePreview(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.Upload("image", "image/png", "höhe.png", png)
	srv.Vars["link"] = srv.PreviewPath("")
	shown := map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache, no-transform", "Referrer-Policy": "no-referrer",
		"Content-Disposition":     `inline; filename="h_he.png"; filename*=UTF-8''h%C3%B6he.png`,
		"Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
	}
	public := map[string]string{"Cross-Origin-Resource-Policy": "cross-origin"}
	for _, s := range []scenario{
		{"public", call{Method: "GET", Path: "{link}"}, want{Status: 200, Header: shown, Body: []string{string(png)}}},
		{"public, from anywhere", call{Method: "GET", Path: "{link}?utm_source=mail", Header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, want{Status: 200, Header: public}},
		{"public head", call{Method: "HEAD", Path: "{link}"}, want{Status: 200, Header: shown}},
		{"public range", call{Method: "GET", Path: "{link}", Header: map[string]string{"Range": "bytes=0-3"}}, want{Status: 206, Header: shown}},
		{"public download", call{Method: "GET", Path: "{link}?download=1"}, want{Status: 200, Header: map[string]string{
			"Content-Disposition": `attachment; filename="h_he.png"; filename*=UTF-8''h%C3%B6he.png`, "Content-Security-Policy": "sandbox; default-src 'none'",
		}}},
		{"in app", call{Method: "GET", Path: base + "/{id}/preview?version=1", As: "reader"}, want{Status: 200, Header: shown}},
		{"in app, unknown parameter", call{Method: "GET", Path: base + "/{id}/preview?download=2&w=1", As: "reader"}, want{Status: 422, Locs: []string{"query.download", "query.w"}}},
		{"in app, unknown version", call{Method: "GET", Path: base + "/{id}/preview?version=2", As: "reader"}, want{Status: 404}},
		{"PRV01 forged", call{Method: "GET", Path: "{link}x"}, want{Status: 404, Code: "not_found"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.want.Check(t, srv, srv.Send(s.call))
		})
	}
}

func TestTokensAreNotLoggedLOG01(t *testing.T) { backends.EachDatabase(t, tokensStayOutOfTheLog) }

func tokensStayOutOfTheLog(t *testing.T, db backends.Database) {
	srv := resttest.New(t, resttest.WithDatabase(db))
	srv.CreateText("x", "text")
	link := srv.PreviewPath("")
	srv.Blobs.Fault = resttest.FailOpen(assets.ErrNotFound)
	want{Status: 500, Code: "internal_error"}.Check(t, srv, srv.Send(call{Method: "GET", Path: link}))
	token := link[strings.LastIndexByte(link, '/')+1:]
	if log := srv.Log.String(); log == "" || strings.Contains(log, token) {
		t.Errorf("log: %s", log)
	}
}

func TestExpiredAndWithdrawnLinksPRV04(t *testing.T) {
	t.Parallel()
	now := time.Now()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.Now = func() time.Time { return now } })
	srv.CreateText("x", "text")
	short, long := srv.PreviewPath("?expires_in=1"), srv.PreviewPath("?expires_in=604800")
	now = now.Add(2 * time.Second)
	want{Status: 410, Code: "expired"}.Check(t, srv, srv.Send(call{Method: "GET", Path: short}))
	srv.Must(200, call{Method: "POST", Path: base + "/{id}/approval", As: "writer", Body: `{"action":"archive"}`})
	want{Status: 410, Code: "withdrawn", Header: map[string]string{"Cache-Control": "no-store"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: long}))
	srv.Must(200, call{Method: "POST", Path: base + "/{id}/approval", As: "writer", Body: `{"action":"reopen"}`})
	srv.Must(204, call{Method: "DELETE", Path: base + "/{id}", As: "writer"})
	want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: long}))
}

// TestPreviewsAreNotCachedPRV07 tests the headers that keep shared caches from storing a
// preview, and browsers from sending its address as a Referer.
func TestPreviewsAreNotCachedPRV07(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.CreateText("See https://elsewhere.example/ and [this](https://elsewhere.example/x).", "text")
	srv.Vars["link"] = srv.PreviewPath("")
	for _, method := range []string{"GET", "HEAD"} {
		rec := srv.Send(call{Method: method, Path: "{link}"})
		want{Status: 200, Header: map[string]string{
			"Cache-Control": "private, no-cache, no-transform", "Referrer-Policy": "no-referrer", "Expires": "-", "Last-Modified": "-",
		}}.Check(t, srv, rec)
	}
	srv.Must(200, call{Method: "POST", Path: base + "/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
	etag := srv.Send(call{Method: "GET", Path: "{link}"})
	want{Status: 410, Code: "withdrawn", Header: map[string]string{"ETag": "-"}}.Check(t, srv, etag)
	revalidated := srv.Send(call{Method: "GET", Path: "{link}", Header: map[string]string{"If-None-Match": "*"}})
	want{Status: 410, Code: "withdrawn"}.Check(t, srv, revalidated)
}

// urlSigner signs links to objects of a bucket. It must not be called.
type urlSigner struct{ t *testing.T }

func (s urlSigner) URLFromKey(context.Context, string, *driver.SignedURLOptions) (*url.URL, error) {
	s.t.Error("a link was signed by the bucket")
	return &url.URL{Scheme: "https", Host: "bucket.example"}, nil
}

func (s urlSigner) KeyFromURL(context.Context, *url.URL) (string, error) { return "", nil }

// TestPreviewsAreNotSignedByTheBucketPRV08: previews are served by the routes even if the
// bucket can sign links, so that they end when the asset is archived.
func TestPreviewsAreNotSignedByTheBucketPRV08(t *testing.T) {
	t.Parallel()
	signing, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{URLSigner: urlSigner{t}, NoTempDir: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = signing.Close() })
	srv := resttest.New(t, func(cfg *assets.Config, _ *httpx.Options) { cfg.Blobs = bucket.New(signing) })
	srv.Upload("image", "image/png", "hero.png", png)
	srv.Vars["link"] = srv.PreviewPath("?expires_in=" + "3600")
	want{Status: 200, Header: map[string]string{"Location": "-"}, Body: []string{string(png)}}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{link}"}))
	page, err := srv.Lib.List(t.Context(), resttest.KnownActors()["reader"], assets.Query{PreviewExpiresIn: time.Hour})
	if err != nil || !strings.HasPrefix(page.Items[0].PreviewURL, "https://assets.example/api/v1/public/assets/preview/") {
		t.Errorf("%+v, %v", page.Items, err)
	}
	srv.Must(200, call{Method: "POST", Path: base + "/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
	want{Status: 410, Code: "withdrawn"}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{link}"}))
}
