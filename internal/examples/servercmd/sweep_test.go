package servercmd_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	m := newStorage()
	m.approved(t, "w", "kept")
	if err := m.Blobs.Put(t.Context(), "w/202601/k3jq5zv7xw2m4n6p8r9t012345", "text/plain", strings.NewReader("garbage")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"", "2 objects: 1 in use, 1 young, 0 not ours, 0 deleted (0 bytes); 0 expired records removed\n"},
		{"-older 0s -dry-run", "2 objects: 1 in use, 0 young, 0 not ours, 1 to delete (7 bytes); 0 expired records removed\n"},
		{"-older 0s", "2 objects: 1 in use, 0 young, 0 not ours, 1 deleted (7 bytes); 0 expired records removed\n"},
	} {
		if got := m.mustRun(t, append([]string{"sweep"}, strings.Fields(c.args)...)...); got != c.want {
			t.Errorf("sweep %s: %s", c.args, got)
		}
	}
	if code, _, _ := m.run(t, "sweep", "-older", "-1h"); code != servercmd.ExitUsage {
		t.Errorf("a negative age: exit code %d", code)
	}
}
