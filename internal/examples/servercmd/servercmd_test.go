package servercmd_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	failing, misused := newStorage(), newStorage()
	failing.failure = errors.New("no such folder")
	misused.failure = servercmd.UsageErrorf("-place: %s is required", "it")
	for name, c := range map[string]struct {
		storage *inMemory
		args    string
		code    int
		stderr  string // contains
	}{
		"help":            {newStorage(), "help", 0, "keys mint [flags]"},
		"help of one":     {newStorage(), "sweep -h", 0, "usage: test sweep [flags]"},
		"unknown command": {newStorage(), "keys forge", servercmd.ExitUsage, `unknown command "keys forge"`},
		"unknown flag":    {newStorage(), "-adr x", servercmd.ExitUsage, "-adr"},
		"more arguments":  {newStorage(), "keys list more", servercmd.ExitUsage, `unexpected argument "more"`},
		"fewer arguments": {newStorage(), "keys revoke", servercmd.ExitUsage, "an argument is missing"},
		"storage fails":   {failing, "keys list", servercmd.ExitFailed, "test: no such folder"},
		"storage misused": {misused, "keys list", servercmd.ExitUsage, "-place: it is required\nusage: test keys list"},
	} {
		code, stdout, stderr := c.storage.run(t, strings.Fields(c.args)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: exit code %d, %q, %q", name, code, stdout, stderr)
		}
	}
}

func TestRunOpensWhatACommandNeeds(t *testing.T) {
	t.Parallel()
	m := newStorage()
	m.mustRun(t, "keys", "list", "-place", "here")
	m.mustRun(t, "sweep")
	want := []servercmd.Use{servercmd.ManagingKeys, servercmd.Sweeping}
	if !slices.Equal(m.opened, want) || m.closed != len(want) || m.flagged["place"] != "here" {
		t.Errorf("opened for %v and closed %d times, with flags %v", m.opened, m.closed, m.flagged)
	}
}
