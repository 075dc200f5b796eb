package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// TestUnit: systemd accepts the unit, and rates its exposure at most 2.0 of 10.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	testproc.Require(t, "systemd-analyze", err)
	text, err := os.ReadFile("../../../deploy/assets.service")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile(`/usr/local/bin/assets-server`)
	if found := program.FindAll(text, -1); len(found) != 2 { // how to install it, and ExecStart
		t.Fatalf("the unit names its program %d times", len(found))
	}
	unit := filepath.Join(t.TempDir(), "assets.service")
	if err := os.WriteFile(unit, program.ReplaceAll(text, []byte("/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", "--recursive-errors=no", unit},
		{"security", "--offline=true", "--threshold=20", unit},
	} {
		out, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}
