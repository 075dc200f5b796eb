package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// members is how many servers a [Cluster] has.
const members = 3

// Cluster is a primary with two standbys, one of which has each commit on its disk before
// the primary acknowledges it. The primary can be killed, and a standby takes over.
type Cluster struct {
	bin, dir string
	primary  int
}

// runCluster ends the servers that are in folders of DIR.
const runCluster = `echo ready; read -r _
for data in "$DIR"/*/data; do "$BIN/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1; done
rm -rf "$DIR"`

// clusterSettings are those that docs/operations.md names, and what makes tests quick.
const clusterSettings = `
listen_addresses = ''
max_connections = 100
autovacuum = off
synchronous_standby_names = 'ANY 1 (m0, m1, m2)'
wal_keep_size = '1GB'
wal_retrieve_retry_interval = '100ms'
`

// StartCluster starts a cluster that ends with the test.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	bin, err := binaries()
	testproc.Require(t, "PostgreSQL", err)
	dir, err := os.MkdirTemp("", "assets-cluster-") //nolint:usetesting // the servers' user cannot enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	k, err := keep(runCluster, dir, "BIN="+bin)
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(k.End)
	c := &Cluster{bin: bin, dir: dir}
	c.run(t, "mkdir", c.folder(0))
	c.run(t, filepath.Join(bin, "initdb"), "-D", c.data(0), "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	c.configure(t, 0, clusterSettings)
	c.start(t, 0)
	for i := 1; i < members; i++ {
		c.follow(t, i)
	}
	return c
}

// Database makes a database, and returns the URL that finds the primary.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	Exec(t, c.URL("postgres"), "CREATE DATABASE assets")
	return c.URL("assets")
}

// URL returns the URL of a database that names all servers and finds the primary.
func (c *Cluster) URL(database string) string {
	folders := make([]string, members)
	for i := range folders {
		folders[i] = c.folder(i)
	}
	return "postgres:///" + database + "?" + url.Values{
		"host": {strings.Join(folders, ",")}, "user": {superuser}, "target_session_attrs": {"read-write"},
	}.Encode()
}

// Kill kills all processes of the primary at once, as the end of its machine does.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	c.signal(t, c.primary, syscall.SIGKILL)
}

// Pause stops the standbys without ending them, until [Cluster.Resume]: no commit is
// confirmed meanwhile.
func (c *Cluster) Pause(t testing.TB) { c.standbys(t, syscall.SIGSTOP) }

// Resume lets the standbys go on.
func (c *Cluster) Resume(t testing.TB) { c.standbys(t, syscall.SIGCONT) }

func (c *Cluster) standbys(t testing.TB, signal syscall.Signal) {
	t.Helper()
	for i := range members {
		if i != c.primary {
			c.signal(t, i, signal)
		}
	}
}

// Promote makes the standby that has received most the primary, after [Cluster.Kill], and
// has the other one follow it. Every acknowledged commit is on one of them, and each has
// all that came before what it has.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	dead, best, most := c.primary, -1, int64(-1)
	for i := range members {
		if i == dead {
			continue
		}
		if received := c.received(t, i); received > most {
			best, most = i, received
		}
	}
	c.primary = best
	c.run(t, filepath.Join(c.bin, "pg_ctl"), "promote", "-D", c.data(best), "-w")
	for i := range members {
		if i != dead && i != best {
			c.configure(t, i, c.source(i))
			c.run(t, filepath.Join(c.bin, "pg_ctl"), "reload", "-D", c.data(i))
		}
	}
}

