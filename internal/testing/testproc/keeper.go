// Package testproc runs servers for tests. A server ends with the process that
// started it, however that ends, and its folder is removed.
package testproc

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Keeper is a shell that runs a server. When its standard input ends, because of
// [Keeper.End], because the process has ended, or because the Keeper was garbage
// collected, it stops the server and removes the folder.
type Keeper struct {
	cmd      *exec.Cmd
	lifeline io.Closer
}

// Keep runs a shell script in a folder, which the script has as $DIR, and waits until
// it prints "ready" or "failed". The script must end when its standard input does,
// and remove the folder. prepare, which may be nil, changes the command before it is
// started, for instance to run it as another user. Keep returns an error with the
// output of the script if it failed.
func Keep(script, dir string, prepare func(*exec.Cmd) error, env ...string) (*Keeper, error) {
	k := &Keeper{cmd: exec.CommandContext(context.Background(), "/bin/sh", "-c", "trap '' PIPE\n"+script)}
	k.cmd.Dir = dir
	k.cmd.Env = append(os.Environ(), append(env, "DIR="+dir)...)
	detach(k.cmd)
	if prepare != nil {
		if err := prepare(k.cmd); err != nil {
			return nil, err
		}
	}
	lifeline, err := k.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	k.lifeline = lifeline
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := k.cmd.Start(); err != nil {
		return nil, err
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch lines.Text() {
		case "ready":
			return k, nil
		case "failed":
			k.End()
			return nil, fmt.Errorf("testproc: the server does not start: %s", &said)
		}
		said.WriteString(lines.Text() + "\n")
	}
	k.End()
	return nil, fmt.Errorf("testproc: the shell ended: %s", &said)
}

// Dir returns the folder.
func (k *Keeper) Dir() string { return k.cmd.Dir }

// End stops the server and waits until its folder is removed.
func (k *Keeper) End() {
	_ = k.lifeline.Close()
	_ = k.cmd.Wait()
}
