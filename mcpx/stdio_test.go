package mcpx_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

// stdio connects a client to Stdio over a pair of streams. ended receives the
// result of Stdio.
func stdio(t *testing.T) (s *mcp.ClientSession, in io.Closer, ended <-chan error) {
	t.Helper()
	toServer, in2 := io.Pipe()
	out, fromServer := io.Pipe()
	done := make(chan error, 1)
	who := func(context.Context, *mcp.RequestExtra) (assets.Actor, error) {
		return assetstest.Agent("acme", "bot"), nil
	}
	lib := assetstest.New(t)
	go func() {
		done <- mcpx.Stdio(t.Context(), lib, mcpx.Options{Actor: who}, toServer, fromServer)
		_ = fromServer.Close()
		_ = toServer.Close()
	}()
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.IOTransport{Reader: out, Writer: in2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, in2, done
}

// A call that is too large does not end the session; the end of the input does.
func TestStdio(t *testing.T) {
	t.Parallel()
	s, in, ended := stdio(t)
	for _, tt := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{"type": "copy", "title": "t", "text": "x"}, `"created_by":"bot"`},
		{map[string]any{"type": "bundle", "title": "t", "content_base64": strings.Repeat("A", 8<<20)}, `"code":"payload_too_large","status":413`},
		{map[string]any{"type": "bundle", "title": "t", "content_base64": "AAAA"}, `"created_by":"bot"`},
	} {
		got, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_asset", Arguments: tt.arguments})
		if err != nil {
			t.Fatal(err)
		}
		if text := got.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, tt.want) {
			t.Errorf("%.300s, want %s", text, tt.want)
		}
	}
	if err := errors.Join(s.Close(), in.Close(), <-ended); err != nil {
		t.Error(err)
	}
}

// A line of 50 MB ends the session before it is read.
func TestVolumeEndlessLineMCP03(t *testing.T) {
	t.Parallel()
	s, _, ended := stdio(t)
	defer s.Close()
	big := map[string]any{"type": "bundle", "title": "t", "content_base64": strings.Repeat("A", 50<<20)}
	if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_asset", Arguments: big}); err == nil {
		t.Error("a call of 50 MB succeeded")
	}
	if err := <-ended; err == nil {
		t.Error("the session did not end")
	}
}

// Calls that are piped in are answered, though the input ends right after them.
func TestStdioAnswersPendingCallsAtEOF(t *testing.T) {
	t.Parallel()
	bot := assetstest.Agent("acme", "bot")
	lib := assetstest.New(t)
	calls := strings.Join([]string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_asset","arguments":{"type":"copy","title":"t","text":"x"}}}`,
		`{"jsonrpc":"2.0","id":"three","method":"tools/call","params":{"name":"list_assets","arguments":{}}}`,
	}, "\n") + "\n"
	var out strings.Builder
	who := func(context.Context, *mcp.RequestExtra) (assets.Actor, error) { return bot, nil }
	if err := mcpx.Stdio(t.Context(), lib, mcpx.Options{Actor: who}, io.NopCloser(strings.NewReader(calls)), &out); err != nil {
		t.Error(err)
	}
	answered := map[any]bool{}
	for lines := bufio.NewScanner(strings.NewReader(out.String())); lines.Scan(); {
		var answer struct {
			ID     any
			Result struct{ IsError bool }
			Error  any
		}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil || answer.Error != nil || answer.Result.IsError {
			t.Errorf("%s: %v", lines.Bytes(), err)
		}
		answered[answer.ID] = true
	}
	for _, id := range []any{1.0, 2.0, "three"} {
		if !answered[id] {
			t.Errorf("call %v has no answer: %s", id, &out)
		}
	}
	if page, err := lib.List(t.Context(), bot, assets.Query{}); err != nil || len(page.Items) != 1 {
		t.Errorf("%d assets, %v", len(page.Items), err)
	}
}
