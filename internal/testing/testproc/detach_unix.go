//go:build unix

package testproc

import (
	"os/exec"
	"syscall"
)

// detach starts a command in a process group of its own, so that it can clean up
// when the terminal interrupts the tests.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
