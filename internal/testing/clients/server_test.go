package clients

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
)

// asServer is the variable with which the test binary is the program of examples/server.
const asServer = "ASSETS_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		server := servercmd.Server{Name: "server", Storage: datafolder.Storage}
		server.Main()
		return
	}
	os.Exit(m.Run())
}

func serverCommand(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asServer+"=1")
	return cmd
}

// serve starts a server and returns its URL, with a key of an agent and one of a person.
func serve(t *testing.T) (url, agent, person string) {
	t.Helper()
	folder := t.TempDir()
	cmd := serverCommand(context.WithoutCancel(t.Context()), "-addr", "127.0.0.1:0", "-data", folder)
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of the server:\n%s", &log)
		}
	})
	for lines := bufio.NewScanner(stdout); url == "" && lines.Scan(); {
		url, _ = strings.CutPrefix(lines.Text(), "listening on ")
	}
	if url == "" {
		t.Fatal("the server does not listen")
	}
	mint := func(kind, scopes string) string {
		out, err := serverCommand(t.Context(), "keys", "mint", "-data", folder, "-workspace", "clients", "-name", kind, "-owner", kind, "-kind", kind, "-scopes", scopes).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	return url, mint("agent", "*"), mint("user", "*")
}
