package pgtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

const (
	superuser      = "postgres"
	commandTimeout = time.Minute
)

// Server is a PostgreSQL server of this process.
type Server struct {
	keeper    *testproc.Keeper
	bin, dir  string
	template  template
	superuser connections
}

// runServer makes a cluster and runs its server.
const runServer = `{ "$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --no-locale --no-sync &&
printf '%s\n' "$SETTINGS" >>"$DIR/data/postgresql.conf" &&
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -t 60 start; } >"$DIR/setup" 2>&1 && echo ready || { cat "$DIR/setup" "$DIR/log"; echo failed; }
read -r _
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$DIR"`

// start makes a cluster in a folder of its own, within another one or, if that
// is "", the one for temporary files, and waits for its server.
func start(within string, settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(within, "assets-postgres-")
	if err != nil {
		return nil, err
	}
	lines := append([]string{
		"listen_addresses = ''",
		"unix_socket_directories = '" + dir + "'",
		"max_connections = 300",
		"autovacuum = off", // a test runs ANALYZE when it wants statistics
	}, settings...)
	k, err := keep(runServer, dir, "BIN="+bin, "SETTINGS="+strings.Join(lines, "\n"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Server{keeper: k, bin: bin, dir: dir}, nil
}

// keep runs a script as a user other than root, which PostgreSQL refuses.
func keep(script, dir string, env ...string) (*testproc.Keeper, error) {
	return testproc.Keep(script, dir, func(cmd *exec.Cmd) error { return runAs(cmd, dir) }, env...)
}

// Stop stops the server in a mode of pg_ctl: smart, fast, or immediate, which is
// a crash.
func (s *Server) Stop(t testing.TB, mode string) { s.control(t, "stop", "-m", mode) }

// Restart starts the server after [Server.Stop].
func (s *Server) Restart(t testing.TB) { s.control(t, "start", "-l", filepath.Join(s.dir, "log")) }

// Demote makes the server a standby, which only reads, as the old primary is after
// a failover.
func (s *Server) Demote(t testing.TB) {
	t.Helper()
	s.Stop(t, "fast")
	if err := os.WriteFile(filepath.Join(s.dir, "data", "standby.signal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Restart(t)
}

// Promote makes the standby a primary again.
func (s *Server) Promote(t testing.TB) { s.control(t, "promote") }

// Log returns the text of the server's log.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *Server) control(t testing.TB, action string, options ...string) {
	t.Helper()
	ctx, cancel := detached()
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

// detached returns a context that does not end with the test, for cleanups.
func detached() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), commandTimeout)
}

// binaries returns the folder of initdb and pg_ctl: PG_BIN, or the newest version
// that Debian's packages installed, or the one in PATH.
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
