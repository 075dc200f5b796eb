package testproc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

func TestTool(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	installed, elsewhere := filepath.Join(root, ".tools", "server-v1", "server"), filepath.Join(root, "bin", "server")
	below := filepath.Join(root, "a", "b")
	for _, dir := range []string{filepath.Dir(installed), filepath.Dir(elsewhere), below} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{installed, elsewhere} {
		if err := os.WriteFile(file, nil, 0o755); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	t.Chdir(below)
	t.Setenv("PATH", "")
	find := func(want string) {
		t.Helper()
		if got, err := testproc.Tool("SERVER", "server", "server-v1/server"); err != nil || got != want {
			t.Errorf("found %q, %v, want %q", got, err, want)
		}
	}
	find(installed)
	t.Setenv("PATH", filepath.Dir(elsewhere))
	find(elsewhere)
	t.Setenv("SERVER", "/named")
	find("/named")
	if _, err := testproc.Tool("", "", "server-v2/server"); err == nil || !strings.Contains(err.Error(), "server-v2") {
		t.Errorf("a program that is not there: %v", err)
	}
}
