package httpx_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/store/memory"
)

const (
	benchObjects  = 256
	benchSize     = 2 << 20       // bytes of an object
	benchLinkRate = 1_250_000_000 // bytes per second: 10 Gbit/s
)

// BenchmarkDownload measures what reading ahead achieves: the rate at which an export is
// downloaded, compared with the floor. The floor is a handler that opens the same objects
// in the same folder and copies them to the same socket without verifying them.
//
// The line to hold is 10-gigabit, whose client is behind a simulated link of 10 Gbit/s:
// there the ratio must be at least 0.95. in-process has a client without a limit, which
// shares the processors with the server. It is printed for comparison.
//
// The figures are medians of the rounds. -benchtime 9x makes nine rounds.
func BenchmarkDownload(b *testing.B) {
	s := newDownloads(b)
	for _, client := range []struct {
		name  string
		limit func(io.Reader) io.Reader
	}{
		{"in-process", func(r io.Reader) io.Reader { return r }},
		{"10-gigabit", func(r io.Reader) io.Reader { return &link{Reader: r, begin: time.Now()} }},
	} {
		b.Run(client.name, func(b *testing.B) {
			var exported, floor, ratio []float64
			rate := func(d time.Duration) float64 { return benchObjects * benchSize / 1e6 / d.Seconds() }
			for b.Loop() {
				copied := rate(fetch(b, s.url+"/floor", benchObjects*benchSize, client.limit))
				verified := rate(fetch(b, s.url+s.export.Path, s.export.SizeBytes, client.limit))
				floor, exported, ratio = append(floor, copied), append(exported, verified), append(ratio, verified/copied)
			}
			b.ReportMetric(median(exported), "MB/s-export")
			b.ReportMetric(median(floor), "MB/s-floor")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// downloads is a server of an export and of the floor.
type downloads struct {
	url    string
	export resttest.CreatedExport
}

func newDownloads(b *testing.B) *downloads {
	b.Helper()
	dir, err := blob.OpenDir(filepath.Join(b.TempDir(), "content"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = dir.Close() })
	srv := resttest.NewWithKeys(b, memory.New(), func(c *assets.Config, _ *httpx.Options) { c.Blobs = dir })
	s := &downloads{}
	var keys []string
	for i := range benchObjects {
		content := bytes.Repeat([]byte{byte(i), 0x80, 0xff, byte(i >> 8)}, benchSize/4)
		id := srv.CreateApproved(b, fmt.Sprint("object ", i), bytes.NewReader(content))
		v, err := srv.DB.Version(b.Context(), "w1", id, 1)
		if err != nil {
			b.Fatal(err)
		}
		keys = append(keys, v.Key)
	}
	s.export = srv.CreateExport(b, "w1")
	srv.Mux.HandleFunc("/floor", func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("Content-Length", strconv.Itoa(benchObjects*benchSize))
		for _, key := range keys {
			object, err := dir.Open(r.Context(), key, 0, -1)
			if err != nil {
				panic(err)
			}
			_, _ = io.Copy(out, object)
			_ = object.Close()
		}
	})
	server := httptest.NewUnstartedServer(srv.Mux)
	_ = server.Listener.Close()
	listen := net.ListenConfig{Control: withoutPacing}
	if server.Listener, err = listen.Listen(b.Context(), "tcp", "127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	server.Start()
	b.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// fetch downloads url and returns the time that it took.
func fetch(b *testing.B, url string, want int64, limit func(io.Reader) io.Reader) time.Duration {
	b.Helper()
	begin := time.Now()
	resp, err := http.Get(url) //nolint:noctx // a benchmark's
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, limit(resp.Body)); err != nil || n != want {
		b.Fatalf("%d bytes of %d, %v", n, want, err)
	}
	return time.Since(begin)
}

// link is a Reader that reads benchLinkRate on average.
type link struct {
	io.Reader
	begin time.Time
	n     int64 // bytes read
}

func (l *link) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	l.n += int64(n)
	if early := time.Duration(float64(l.n)/benchLinkRate*1e9) - time.Since(l.begin); early > time.Millisecond {
		time.Sleep(early)
	}
	return n, err
}
