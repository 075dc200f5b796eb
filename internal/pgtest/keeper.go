package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// keeper is a shell that runs a server. When the other end of its standard
// input is gone, for whatever reason, it ends the server and removes its folder.
type keeper struct {
	cmd      *exec.Cmd
	lifeline io.Closer
}

// keep runs a script in a folder that the script removes, and waits until it
// says that it is ready.
func keep(script, dir string, env ...string) (*keeper, error) {
	k := &keeper{cmd: exec.CommandContext(context.Background(), "/bin/sh", "-c", "trap '' PIPE\n"+script)}
	k.cmd.Dir = dir
	k.cmd.Env = append(os.Environ(), append(env, "DIR="+dir)...)
	if err := runAs(k.cmd, dir); err != nil {
		return nil, err
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
			k.end()
			return nil, fmt.Errorf("pgtest: the server does not start: %s", &said)
		}
		said.WriteString(lines.Text() + "\n")
	}
	k.end()
	return nil, fmt.Errorf("pgtest: the shell ended: %s", &said)
}

// end stops the server and waits until its folder is gone.
func (k *keeper) end() {
	_ = k.lifeline.Close()
	_ = k.cmd.Wait()
}
