package routers_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	ginzip "github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
)

// everywhere puts gin's recovery and compression around the routes, as hosts do that have
// not read that they must not.
func everywhere(lib *assets.Library, opts httpx.Options, _ *slog.Logger) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.RecoveryWithWriter(io.Discard), ginzip.Gzip(ginzip.DefaultCompression))
	h := gin.WrapH(httpx.Handler(lib, opts))
	r.Any(lib.BasePath(), h)
	r.Any(lib.BasePath()+"/*below", h)
	return r
}

// TestGinAroundTheRoutesHOS13: gin's recovery completes a response that is broken off, and
// its gzip compresses whatever it is told. A damaged content is no complete response even
// so, and what is compressed has neither a range nor the strong ETag of the content.
func TestGinAroundTheRoutesHOS13(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"small": 1000, "large": 3 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, blobs, _ := serve(t, everywhere)
			content := bytes.Repeat([]byte("0123456789abcdef"), size/16)
			path := c.upload(content) + "/versions/1/content"
			for _, header := range [][]string{nil, {"Range", "bytes=100-199"}} {
				resp, got := c.want(200, "GET", path, "", nil, header...)
				zipped, err := gzip.NewReader(bytes.NewReader(got))
				if err != nil {
					t.Fatalf("%v: %v, %v", header, resp, err)
				}
				if got, err = io.ReadAll(zipped); err != nil || !bytes.Equal(got, content) {
					t.Errorf("%v: %d bytes, %v", header, len(got), err)
				}
				h := resp.header
				if !strings.HasPrefix(h.Get("ETag"), `W/"sha256:`) || h.Get("Content-Digest") != "" || h.Get("Repr-Digest") != "" || h.Get("Accept-Ranges") != "none" {
					t.Errorf("%v: %v", header, h)
				}
				c.want(304, "GET", path, "", nil, "If-None-Match", h.Get("ETag"))
			}
			blobs.damage()
			for _, header := range [][]string{nil, {"Range", "bytes=100-"}} {
				resp, got, err := c.do("GET", path, "", nil, header...)
				if err == nil && resp.status < 500 {
					t.Errorf("damaged, %v: %d with %d bytes, %v", header, resp.status, len(got), resp.header)
				}
			}
		})
	}
}
