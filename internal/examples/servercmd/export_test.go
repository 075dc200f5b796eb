package servercmd_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestExport(t *testing.T) {
	t.Parallel()
	m := newStorage()
	m.approved(t, "w", "Spring is here.")
	file := filepath.Join(t.TempDir(), "spring.zip")
	args := []string{"export", "-workspace", "w", "-campaign", "spring", "-o", file}
	// What another selection left is not continued.
	if err := os.WriteFile(file+".part.json", []byte(`{"workspace":"other","export_id":"x","synced":9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := m.run(t, args...)
	if code != 0 || !strings.HasPrefix(stdout, file+": 1 assets, ") || !strings.Contains(stderr, "of another export") || !strings.Contains(stderr, "100% of ") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	bag, err := zip.OpenReader(file)
	if err != nil || len(bag.File) == 0 {
		t.Fatalf("the archive: %v", err)
	}
	if err := bag.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if code, _, stderr := m.run(t, args...); code != servercmd.ExitFailed || !strings.Contains(stderr, "exists already") {
		t.Errorf("a second run: exit code %d, %s", code, stderr)
	}
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	for args, code := range map[string]int{
		"-workspace w":       servercmd.ExitUsage,
		"-workspace w -o %s": servercmd.ExitFailed, // nothing is approved
	} {
		file := filepath.Join(t.TempDir(), "none.zip")
		got, _, stderr := newStorage().run(t, append([]string{"export"}, strings.Fields(strings.ReplaceAll(args, "%s", file))...)...)
		if left, _ := filepath.Glob(file + "*"); got != code || len(left) > 0 {
			t.Errorf("%s: exit code %d, left %v: %s", args, got, left, stderr)
		}
	}
}