// Rebuild makes the killed server a standby of the new primary, and waits until both
// standbys receive.
func (c *Cluster) Rebuild(t testing.TB) {
	t.Helper()
	for i := range members {
		if _, err := os.Stat(filepath.Join(c.data(i), "postmaster.pid")); i != c.primary && err == nil && len(c.processes(t, i)) > 0 {
			continue
		}
		if i != c.primary {
			c.run(t, "rm", "-rf", c.folder(i))
			c.follow(t, i)
		}
	}
	eventually(t, "both standbys receive", func() bool {
		return Count(t, c.own(c.primary), "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == members-1
	})
}

// received returns the position up to which a standby has the primary's log, when it no
// longer receives.
func (c *Cluster) received(t testing.TB, i int) (position int64) {
	t.Helper()
	eventually(t, "the standby has received the rest", func() bool {
		return Count(t, c.own(i), "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'") == 0
	})
	return int64(Count(t, c.own(i), "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::bigint"))
}

// follow makes server i a standby of the primary, from a copy of it.
func (c *Cluster) follow(t testing.TB, i int) {
	t.Helper()
	c.run(t, "mkdir", c.folder(i))
	c.run(t, filepath.Join(c.bin, "pg_basebackup"), "-D", c.data(i), "-d", c.own(c.primary), "-X", "stream", "-c", "fast", "--no-sync")
	c.run(t, "touch", filepath.Join(c.data(i), "standby.signal"))
	c.configure(t, i, c.source(i))
	c.start(t, i)
}

func (c *Cluster) source(i int) string {
	return fmt.Sprintf("primary_conninfo = 'host=%s user=%s application_name=m%d'\n", c.folder(c.primary), superuser, i)
}

func (c *Cluster) folder(i int) string { return filepath.Join(c.dir, "m"+strconv.Itoa(i)) }
func (c *Cluster) data(i int) string   { return filepath.Join(c.folder(i), "data") }

// own returns the URL of one server.
func (c *Cluster) own(i int) string {
	return "postgres:///postgres?" + url.Values{"host": {c.folder(i)}, "user": {superuser}}.Encode()
}

func (c *Cluster) start(t testing.TB, i int) {
	t.Helper()
	c.configure(t, i, "unix_socket_directories = '"+c.folder(i)+"'\n")
	c.run(t, filepath.Join(c.bin, "pg_ctl"), "start", "-D", c.data(i), "-l", filepath.Join(c.folder(i), "log"), "-w")
}

// configure appends to the settings of a server. The last one of a name counts.
func (c *Cluster) configure(t testing.TB, i int, settings string) {
	t.Helper()
	c.run(t, "sh", "-c", `printf '%s' "$1" >>"$2"`, "sh", settings, filepath.Join(c.data(i), "postgresql.conf"))
}

// run runs a command as the servers' user. It takes no output: a server would inherit the
// pipe.
func (c *Cluster) run(t testing.TB, name string, args ...string) {
	t.Helper()
	ctx, cancel := detached()
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	if err := runAs(cmd, c.dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
}

// signal sends a signal to all processes of a server. It stops the one that starts others
// first.
func (c *Cluster) signal(t testing.TB, i int, signal syscall.Signal) {
	t.Helper()
	all := c.processes(t, i)
	if len(all) == 0 {
		t.Fatalf("server %d does not run", i)
	}
	if signal == syscall.SIGKILL {
		_ = syscall.Kill(all[0], syscall.SIGSTOP)
		all = c.processes(t, i)
	}
	for _, pid := range all {
		_ = syscall.Kill(pid, signal)
	}
	if signal == syscall.SIGKILL {
		eventually(t, "the server has ended", func() bool { return len(c.processes(t, i)) == 0 })
	}
}

// processes returns the processes of a server that have not ended, the parent first.
func (c *Cluster) processes(t testing.TB, i int) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.data(i), "postmaster.pid"))
	if err != nil {
		return nil
	}
	first, _, _ := strings.Cut(string(text), "\n")
	parent, err := strconv.Atoi(first)
	if err != nil {
		return nil
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// proc(5): pid (name) state parent …; a name may have any characters.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		switch {
		case fields[0] == "Z" || fields[0] == "X":
		case pid == parent:
			pids = append([]int{pid}, pids...)
		case fields[1] == first:
			pids = append(pids, pid)
		}
	}
	return pids
}

// eventually waits until a condition is true.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(commandTimeout); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it does not become true: %s", what)
		}
	}
}
