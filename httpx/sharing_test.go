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
)

// TestPRV07NothingOfAPreviewIsShared: no cache in between may keep it, and a
// link on it tells nobody where it was.
func TestPRV07NothingOfAPreviewIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("See https://elsewhere.example/ and [this](https://elsewhere.example/x).", "text")
	w.vars["link"] = w.link("")
	for _, method := range []string{"GET", "HEAD"} {
		rec := w.send(call{method: method, path: "{link}"})
		want{status: 200, header: map[string]string{
			"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "Expires": "-", "Last-Modified": "-",
		}}.check(t, w, rec)
	}
	w.must(200, call{method: "POST", path: base + "/{id}/approval", as: "ann", body: `{"action":"archive"}`})
	etag := w.send(call{method: "GET", path: "{link}"})
	want{status: 410, code: "withdrawn", header: map[string]string{"ETag": "-"}}.check(t, w, etag)
	revalidated := w.send(call{method: "GET", path: "{link}", header: map[string]string{"If-None-Match": "*"}})
	want{status: 410, code: "withdrawn"}.check(t, w, revalidated)
}

// signer is a bucket's own way to hand out links: never to be used.
type signer struct{ t *testing.T }

func (s signer) URLFromKey(context.Context, string, *driver.SignedURLOptions) (*url.URL, error) {
	s.t.Error("a link was signed by the bucket")
	return &url.URL{Scheme: "https", Host: "bucket.example"}, nil
}

func (s signer) KeyFromURL(context.Context, *url.URL) (string, error) { return "", nil }

// TestPRV08EveryPreviewByteIsChecked: a bucket that could sign links is not
// asked to, and an archived asset shows nothing more.
func TestPRV08EveryPreviewByteIsChecked(t *testing.T) {
	t.Parallel()
	signing, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{URLSigner: signer{t}, NoTempDir: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = signing.Close() })
	w := newWorld(t, func(cfg *assets.Config, _ *httpx.Options) { cfg.Blobs = bucket.New(signing) })
	w.upload("image", "image/png", "hero.png", png)
	w.vars["link"] = w.link("?expires_in=" + "3600")
	want{status: 200, header: map[string]string{"Location": "-"}, body: []string{string(png)}}.check(t, w, w.send(call{method: "GET", path: "{link}"}))
	page, err := w.lib.List(t.Context(), ring()["reader"], assets.Query{PreviewExpiresIn: time.Hour})
	if err != nil || !strings.HasPrefix(page.Items[0].PreviewURL, "https://assets.example/api/v1/public/assets/preview/") {
		t.Errorf("%+v, %v", page.Items, err)
	}
	w.must(200, call{method: "POST", path: base + "/{id}/approval", as: "ann", body: `{"action":"archive"}`})
	want{status: 410, code: "withdrawn"}.check(t, w, w.send(call{method: "GET", path: "{link}"}))
}
