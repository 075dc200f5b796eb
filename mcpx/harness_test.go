package mcpx_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
)

const (
	base      = "/api/v1/assets"
	listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
)

// world is a server with both doors in front of one library, and its keys.
type world struct {
	*testing.T
	lib  *assets.Library
	ring *apikey.Ring
	keys map[string]string // bearers by name
	srv  *httptest.Server
	log  *syncBuffer
}

func newWorld(t *testing.T, change ...func(*assets.Config)) *world {
	t.Helper()
	w := &world{T: t, keys: map[string]string{"none": ""}, log: new(syncBuffer)}
	mux := http.NewServeMux()
	w.srv = httptest.NewServer(mux)
	t.Cleanup(w.srv.Close)
	cfg := assetstest.Config()
	cfg.PublicURL = w.srv.URL
	cfg.ReviewURL = func(id assets.ID) string { return "https://app.example/review/" + string(id) }
	cfg.Logger = slog.New(slog.NewJSONHandler(w.log, nil))
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if w.lib, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	if w.ring, err = apikey.New(apikey.Config{Store: cfg.Store.(apikey.Store)}); err != nil {
		t.Fatal(err)
	}
	httpx.Mount(mux, w.lib, httpx.Options{Authenticate: httpx.Bearer(w.ring)})
	mux.Handle("/mcp", mcpx.Handler(w.lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(w.ring), Origins: []string{"https://app.example"}}))
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
		bearer, key, err := w.ring.Mint(t.Context(), apikey.NewKey{Workspace: k.workspace, Owner: k.owner, Kind: k.kind, Scopes: k.scopes})
		if err == nil && k.name == "revoked" {
			err = w.ring.Revoke(t.Context(), key.Workspace, key.Prefix)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.keys[k.name] = bearer
	}
	return w
}

// client connects as a key does.
func (w *world) client(key string) *mcp.ClientSession {
	w.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(w.Context(), &mcp.StreamableClientTransport{
		Endpoint: w.srv.URL + "/mcp", HTTPClient: &http.Client{Transport: bearerTransport{w.keys[key]}},
	}, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = session.Close() })
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

// reply is what a tool answered, or what its refusal says.
type reply struct {
	Result  map[string]any // structured
	Blocks  []string       // texts beside the first
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

// raw posts a message as a key; headers come in pairs.
func (w *world) raw(key, message string, header ...string) (status int, h http.Header, body string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.srv.URL+"/mcp", strings.NewReader(message))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if bearer := w.keys[key]; bearer != "" {
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
		w.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// call calls a tool with arguments as text, which no client would send if they
// are malformed.
func (w *world) call(key, tool, arguments string, header ...string) reply {
	w.Helper()
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments)
	var out reply
	status, h, body := w.raw(key, message, header...)
	out.Header, out.Body = h, body
	if status != http.StatusOK {
		out.Status = status
		return out
	}
	var answered struct {
		Result struct {
			Content []struct{ Text string }
			Struct  json.RawMessage `json:"structuredContent"`
			IsError bool
		}
		Error any
	}
	if err := json.Unmarshal([]byte(body), &answered); err != nil || answered.Error != nil || len(answered.Result.Content) == 0 {
		w.Fatalf("%s: %s (%v)", tool, body, err)
	}
	text := answered.Result.Content[0].Text
	if answered.Result.IsError {
		if err := json.Unmarshal([]byte(text), &out.Refusal); err != nil || answered.Result.Struct != nil {
			w.Fatalf("%s: a refusal of %s (%v)", tool, body, err)
		}
		return out
	}
	for _, block := range answered.Result.Content[1:] {
		out.Blocks = append(out.Blocks, block.Text)
	}
	var fromText, fromStruct map[string]any
	if err := json.Unmarshal([]byte(text), &fromText); err != nil {
		w.Fatal(err)
	}
	if err := json.Unmarshal(answered.Result.Struct, &fromStruct); err != nil {
		w.Fatal(err)
	}
	if fmt.Sprint(fromText) != fmt.Sprint(fromStruct) {
		w.Errorf("%s: the text is not the structured content: %s", tool, body)
	}
	out.Result = fromStruct
	return out
}

// must calls a tool that has to succeed.
func (w *world) must(key, tool, arguments string) map[string]any {
	w.Helper()
	got := w.call(key, tool, arguments)
	if got.Result == nil {
		w.Fatalf("%s(%s) as %s: %s", tool, arguments, key, got.Body)
	}
	return got.Result
}

// rest sends a request to the routes as a key.
func (w *world) rest(key, method, path, body string) (int, http.Header, []byte) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.srv.URL+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer := w.keys[key]; bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b
}

// asset makes an asset of two versions in a state: draft, pending, approved
// (version 1, with 2 a newer draft) or archived.
func (w *world) asset(workspace, state string) assets.ID {
	w.Helper()
	by, ctx := assetstest.User(workspace, "maker"), w.Context()
	made, err := w.lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Launch", Tags: assets.Tags{"lang": {"en"}},
		NewVersion: assets.NewVersion{Text: "first in " + workspace, Filename: "a.txt"},
	})
	review := func(d assets.Decision) {
		if err == nil {
			_, err = w.lib.Review(ctx, by, made.ID, d)
		}
	}
	if state == "approved" {
		review(assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err == nil {
		_, err = w.lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: "second in " + workspace, Filename: "a.txt"})
	}
	switch state {
	case "pending":
		review(assets.Decision{Action: assets.ActionSubmit})
	case "archived":
		review(assets.Decision{Action: assets.ActionArchive})
	}
	if err != nil {
		w.Fatal(err)
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
