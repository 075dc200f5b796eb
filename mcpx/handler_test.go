package mcpx_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

func TestHandlerRequiresAuthenticate(t *testing.T) {
	t.Parallel()
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "HTTPOptions.Authenticate is required") {
			t.Errorf("Handler panics with %q", text)
		}
	}()
	mcpx.Handler(assetstest.New(t), mcpx.HTTPOptions{})
}

// Without a valid credential every request gets the same 401 as from the routes.
func TestUnauthorizedLikeRoutesAUTH01(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	_, header, want := ts.rest("none", "GET", base, "")
	ts.keys["malformed"], ts.keys["unknown"] = "x", "tnx_abcdefgh_"+strings.Repeat("0", 49)
	for _, key := range []string{"none", "revoked", "malformed", "unknown"} {
		for _, message := range []string{listTools, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "nonsense", ""} {
			status, h, body := ts.post(key, message)
			for _, r := range []http.Header{header, h} {
				r.Del("Date")
				r.Del("X-Request-Id")
			}
			if diff := cmp.Diff(header, h); status != http.StatusUnauthorized || body != string(want) || diff != "" {
				t.Errorf("%s: %d %s %s", key, status, body, diff)
			}
		}
	}
}

// Each call on one connection, with one session id, acts as its own key.
func TestInterleavedKeysMCP01(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for i := range 10 {
		for _, key := range []string{"user", "other", "agent", "read", "none", "revoked"} {
			got := ts.call(key, "create_asset", fmt.Sprintf(`{"type":"copy","title":"%s %d","text":"x"}`, key, i), "Mcp-Session-Id", "one-for-all")
			switch key {
			case "user", "other", "agent":
				workspace, owner := "w1", map[string]string{"user": "ann", "other": "olga", "agent": "bot"}[key]
				if key == "other" {
					workspace = "w2"
				}
				if got.Result["workspace_id"] != workspace || got.Result["created_by"] != owner {
					t.Errorf("%s: %s", key, got.Body)
				}
			case "read":
				if got.Refusal.Code != "forbidden_scope" {
					t.Errorf("%s: %s", key, got.Body)
				}
			default:
				if got.Status != http.StatusUnauthorized {
					t.Errorf("%s: %d %s", key, got.Status, got.Body)
				}
			}
		}
	}
	var wg sync.WaitGroup // concurrently, too
	for range 8 {
		for key, workspace := range map[string]string{"user": "w1", "other": "w2"} {
			wg.Go(func() {
				for range 20 {
					for _, item := range ts.mustCall(key, "list_assets", `{"limit":3}`)["items"].([]any) {
						if item.(map[string]any)["workspace_id"] != workspace {
							t.Errorf("%s was shown %v", key, item)
						}
					}
				}
			})
		}
	}
	wg.Wait()
}

// A revoked key fails on the next call.
func TestRevokedInSessionAUTH02(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	s := ts.client("agent")
	call := func() error {
		_, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_assets"})
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	if err := ts.ring.RevokeAny(t.Context(), strings.Split(ts.keys["agent"], "_")[1]); err != nil {
		t.Fatal(err)
	}
	if err := call(); err == nil {
		t.Error("a revoked key was let in")
	}
}

// A request of 50 MB is refused before it is read.
func TestEndlessRequestMCP03(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for _, chunked := range []bool{false, true} {
		sent := &countingReader{r: io.LimitReader(repeat('A'), 50<<20)}
		r, _ := http.NewRequestWithContext(t.Context(), "POST", ts.srv.URL+"/mcp", sent)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Authorization", "Bearer "+ts.keys["user"])
		if !chunked {
			r.ContentLength = 50 << 20
			r.Header.Set("Expect", "100-continue")
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			var broken net.Error
			if errors.As(err, &broken) || strings.Contains(err.Error(), "broken pipe") || strings.Contains(err.Error(), "reset") {
				sent.checkAtMost(t, 20<<20)
				continue // refused while it was being sent
			}
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "payload_too_large") {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		sent.checkAtMost(t, 20<<20)
	}
}

// countingReader counts the bytes that were read. The client's transport may
// still read from it after the response.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c *countingReader) checkAtMost(t *testing.T, most int64) {
	t.Helper()
	if n := c.n.Load(); n > most {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestForeignOriginsMCP02(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for _, tt := range []struct {
		header []string
		status int
	}{
		{nil, 200},
		{[]string{"Origin", "https://app.example"}, 200},
		{[]string{"Origin", "https://app.example:443"}, 200}, // the same origin
		{[]string{"Origin", "HTTPS://App.Example"}, 200},
		{[]string{"Origin", "https://app.example:80"}, 403},
		{[]string{"Origin", "https://app.example:8443"}, 403},
		{[]string{"Origin", "http://app.example"}, 403},
		{[]string{"Origin", "https://ported.example"}, 200}, // HTTPOptions.Origins has it with its port
		{[]string{"Origin", "http://plain.example"}, 200},
		{[]string{"Origin", "http://plain.example:443"}, 403},
		{[]string{"Origin", ts.srv.URL}, 200},
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Origin", "https://app.example.evil.example"}, 403},
		{[]string{"Origin", "http://evil.example:80", "Host", "evil.example:80"}, 403},
		{[]string{"Host", "evil.example"}, 403}, // DNS rebinding, in a browser that sends no Origin
		{[]string{"Host", "localhost:1"}, 200},
		{[]string{"Host", "localhost:1", "Origin", "http://localhost:1"}, 200}, // a page of the server itself
		{[]string{"Host", "localhost:1", "Origin", "http://127.0.0.1:1"}, 200}, // by another name
		{[]string{"Host", "localhost:1", "Origin", "http://[::1]:1"}, 200},
		{[]string{"Host", "localhost:1", "Origin", "http://localhost:2"}, 403},
		{[]string{"Host", "localhost:1", "Origin", strings.Replace(ts.srv.URL, "127.0.0.1", "localhost", 1)}, 200}, // of links
		{[]string{"Host", "localhost:1", "Origin", "http://localhost.evil.example:1"}, 403},
		{[]string{"Origin", "http://localhost:3000"}, 200}, // HTTPOptions.Origins has it by another name
		{[]string{"Origin", "http://localhost:3001"}, 403},
		{[]string{"Host", "app.example"}, 200},
		{[]string{"Host", "app.example:443"}, 200},
		{[]string{"Host", "APP.example"}, 200},
		{[]string{"Host", "ported.example"}, 200},
		{[]string{"Host", "app.example:80"}, 403},
		{[]string{"Host", "evil.example@app.example"}, 403},
		{[]string{"Host", "localhost", "Origin", "http://localhost:80"}, 200},
		{[]string{"Host", "localhost:80", "Origin", "http://localhost"}, 200},
		{[]string{"Host", "[::1]", "Origin", "http://[::1]:80"}, 200},
		{[]string{"Host", "localhost", "Origin", "http://localhost:81"}, 403},
	} {
		for _, key := range []string{"user", "none"} {
			want := tt.status
			if key == "none" && want == 200 {
				want = 401
			}
			status, _, body := ts.post(key, listTools, tt.header...)
			if status != want || want == 403 && !strings.Contains(body, `"code":"forbidden_origin"`) {
				t.Errorf("%v as %s: %d %s, want %d", tt.header, key, status, body, want)
			}
		}
	}
}

func TestMethodNotAllowed(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		r, _ := http.NewRequestWithContext(t.Context(), method, ts.srv.URL+"/mcp", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+ts.keys["user"])
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}
