package pgtest

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// runPooler runs pgbouncer in transaction mode, with fewer server connections
// than clients.
const runPooler = `cat >"$DIR/pgbouncer.ini" <<-END
	[databases]
	* = host=$SERVER user=postgres
	[pgbouncer]
	unix_socket_dir = $DIR
	listen_port = 5432
	auth_type = any
	pool_mode = transaction
	default_pool_size = 3
	server_reset_query_always = 0
	END
"$PGBOUNCER" "$DIR/pgbouncer.ini" >"$DIR/log" 2>&1 & pid=$!
n=0
# The socket exists before anything listens on it.
up() { grep -q 'process up' "$DIR/log"; }
until up || [ $n -gt 200 ] || ! kill -0 $pid; do sleep 0.05; n=$((n+1)); done
up && echo ready || { cat "$DIR/log"; echo failed; }
read -r _
kill $pid 2>/dev/null; wait $pid 2>/dev/null
rm -rf "$DIR"`

// Pooled returns the URL of a database through a pgbouncer of the test's own, in
// transaction mode. Without pgbouncer the test is skipped or fails, as with
// [Database].
func Pooled(t testing.TB, database string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer") // Debian installs it outside of an ordinary PATH
	}
	if err != nil {
		err = errors.New("needs pgbouncer; scripts/test-servers installs it")
	}
	testproc.Found(t, err)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "assets-pgbouncer-") //nolint:usetesting // the server's user cannot enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	k, err := keep(runPooler, dir, "PGBOUNCER="+program, "SERVER="+query.Get("host"))
	if err != nil {
		t.Fatal(errors.Join(err, os.RemoveAll(dir)))
	}
	t.Cleanup(k.End)
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	return u.String()
}
