package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	superuser = "postgres"
	patience  = time.Minute
)

// Server is a PostgreSQL server of this process.
type Server struct {
	bin, dir string
	keeper   *exec.Cmd
	lifeline io.Closer // the keeper ends the server when this is closed
}

// keep makes a cluster and starts its server; when the other end of its
// standard input is gone, for whatever reason, it ends and removes both.
const keep = `trap '' PIPE
{ "$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --no-locale --no-sync &&
printf '%s\n' "$SETTINGS" >>"$DIR/data/postgresql.conf" &&
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -t 60 start; } >"$DIR/setup" 2>&1 && echo ready || { cat "$DIR/setup" "$DIR/log"; echo failed; }
read -r _
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$DIR"`

// start makes a cluster in a folder of its own and waits for its server.
func start(settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "assets-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	out, err := s.startKeeper(settings)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), os.RemoveAll(dir))
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			return s, nil
		}
		said.WriteString(lines.Text() + "\n")
	}
	s.end()
	return nil, fmt.Errorf("pgtest: PostgreSQL does not start: %s", said.String())
}

func (s *Server) startKeeper(settings []string) (io.Reader, error) {
	s.keeper = exec.Command("/bin/sh", "-c", keep)
	if err := runAs(s.keeper, s.dir); err != nil {
		return nil, err
	}
	s.keeper.Dir = s.dir
	s.keeper.Env = append(os.Environ(), "BIN="+s.bin, "DIR="+s.dir, "SETTINGS="+strings.Join(append([]string{
		"listen_addresses = ''",
		"unix_socket_directories = '" + s.dir + "'",
		"max_connections = 300",
		"autovacuum = off", // a test says when statistics are there
	}, settings...), "\n"))
	lifeline, err := s.keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.lifeline = lifeline
	return out, s.keeper.Start()
}

// end stops the server and waits until its folder is gone.
func (s *Server) end() {
	_ = s.lifeline.Close()
	_ = s.keeper.Wait()
}

// Stop stops the server as pg_ctl does in a mode: smart, fast, or immediate,
// which is a crash.
func (s *Server) Stop(t testing.TB, mode string) { s.control(t, "stop", "-m", mode) }

// Restart starts the server that was stopped.
func (s *Server) Restart(t testing.TB) { s.control(t, "start", "-l", filepath.Join(s.dir, "log")) }

func (s *Server) control(t testing.TB, action string, options ...string) {
	t.Helper()
	ctx, cancel := lastly()
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_ctl"), append([]string{action, "-D", filepath.Join(s.dir, "data"), "-w"}, options...)...)
	cmd.Dir = s.dir
	if err := runAs(cmd, s.dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); err != nil { // no output: the server would inherit the pipe
		t.Fatalf("pg_ctl %s: %v", action, err)
	}
}

// lastly is a context for what must happen though a test has ended.
func lastly() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// binaries finds the folder of initdb and pg_ctl: PG_BIN, else the newest of
// Debian's, else in PATH.
func binaries() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Reverse(dirs)
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	if bin := os.Getenv("PG_BIN"); bin != "" {
		dirs = []string{bin}
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("needs PostgreSQL: no initdb in PG_BIN, /usr/lib/postgresql/*/bin or PATH; scripts/test-servers installs it")
}
