package servercmd_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

// TestMCPNeedsAKey has no tools: internal/testing/e2e/server calls them.
func TestMCPNeedsAKey(t *testing.T) {
	for _, c := range []struct {
		key, args string
		code      int
		want      string
	}{
		{"", "", servercmd.ExitFailed, "ASSETS_API_KEY: is not set"},
		{"tnx_abcdefgh_wrong", "", servercmd.ExitFailed, "ASSETS_API_KEY: valid credentials are required"},
		{"", "-public-url ftp://x", servercmd.ExitUsage, "-public-url: "},
	} {
		t.Setenv("ASSETS_API_KEY", c.key)
		code, stdout, stderr := newStorage().run(t, append([]string{"mcp"}, strings.Fields(c.args)...)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) || c.key != "" && strings.Contains(stderr, c.key) {
			t.Errorf("key %q, %s: exit code %d, %q, %q", c.key, c.args, code, stdout, stderr)
		}
	}
}
