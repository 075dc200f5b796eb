package httpx_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/store"
)

// TestVolumeHundredStreams: 100 streams whose clients read nothing take at most 32 MiB, with
// the clients, which are in the same process. Each is to get events that are as large as
// callers can make them, and reads them from the journal by itself.
func TestVolumeHundredStreams(t *testing.T) {
	srv := resttest.New(t, resttest.WithDatabase(backends.SQLite(t, store.Options{Relaxed: true})))
	server, writing := serveSlowly(t, srv)
	const streams, changes = 100, 10
	made := srv.Must(201, call{Method: "POST", Path: base, As: "writer", Body: `{"type":"copy","title":"t","text":"x","tags":` + largestTags(t) + `}`})
	comment := call{
		Method: "POST", Path: fmt.Sprintf("%s/%s/comments", base, made["id"]), As: "writer",
		Body: `{"version":1,"text":"` + strings.Repeat(longest, assets.MaxComment) + `"}`,
	}
	for range changes - 1 {
		srv.Must(201, comment)
	}
	before := inUse()
	var all []*eventSource
	for range streams {
		all = append(all, stream(t, server, "", ""))
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	peak, since := int64(0), 0
	for since < 20 { // and what is read ahead of the writes is read
		<-tick.C
		if used := inUse() - before; used > peak || writing.Load() < streams {
			peak, since = max(peak, used), 0
		} else {
			since++
		}
	}
	if peak > 32<<20 {
		t.Errorf("%d streams take %d MiB", streams, peak>>20)
	} else {
		t.Logf("%d streams take %d KiB", streams, peak>>10)
	}
	var reading sync.WaitGroup
	for _, s := range all {
		reading.Go(func() {
			for n := range changes {
				if _, ok := s.next(); !ok {
					t.Errorf("a stream has ended after %d events", n)
					return
				}
			}
		})
	}
	reading.Wait()
}

// longest is a character of the most bytes.
const longest = "\U0001F600"

// largestTags returns tags that take as many bytes as tags can.
func largestTags(t *testing.T) string {
	t.Helper()
	tags := assets.Tags{}
	for i := range assets.MaxTagPairs {
		tags[fmt.Sprintf("%064d", i)] = []string{strings.Repeat(longest, assets.MaxTagValue)}
	}
	text, err := json.Marshal(tags)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// serveSlowly serves the routes over TCP with small buffers, so that the system holds little
// of what clients do not read, and counts the writes that wait for them.
func serveSlowly(t *testing.T, srv *resttest.Server) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	const buffer = 8 << 10
	server := httptest.NewUnstartedServer(srv.Mux)
	writing := new(atomic.Int64)
	server.Listener = slowListener{server.Listener, buffer, writing}
	server.Start()
	t.Cleanup(server.Close)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(buffer)
		}
		return conn, err
	}
	server.Client().Transport = &http.Transport{DialContext: dial}
	return server, writing
}

type slowListener struct {
	net.Listener
	buffer  int
	writing *atomic.Int64
}

func (l slowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return slowConn{conn, l.writing}, conn.(*net.TCPConn).SetWriteBuffer(l.buffer)
}

type slowConn struct {
	net.Conn
	writing *atomic.Int64
}

func (c slowConn) Write(p []byte) (int, error) {
	c.writing.Add(1)
	defer c.writing.Add(-1)
	return c.Conn.Write(p)
}

// inUse returns the bytes of heap and stacks in use.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse) //nolint:gosec // far below the limit
}
