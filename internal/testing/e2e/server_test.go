package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// The environment of the server, which is this test binary again.
const (
	envDatabase    = "E2E_DATABASE"     // a path, or a URL of PostgreSQL; without it the binary runs its tests
	envContent     = "E2E_CONTENT"      // the folder of the content
	envIdleTimeout = "E2E_IDLE_TIMEOUT" // httpx.Options.StallTimeout
	envRelaxed     = "E2E_RELAXED"      // 1 if the database need not sync
	envAhead       = "E2E_AHEAD"        // by which its clock is ahead
)

func TestMain(m *testing.M) {
	if os.Getenv(envDatabase) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// database has the methods of a store that the tests need.
type database interface {
	assets.Store
	assets.Journal
	apikey.Store
	blob.Ledger
	io.Closer
}

// open opens a database that has the schema.
func open(ctx context.Context, name string, relaxed bool) (database, error) {
	opts := store.Options{Relaxed: relaxed}
	if strings.HasPrefix(name, "postgres:") {
		return postgres.Open(ctx, name, opts)
	}
	return sqlite.Open(ctx, name, opts)
}

// serve prints the server's address and serves until standard input ends, that is,
// until the test ends.
func serve() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	idleTimeout, err := time.ParseDuration(os.Getenv(envIdleTimeout))
	if err != nil {
		return err
	}
	ahead, err := time.ParseDuration(os.Getenv(envAhead))
	if err != nil {
		return err
	}
	now := func() time.Time { return time.Now().Add(ahead) }
	db, err := open(ctx, os.Getenv(envDatabase), os.Getenv(envRelaxed) == "1")
	if err != nil {
		return err
	}
	content, err := blob.OpenDir(os.Getenv(envContent))
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	keys, err := apikey.New(apikey.Config{Store: db, Now: now, Logger: log})
	if err != nil {
		return err
	}
	lib, err := assets.New(assets.Config{
		Store: db, Blobs: content, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)}, Now: now, Logger: log,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: log, StallTimeout: idleTimeout})
	mux.Handle("/mcp", mcpx.Handler(lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: log, StallTimeout: idleTimeout}))
	mux.HandleFunc("POST /sweep", func(w http.ResponseWriter, r *http.Request) { sweepNow(w, r, content, db) })
	mux.HandleFunc("GET /goroutines", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, runtime.NumGoroutine()) })
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: idleTimeout, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 20,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if _, err := fmt.Fprintln(os.Stdout, "http://"+listener.Addr().String()); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return errors.Join(content.Close(), db.Close())
}

// sweepNow sweeps as a cron job beside the server would. Its short age makes it meet
// unfinished uploads.
func sweepNow(w http.ResponseWriter, r *http.Request, content blob.Sweepable, ledger blob.Ledger) {
	_, err := blob.Sweep(r.Context(), blob.SweepConfig{Bucket: content, Ledger: ledger, Age: 30 * time.Millisecond, AllowAnyAge: true})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}
