package httpx_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
)

// The objects of BenchmarkDownload.
const (
	benchObjects = 256
	benchSize    = 2 << 20
	benchLink    = 1_250_000_000 // bytes a second, of 10 Gbit/s
)

// BenchmarkDownload downloads an export, and beside it the floor: the same
// objects, opened in the same folder and copied to the same socket one after
// the other, unchecked. Each is read by a client in this process, by curl, and
// by a client behind a link of 10 Gbit/s. Figures are medians of the rounds, of
// which -benchtime 9x makes nine.
func BenchmarkDownload(b *testing.B) {
	s := newDownloads(b)
	for _, client := range []struct {
		name  string
		fetch func(b *testing.B, url string, want int64) time.Duration
	}{{"in-process", fetch}, {"curl", fetchByCurl}, {"10-gigabit", fetchByLink}} {
		b.Run(client.name, func(b *testing.B) {
			var exported, floor, hashed, ratio []float64
			rate := func(d time.Duration) float64 { return benchObjects * benchSize / 1e6 / d.Seconds() }
			for b.Loop() {
				copied := rate(client.fetch(b, s.url+"/floor", benchObjects*benchSize))
				checked := rate(client.fetch(b, s.url+s.export.link, s.export.SizeBytes))
				floor, exported, ratio = append(floor, copied), append(exported, checked), append(ratio, checked/copied)
				hashed = append(hashed, rate(s.hash()))
			}
			b.ReportMetric(median(exported), "MB/s-export")
			b.ReportMetric(median(floor), "MB/s-floor")
			b.ReportMetric(median(hashed), "MB/s-sha256")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// downloads is a server of an export and of its floor.
type downloads struct {
	url     string
	export  frozen
	content []byte
}

func newDownloads(b *testing.B) *downloads {
	b.Helper()
	dir, err := blob.OpenDir(filepath.Join(b.TempDir(), "content"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = dir.Close() })
	w := newBench(b, memory.New(), func(c *assets.Config, _ *httpx.Options) { c.Blobs = dir })
	s := &downloads{}
	var keys []string
	for i := range benchObjects {
		s.content = bytes.Repeat([]byte{byte(i), 0x80, 0xff, byte(i >> 8)}, benchSize/4)
		id := w.approved(b, fmt.Sprint("object ", i), bytes.NewReader(s.content))
		v, err := w.db.Version(b.Context(), "w1", id, 1)
		if err != nil {
			b.Fatal(err)
		}
		keys = append(keys, v.Key)
	}
	s.export = w.freeze(b, "w1")
	w.mux.HandleFunc("/floor", func(out http.ResponseWriter, r *http.Request) {
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
	server := httptest.NewUnstartedServer(w.mux)
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

// hash takes the time of SHA-256 alone.
func (s *downloads) hash() time.Duration {
	begin := time.Now()
	for range benchObjects {
		_ = sha256.Sum256(s.content)
	}
	return time.Since(begin)
}

func fetch(b *testing.B, url string, want int64) time.Duration {
	b.Helper()
	return fetchThrough(b, url, want, func(r io.Reader) io.Reader { return r })
}

func fetchByLink(b *testing.B, url string, want int64) time.Duration {
	b.Helper()
	return fetchThrough(b, url, want, func(r io.Reader) io.Reader { return &link{Reader: r, begin: time.Now()} })
}

func fetchThrough(b *testing.B, url string, want int64, through func(io.Reader) io.Reader) time.Duration {
	b.Helper()
	begin := time.Now()
	resp, err := http.Get(url) //nolint:noctx // a benchmark's
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, through(resp.Body)); err != nil || n != want {
		b.Fatalf("%d bytes of %d, %v", n, want, err)
	}
	return time.Since(begin)
}

// link lets through benchLink.
type link struct {
	io.Reader
	begin time.Time
	n     int64
}

func (l *link) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	l.n += int64(n)
	if early := time.Duration(float64(l.n)/benchLink*1e9) - time.Since(l.begin); early > time.Millisecond {
		time.Sleep(early)
	}
	return n, err
}

// fetchByCurl takes the time that curl tells, without that of its start.
func fetchByCurl(b *testing.B, url string, want int64) time.Duration {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "curl", "-sS", "--fail", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", url).Output()
	if err != nil {
		b.Skipf("needs curl: %v", err)
	}
	size, took, _ := strings.Cut(string(out), " ")
	seconds, err := strconv.ParseFloat(took, 64)
	if err != nil || size != fmt.Sprint(want) {
		b.Fatalf("curl says %s of %d bytes, %v", out, want, err)
	}
	return time.Duration(seconds * float64(time.Second))
}
