// Package testproc runs servers beside tests.
//
// The one rule to know: a server lasts no longer than the process that started
// it, however that ends, and takes its folder with it.
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

// Keeper is a shell that runs a server. When the other end of its standard
// input is gone, for whatever reason, it ends the server and removes its folder;
// also when the Keeper itself is garbage.
type Keeper struct {
	cmd      *exec.Cmd
	lifeline io.Closer
}

// Keep runs a script in a folder, $DIR to it, and waits until it says that it is
// ready, or failed. The script removes the folder in its end, which comes when
// its standard input does. It is prepared, to run as another user, by a function
// that may be nil.
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

// Dir is the folder.
func (k *Keeper) Dir() string { return k.cmd.Dir }

// End stops the server and waits until its folder is gone.
func (k *Keeper) End() {
	_ = k.lifeline.Close()
	_ = k.cmd.Wait()
}
