package servercmd_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/store"
)

func TestMigrateCommand(t *testing.T) {
	t.Parallel()
	m := newStorage()
	if out := m.mustRun(t, "migrate", "-place", "here"); out != "the schema is up to date\n" {
		t.Errorf("it prints %q", out)
	}
	if !slices.Equal(m.opened, []servercmd.Use{servercmd.Migrating}) || m.closed != 1 {
		t.Errorf("opened for %v and closed %d times", m.opened, m.closed)
	}
	m.failure = errors.New("locked")
	if code, _, stderr := m.run(t, "migrate"); code != servercmd.ExitFailed || !strings.Contains(stderr, "locked") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestOpenRowsHOS12: only Serving and Migrating change an older schema, and MintingKeys
// makes one where there is none.
func TestOpenRowsHOS12(t *testing.T) {
	t.Parallel()
	const none, older, present = 0, 1, 2
	for use := servercmd.Serving; use <= servercmd.ServingMCP; use++ {
		for _, schema := range []int{none, older, present} {
			now := schema
			migrate := func() error { now = present; return nil }
			open := func() (*servercmd.Data, error) {
				return &servercmd.Data{}, map[int]error{none: store.ErrNoSchema, older: store.ErrSchema}[now]
			}
			_, err := servercmd.OpenRows(use, migrate, open)
			migrates := use == servercmd.Serving || use == servercmd.Migrating || use == servercmd.MintingKeys && schema == none
			if (now != schema) != (migrates && schema != present) {
				t.Errorf("use %d brings schema %d to %d", use, schema, now)
			}
			if wants := now != present; (err != nil) != wants || wants && !strings.Contains(err.Error(), "the command migrate") {
				t.Errorf("use %d of schema %d: %v", use, schema, err)
			}
		}
	}
	failure := errors.New("locked")
	if _, err := servercmd.OpenRows(servercmd.Serving, func() error { return failure }, nil); !errors.Is(err, failure) {
		t.Errorf("a migration that fails: %v", err)
	}
}
