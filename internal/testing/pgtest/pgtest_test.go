package pgtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// childFolder is the environment variable that makes this test binary start a
// server in that folder and kill itself.
const childFolder = "PGTEST_CHILD"

func TestDatabaseIsFresh(t *testing.T) {
	t.Parallel()
	for range 2 {
		conn, err := pgx.Connect(t.Context(), pgtest.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (a TEXT)"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestCopy: a copy has the tables of its source, and changes by itself.
func TestCopy(t *testing.T) {
	t.Parallel()
	source := pgtest.Database(t)
	pgtest.Exec(t, source, "CREATE TABLE mine (a TEXT)")
	duplicate := pgtest.Copy(t, source)
	pgtest.Exec(t, duplicate, "INSERT INTO mine VALUES ('a')")
	if a, b := pgtest.Count(t, source, "SELECT count(*) FROM mine"), pgtest.Count(t, duplicate, "SELECT count(*) FROM mine"); a != 0 || b != 1 {
		t.Errorf("%d rows in the source, %d in the copy; want 0 and 1", a, b)
	}
}

// TestChildThatIsKilled runs in the child process of TestNothingIsLeftBehind.
func TestChildThatIsKilled(t *testing.T) {
	if os.Getenv(childFolder) == "" {
		t.Skip("runs in a child process only")
	}
	pgtest.Database(t)
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_ = process.Kill()
	<-t.Context().Done()
}

// TestNothingIsLeftBehind kills a process in the middle of a test: the folder of
// its server is removed all the same.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	pgtest.Database(t)                      // skips without a server
	dir, err := os.MkdirTemp("", "pgtest-") //nolint:usetesting // others cannot enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the server's user has its folder in it
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildThatIsKilled$")
	child.Env = append(os.Environ(), childFolder+"=1", "TMPDIR="+dir)
	if err := child.Run(); err == nil {
		t.Fatal("the child was not killed")
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, err := filepath.Glob(filepath.Join(dir, "assets-postgres-*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v is still there", left)
		}
	}
}
