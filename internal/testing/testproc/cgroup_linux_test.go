package testproc_test

import (
	"os/exec"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// TestLimitMemory: a process that takes more than its limit is killed.
func TestLimitMemory(t *testing.T) {
	t.Parallel()
	sh(t)
	const longLine = "read go; head -c 200000000 /dev/zero | tail -n 1 >/dev/null" // tail keeps the last line
	cmd := exec.CommandContext(t.Context(), "sh", "-c", longLine)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limited := testproc.LimitMemory(t, cmd.Process.Pid, 32<<20)
	_, _ = stdin.Write([]byte("\n"))
	err = cmd.Wait()
	if !limited {
		t.Skip("no control group can be made")
	}
	if err == nil {
		t.Error("the process had more memory than its limit")
	}
}
