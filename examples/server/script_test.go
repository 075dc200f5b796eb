package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/10ex/assets/examples/internal/program"
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
		{[]string{"serv"}, program.ExitUsage},
		{[]string{"-data"}, program.ExitUsage},
		{[]string{"keys", "list", "-data", "testdata/nowhere"}, program.ExitFailed},
		{[]string{"-addr", "256.0.0.1:0", "-data", t.TempDir()}, program.ExitFailed},
	} {
		if got := server().Run(t.Context(), c.args, t.Output(), t.Output()); got != c.want {
			t.Errorf("server %q: exit code %d, want %d", c.args, got, c.want)
		}
	}
}
