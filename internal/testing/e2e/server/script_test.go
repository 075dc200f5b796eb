package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/pgtest"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}

// TestDatabaseWithoutTables: only serve, migrate and keys mint create the tables.
func TestDatabaseWithoutTables(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db, folder := pgtest.Durable(t), t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, "blobs"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, command := range [][]string{{"keys", "list", "-db", db}, {"sweep", "-db", db, "-data", folder}} {
			var stderr strings.Builder
			code := server().Run(t.Context(), command, t.Output(), &stderr)
			if code != servercmd.ExitFailed || !strings.Contains(stderr.String(), "the command migrate and a start of the server") {
				t.Errorf("%v: exit code %d: %s", command, code, &stderr)
			}
		}
		mint := []string{"keys", "mint", "-db", db, "-workspace", "w", "-owner", "ana", "-kind", "user", "-scopes", "*"}
		for _, command := range [][]string{mint, {"keys", "list", "-db", db}} {
			if code := server().Run(t.Context(), command, t.Output(), t.Output()); code != 0 {
				t.Errorf("%v: exit code %d", command, code)
			}
		}
	})
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"help"}, 0},
		{[]string{"-h"}, 0},
		{[]string{"serv"}, servercmd.ExitUsage},
		{[]string{"-data"}, servercmd.ExitUsage},
		{[]string{"keys", "list", "-data", "testdata/nowhere"}, servercmd.ExitFailed},
		{[]string{"-addr", "256.0.0.1:0", "-data", t.TempDir()}, servercmd.ExitFailed},
	} {
		if got := server().Run(t.Context(), c.args, t.Output(), t.Output()); got != c.want {
			t.Errorf("server %q: exit code %d, want %d", c.args, got, c.want)
		}
	}
}
