package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"help"}, 0},
		{[]string{"-h"}, 0},
		{[]string{"serv"}, exitUsage},
		{[]string{"-data"}, exitUsage},
		{[]string{"keys", "list", "-data", "testdata/nowhere"}, exitFailed},
		{[]string{"-addr", "256.0.0.1:0", "-data", t.TempDir()}, exitFailed},
	} {
		if got := run(t.Context(), c.args, t.Output(), t.Output()); got != c.want {
			t.Errorf("server %q: exit code %d, want %d", c.args, got, c.want)
		}
	}
}
