package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// mcpClient is an agent with one API key: one of the official clients, over one of the
// transports.
type mcpClient interface {
	// call returns the result of a tool, as JSON.
	call(tool string, arguments map[string]any) json.RawMessage
	// read returns the result of reading a resource, as JSON.
	read(uri string) json.RawMessage
}

// target is where clients find the tools.
type target struct {
	p       *process
	program string
	folder  string
}

// stdio returns the command that serves the tools over standard input and output.
func (s target) stdio(t *testing.T) []string {
	t.Helper()
	path, err := exec.LookPath(s.program)
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, "mcp", "-data", s.folder, "-public-url", s.p.url}
}

// mcpClients connect the official clients, by name.
func mcpClients(k toolkit) map[string]func(t *testing.T, s target, transport, key string) mcpClient {
	return map[string]func(t *testing.T, s target, transport, key string) mcpClient{
		"go":         connectGo,
		"typescript": k.connectTypeScript,
		"inspector":  k.connectInspector,
	}
}

// goClient is the official client for Go.
type goClient struct {
	*testing.T
	session *mcp.ClientSession
}

type withBearer struct{ key string }

func (w withBearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+w.key)
	return http.DefaultTransport.RoundTrip(r)
}

func connectGo(t *testing.T, s target, transport, key string) mcpClient {
	t.Helper()
	var tr mcp.Transport = &mcp.StreamableClientTransport{Endpoint: s.p.url + "/mcp", HTTPClient: &http.Client{Transport: withBearer{key}}}
	if transport == "stdio" {
		command := s.stdio(t)
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "ASSETS_API_KEY="+key)
		tr = &mcp.CommandTransport{Command: cmd}
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1.0.0"}, nil).Connect(t.Context(), tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return goClient{t, session}
}

func (c goClient) call(tool string, arguments map[string]any) json.RawMessage {
	c.Helper()
	result, err := c.session.CallTool(c.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	return c.encoded(result, err)
}

func (c goClient) read(uri string) json.RawMessage {
	c.Helper()
	result, err := c.session.ReadResource(c.Context(), &mcp.ReadResourceParams{URI: uri})
	return c.encoded(result, err)
}

func (c goClient) encoded(result any, err error) json.RawMessage {
	c.Helper()
	text, bad := json.Marshal(result)
	if err != nil || bad != nil {
		c.Fatal(err, bad)
	}
	return text
}

// scriptClient is the official client for TypeScript, in testdata/mcp/agent.cjs.
type scriptClient struct {
	*testing.T
	in  io.Writer
	out *bufio.Reader
}

func (k toolkit) connectTypeScript(t *testing.T, s target, transport, key string) mcpClient {
	t.Helper()
	script, err := filepath.Abs("testdata/mcp/agent.cjs")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{script, k.modules, "http", s.p.url + "/mcp"}
	if transport == "stdio" {
		args = append([]string{script, k.modules, "stdio"}, s.stdio(t)...)
	}
	in, out := k.script(t, k.node, []string{"ASSETS_API_KEY=" + key}, args...)
	return scriptClient{t, in, out}
}

// script starts a script that reads lines and responds to each with one.
func (k toolkit) script(t *testing.T, node string, env []string, args ...string) (io.Writer, *bufio.Reader) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), node, args...) // it ends with its input
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), env...), "HOME="+cmd.Dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, &stderr)
		}
	})
	return in, bufio.NewReader(out)
}

func (c scriptClient) call(tool string, arguments map[string]any) json.RawMessage {
	c.Helper()
	return c.send(map[string]any{"tool": tool, "arguments": arguments})
}

func (c scriptClient) read(uri string) json.RawMessage {
	c.Helper()
	return c.send(map[string]any{"uri": uri})
}

func (c scriptClient) send(request map[string]any) json.RawMessage {
	c.Helper()
	text, err := json.Marshal(request)
	if err == nil {
		_, err = c.in.Write(append(text, '\n'))
	}
	var line []byte
	if err == nil {
		line, err = c.out.ReadBytes('\n')
	}
	if err != nil || bytes.HasPrefix(line, []byte(`{"protocolError"`)) {
		c.Fatalf("%s: %v %s", text, err, line)
	}
	return line
}

// inspectorClient is the command line of the official inspector, which connects for each
// call.
type inspectorClient struct{ inspector }

func (k toolkit) connectInspector(t *testing.T, s target, transport, key string) mcpClient {
	t.Helper()
	line := []string{s.p.url + "/mcp", "--transport", "http", "--header", "Authorization: Bearer " + key}
	if transport == "stdio" {
		line = append(s.stdio(t), "-e", "ASSETS_API_KEY="+key)
	}
	return inspectorClient{k.inspector(t, line...)}
}

func (c inspectorClient) call(tool string, arguments map[string]any) json.RawMessage {
	c.Helper()
	text, err := json.Marshal(arguments)
	if err != nil {
		c.Fatal(err)
	}
	result, err := c.inspect("tools/call", "--tool-name", tool, "--tool-args-json", string(text))
	if err != nil && !strings.Contains(string(result), `"isError":true`) {
		c.Fatalf("%s: %v", tool, err)
	}
	return result
}

func (c inspectorClient) read(uri string) json.RawMessage {
	c.Helper()
	result, err := c.inspect("resources/read", "--uri", uri)
	if err != nil {
		c.Fatalf("%s: %v", uri, err)
	}
	return result
}
