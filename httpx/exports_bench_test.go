package httpx_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
)

// BenchmarkDownload downloads an export over a socket, and beside it the floor:
// the same objects, copied from the same folder to a socket one after the other.
func BenchmarkDownload(b *testing.B) {
	const objects, size = 64, 2 << 20
	dir, err := blob.OpenDir(filepath.Join(b.TempDir(), "content"))
	if err != nil {
		b.Fatal(err)
	}
	defer dir.Close()
	w := newBench(b, memory.New(), func(c *assets.Config, _ *httpx.Options) { c.Blobs = dir })
	var keys []string
	for i := range objects {
		content := bytes.Repeat([]byte{byte(i), 0x80, 0xff, byte(i >> 8)}, size/4)
		made, err := w.lib.Create(b.Context(), maker("w1"), assets.NewAsset{
			Type: assets.TypeBundle, Title: fmt.Sprint("object ", i), NewVersion: assets.NewVersion{Content: bytes.NewReader(content)},
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.lib.Review(b.Context(), maker("w1"), made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
			b.Fatal(err)
		}
		v, err := w.db.Version(b.Context(), "w1", made.ID, 1)
		if err != nil {
			b.Fatal(err)
		}
		keys = append(keys, v.Key)
	}
	x, err := export.New(export.Config{Library: w.lib})
	if err != nil {
		b.Fatal(err)
	}
	made, err := x.Create(b.Context(), maker("w1"), export.Request{})
	if err != nil {
		b.Fatal(err)
	}
	w.mux.HandleFunc("/floor", func(out http.ResponseWriter, r *http.Request) {
		for _, key := range keys {
			object, err := dir.Open(r.Context(), key, 0, -1)
			if err != nil {
				panic(err)
			}
			_, _ = io.Copy(out, object)
			_ = object.Close()
		}
	})
	server := httptest.NewServer(w.mux)
	defer server.Close()

	var exported, floor time.Duration
	b.SetBytes(2 * objects * size)
	for b.Loop() {
		floor += fetch(b, server.URL+"/floor", objects*size)
		exported += fetch(b, server.URL+strings.TrimPrefix(made.URL, w.lib.PublicURL()), made.SizeBytes)
	}
	rate := func(d time.Duration) float64 { return float64(b.N) * objects * size / 1e6 / d.Seconds() }
	b.ReportMetric(rate(exported), "MB/s-export")
	b.ReportMetric(rate(floor), "MB/s-floor")
	b.ReportMetric(rate(exported)/rate(floor), "ratio")
}

func fetch(b *testing.B, url string, want int64) time.Duration {
	b.Helper()
	begin := time.Now()
	resp, err := http.Get(url) //nolint:noctx // a benchmark's
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != want {
		b.Fatalf("%d bytes of %d, %v", n, want, err)
	}
	return time.Since(begin)
}
