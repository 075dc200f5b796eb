package mcpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/store/memory"
)

const (
	base      = "/api/v1/assets"
	listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
)

// testServer serves one library over REST and MCP. It has API keys by name.
type testServer struct {
	*testing.T
	lib  *assets.Library
	ring *apikey.Ring
	keys map[string]string // bearers by name
	srv  *httptest.Server
	log  *syncBuffer
}

func newTestServer(t *testing.T, change ...func(*assets.Config)) *testServer {
	t.Helper()
	ts := &testServer{T: t, keys: map[string]string{"none": ""}, log: new(syncBuffer)}
	mux := http.NewServeMux()
	ts.srv = httptest.NewServer(mux)
	t.Cleanup(ts.srv.Close)
	cfg := assetstest.Config()
	cfg.PublicURL = ts.srv.URL
	cfg.ReviewURL = func(id assets.ID) string { return "https://app.example/review/" + string(id) }
	cfg.Logger = slog.New(slog.NewJSONHandler(ts.log, nil))
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if ts.lib, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	if ts.ring, err = apikey.New(apikey.Config{Store: cfg.Store.(apikey.Store)}); err != nil {
		t.Fatal(err)
	}
	httpx.Mount(mux, ts.lib, httpx.Options{Authenticate: httpx.Bearer(ts.ring)})
	mux.Handle("/mcp", mcpx.Handler(ts.lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(ts.ring), Origins: []string{"https://app.example", "http://127.0.0.1:3000", "https://Ported.example:443", "http://plain.example:80"}}))
	for _, k := range []struct {
		name, workspace, owner string
		kind                   assets.Kind
		scopes                 []assets.Scope
	}{
		{"user", "w1", "ann", assets.KindUser, []assets.Scope{assets.ScopeAll}},
		{"read", "w1", "rita", assets.KindUser, []assets.Scope{assets.ScopeRead}},
		{"write", "w1", "will", assets.KindService, []assets.Scope{assets.ScopeWrite}},
		{"approve", "w1", "anna", assets.KindUser, []assets.Scope{assets.ScopeApprove}},
		{"agent", "w1", "bot", assets.KindAgent, []assets.Scope{assets.ScopeAll}},
		{"other", "w2", "olga", assets.KindUser, []assets.Scope{assets.ScopeAll}},
		{"revoked", "w1", "rob", assets.KindUser, []assets.Scope{assets.ScopeAll}},
	} {
		bearer, key, err := ts.ring.Mint(t.Context(), apikey.NewKey{Workspace: k.workspace, Owner: k.owner, Kind: k.kind, Scopes: k.scopes})
		if err == nil && k.name == "revoked" {
			err = ts.ring.Revoke(t.Context(), key.Workspace, key.Prefix)
		}
		if err != nil {
			t.Fatal(err)
		}
		ts.keys[k.name] = bearer
	}
	return ts
}

// client returns an MCP session that is authenticated with a key.
func (ts *testServer) client(key string) *mcp.ClientSession {
	ts.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(ts.Context(), &mcp.StreamableClientTransport{
		Endpoint: ts.srv.URL + "/mcp", HTTPClient: &http.Client{Transport: bearerTransport{ts.keys[key]}},
	}, nil)
	if err != nil {
		ts.Fatal(err)
	}
	ts.Cleanup(func() { _ = session.Close() })
	return session
}

type bearerTransport struct{ bearer string }

