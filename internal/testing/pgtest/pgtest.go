// Package pgtest runs PostgreSQL for tests: one server in each test process, two
// where some tests need one that syncs, started on first use, and one fresh
// database for each test.
//
// The one rule to know: a test stops nothing. The server ends with the process,
// however that ends, and its folder is removed.
package pgtest

import (
	"crypto/rand"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/testproc"
)

// shared starts the server that all tests of the process share. It runs without
// syncs, in memory where possible: no test needs its data after a crash.
var shared = sync.OnceValues(func() (*Server, error) {
	return start(quickFolder(), "fsync=off", "full_page_writes=off")
})

// durable starts the server for tests that need PostgreSQL's own defaults.
var durable = sync.OnceValues(func() (*Server, error) { return start("") })

// Database returns the URL of a fresh, empty database that is dropped when the
// test ends. Without PostgreSQL the test is skipped; if ASSETS_TEST_TOOLS is set
// and SKIP_SERVERS=1 is not, it fails.
func Database(t testing.TB) string {
	t.Helper()
	return fresh(t, shared)
}

// Copy returns the URL of a copy of a database of [Database] or [Migrated], dropped when
// the test ends. It waits until nobody is connected to the source.
func Copy(t testing.TB, source string) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(source)
	if err != nil {
		t.Fatal(err)
	}
	WaitUnused(t, source)
	return s.copy(t, config.Database)
}

// Durable is like [Database], on a server that syncs. A store that is not Relaxed
// needs one.
func Durable(t testing.TB) string {
	t.Helper()
	return fresh(t, durable)
}

func fresh(t testing.TB, server func() (*Server, error)) string {
	t.Helper()
	require(t)
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return s.Database(t)
}

// Start starts a server of the test's own, which the test may stop, restart and
// configure. settings are lines of postgresql.conf. It syncs unless they say
// otherwise.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	require(t)
	s, err := start("", settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.keeper.End)
	return s
}

// require ends the test when there is no PostgreSQL.
func require(t testing.TB) {
	t.Helper()
	_, err := binaries()
	testproc.Require(t, "PostgreSQL", err)
}

// URL returns the URL of a database of the server. It names a Unix socket in the
// server's folder, so no port is needed.
func (s *Server) URL(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.dir}, "user": {superuser}}.Encode()
}

// Database makes a fresh, empty database, dropped when the test ends, and returns
// its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	return s.copy(t, "template1")
}

// copy makes a database that is a copy of another one, which must not have
// connections, and returns its URL. Copying the files takes a third of the time that
// copying the rows through the log does, which is the default.
func (s *Server) copy(t testing.TB, source string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	s.Exec(t, "CREATE DATABASE "+name+" TEMPLATE "+source+" STRATEGY file_copy")
	t.Cleanup(func() { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.URL(name)
}
