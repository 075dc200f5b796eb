package mcpx_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

// stdio connects a client to Stdio over a pair of streams; ended gets what it
// ends with.
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

// TestStdio: one client, with a call that is too large on the way; it ends with
// its input.
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

// TestMCP03EndlessLine: 50 MB are not read to be refused.
func TestMCP03EndlessLine(t *testing.T) {
	t.Parallel()
	s, _, ended := stdio(t)
	defer s.Close()
	big := map[string]any{"type": "bundle", "title": "t", "content_base64": strings.Repeat("A", 50<<20)}
	if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "create_asset", Arguments: big}); err == nil {
		t.Error("50 MB were taken")
	}
	if err := <-ended; err == nil {
		t.Error("the session did not end")
	}
}