func (b bearerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// reply is the result of a tool, or its error.
type reply struct {
	Result  map[string]any // structured content
	Content []block
	Blocks  []string // texts of the blocks after the first
	Refusal struct {
		Detail    any    `json:"detail"`
		Code      string `json:"code"`
		Status    int    `json:"status"`
		ReviewURL string `json:"review_url"`
	}
	Status int // of HTTP, when not 200
	Body   string
	Header http.Header
}

// block is a block of the content of a result.
type block struct {
	Type, Text, Data, URI, Name, Description string
	MIMEType                                 string `json:"mimeType"`
}

// post sends an MCP message with a key. header lists names and values.
func (ts *testServer) post(key, message string, header ...string) (status int, h http.Header, body string) {
	ts.Helper()
	r, err := http.NewRequestWithContext(ts.Context(), http.MethodPost, ts.srv.URL+"/mcp", strings.NewReader(message))
	if err != nil {
		ts.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if bearer := ts.keys[key]; bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		ts.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		ts.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// call calls a tool with arguments as text, so that they may be malformed.
func (ts *testServer) call(key, tool, arguments string, header ...string) reply {
	ts.Helper()
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments)
	var out reply
	status, h, body := ts.post(key, message, header...)
	out.Header, out.Body = h, body
	if status != http.StatusOK {
		out.Status = status
		return out
	}
	var answered struct {
		Result struct {
			Content []block
			Struct  json.RawMessage `json:"structuredContent"`
			IsError bool
		}
		Error any
	}
	if err := json.Unmarshal([]byte(body), &answered); err != nil || answered.Error != nil || len(answered.Result.Content) == 0 {
		ts.Fatalf("%s: %s (%v)", tool, body, err)
	}
	out.Content = answered.Result.Content
	text := out.Content[0].Text
	if answered.Result.IsError {
		if err := json.Unmarshal([]byte(text), &out.Refusal); err != nil || answered.Result.Struct != nil {
			ts.Fatalf("%s: malformed tool error %s (%v)", tool, body, err)
		}
		return out
	}
	for _, block := range answered.Result.Content[1:] {
		out.Blocks = append(out.Blocks, block.Text)
	}
	var fromText, fromStruct map[string]any
	if err := json.Unmarshal([]byte(text), &fromText); err != nil {
		ts.Fatal(err)
	}
	if err := json.Unmarshal(answered.Result.Struct, &fromStruct); err != nil {
		ts.Fatal(err)
	}
	if fmt.Sprint(fromText) != fmt.Sprint(fromStruct) {
		ts.Errorf("%s: the text differs from the structured content: %s", tool, body)
	}
	out.Result = fromStruct
	return out
}

// mustCall calls a tool and fails the test if it returns an error.
func (ts *testServer) mustCall(key, tool, arguments string) map[string]any {
	ts.Helper()
	got := ts.call(key, tool, arguments)
	if got.Result == nil {
		ts.Fatalf("%s(%s) as %s: %s", tool, arguments, key, got.Body)
	}
	return got.Result
}

// rest sends a REST request with a key.
func (ts *testServer) rest(key, method, path, body string) (int, http.Header, []byte) {
	ts.Helper()
	r, err := http.NewRequestWithContext(ts.Context(), method, ts.srv.URL+path, strings.NewReader(body))
	if err != nil {
		ts.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer := ts.keys[key]; bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		ts.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		ts.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b
}

// newAsset creates an asset with two versions in a state: draft, pending,
// approved (version 1, while version 2 is a newer draft) or archived.
func (ts *testServer) newAsset(workspace, state string) assets.ID {
	ts.Helper()
	by, ctx := assetstest.User(workspace, "maker"), ts.Context()
	made, err := ts.lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Launch", Tags: assets.Tags{"lang": {"en"}},
		NewVersion: assets.NewVersion{Text: "first in " + workspace, Filename: "a.txt"},
	})
	review := func(d assets.Decision) {
		if err == nil {
			_, err = ts.lib.Review(ctx, by, made.ID, d)
		}
	}
	if state == "approved" {
		review(assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err == nil {
		_, err = ts.lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: "second in " + workspace, Filename: "a.txt"})
	}
	switch state {
	case "pending":
		review(assets.Decision{Action: assets.ActionSubmit})
	case "archived":
		review(assets.Decision{Action: assets.ActionArchive})
	}
	if err != nil {
		ts.Fatal(err)
	}
	return made.ID
}

type mcpTool = mcp.Tool

// eachTool calls fn for every tool that a session lists.
func eachTool(ctx context.Context, t *testing.T, s *mcp.ClientSession, fn func(*mcpTool)) {
	t.Helper()
	for tool, err := range s.Tools(ctx, nil) {
		if err != nil {
			t.Fatal(err)
		}
		fn(tool)
	}
}

type repeat byte

func (c repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// faultyStore is a store whose transactions can block before the commit, or
// panic.
type faultyStore struct {
	*memory.Store

	blocking, panicking atomic.Bool
	blocked, release    chan struct{}
}

func (s *faultyStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.Store.Update(ctx, func(tx assets.Tx) error {
		if s.panicking.Load() {
			panic("bomb")
		}
		err := fn(tx)
		if s.blocking.Load() {
			s.blocked <- struct{}{}
			<-s.release
		}
		return err
	})
}

// syncBuffer is a buffer for concurrent use.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func locs(detail any) string {
	list, _ := detail.([]any)
	all := make([]string, len(list))
	for i, f := range list {
		parts, _ := f.(map[string]any)["loc"].([]any)
		text := make([]string, len(parts))
		for j, p := range parts {
			text[j] = fmt.Sprint(p)
		}
		all[i] = strings.Join(text, ".")
	}
	return strings.Join(all, " ")
}
