package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

// TestServer runs commands on a data folder. internal/testing/e2e/server has the
// tests of the server as a process.
func TestServer(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "data")
	for _, c := range []struct {
		args string
		code int
		out  string // standard output contains it
		err  string // standard error contains it
	}{
		{"keys list", servercmd.ExitFailed, "", "-data: there is no store in"},
		{"keys mint -workspace w -owner ana -kind user -scopes *", 0, "tnx_", ""},
		{"keys list", 0, "ana", ""},
		{"sweep", 0, "0 objects", ""},
		{"serv", servercmd.ExitUsage, "", "unknown command"},
	} {
		var stdout, stderr strings.Builder
		args := append(strings.Fields(c.args), "-data", folder)
		if code := server().Run(t.Context(), args, &stdout, &stderr); code != c.code ||
			!strings.Contains(stdout.String(), c.out) || !strings.Contains(stderr.String(), c.err) {
			t.Errorf("server %s: exit code %d: %s%s", c.args, code, &stdout, &stderr)
		}
	}
}
