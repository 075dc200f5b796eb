// Package pgtest runs PostgreSQL for tests: one server for each test process, two
// where some tests need one that syncs, started when a test first asks for it, and one fresh database for each test.
//
// The one rule to know: nothing is to be stopped. The server ends with the
// process, however that ends, and takes its folder with it.
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

// shared starts the server that all tests of the process share. What it must
// not lose, nobody needs: it runs without syncs.
var shared = sync.OnceValues(func() (*Server, error) {
	return start("fsync=off", "full_page_writes=off")
})

// durable starts the server for what is tested as it is shipped.
var durable = sync.OnceValues(func() (*Server, error) { return start() })

// Database answers the URL of a fresh database that ends with the test. The
// test is skipped when there is no server to be had; it fails when
// ASSETS_TEST_TOOLS says that there must be one, unless SKIP_SERVERS=1.
func Database(t testing.TB) string {
	t.Helper()
	return fresh(t, shared)
}

// Durable is Database on a server that syncs, which a store that is not
// Relaxed demands.
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

// Start starts a server of the test's own, to be stopped, restarted or set
// otherwise: settings are lines of postgresql.conf. It syncs.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	require(t)
	s, err := start(settings...)
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

// URL answers where a database of the server is: its socket is in its folder,
// so that no port can be taken.
func (s *Server) URL(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.dir}, "user": {superuser}}.Encode()
}

// Database makes a fresh database, dropped when the test ends, and answers its
// URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	s.Exec(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.URL(name)
}

// Exec runs a statement as the superuser, outside of the test's database, also
// on a server that was set to be read only.
func (s *Server) Exec(t testing.TB, query string) {
	t.Helper()
	ctx := t.Context()
	if ctx.Err() != nil { // in a cleanup
		var cancel func()
		ctx, cancel = lastly()
		defer cancel()
	}
	conn, err := pgx.Connect(ctx, s.URL("postgres")+"&default_transaction_read_only=off")
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Errorf("%s: %v", query, err)
	}
}
