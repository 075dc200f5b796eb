package servercmd_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	m := newStorage()
	if out := m.mustRun(t, "demo", "-workspace", "acme"); !strings.HasPrefix(out, "16 assets in the workspace acme") {
		t.Errorf("printed is %q", out)
	}
	if code, _, stderr := m.run(t, "demo", "-workspace", "acme"); code != servercmd.ExitFailed || !strings.Contains(stderr, "the workspace has assets already") {
		t.Errorf("again: %d %s", code, stderr)
	}
	if m.opened[0] != servercmd.Filling || m.closed != 2 {
		t.Errorf("opened for %v, closed %d times", m.opened, m.closed)
	}
}
