//go:build unix

package testproc

import (
	"os/exec"
	"syscall"
)

// detach gives a command a process group of its own, so that a key press that
// ends the tests leaves it the time to clean up.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
