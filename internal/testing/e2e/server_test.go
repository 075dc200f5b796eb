package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
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
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// The environment of the server, which is this test binary again.
const (
	envDatabase    = "E2E_DATABASE"     // a path, a URL of PostgreSQL, or "memory"; without it the binary runs its tests
	envContent     = "E2E_CONTENT"      // the folder of the content
	envIdleTimeout = "E2E_IDLE_TIMEOUT" // httpx.Options.StallTimeout
	envRelaxed     = "E2E_RELAXED"      // 1 if the database need not sync
	envAhead       = "E2E_AHEAD"        // by which its clock is ahead
	envSeed        = "E2E_SEED"         // a seed in JSON, for rows in memory

	envSmallContents = "E2E_SMALL_CONTENTS" // assets.Config.SmallContents, unless it is that of examples/server
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

// rowsInMemory is a database that ends with its process.
type rowsInMemory struct{ *memory.Store }

func (rowsInMemory) Close() error { return nil }

// openSeeded returns rows in memory that begin with the seed of the environment.
func openSeeded(ctx context.Context, content *blob.Dir) (database, error) {
	var s seed
	if err := json.Unmarshal([]byte(os.Getenv(envSeed)), &s); err != nil {
		return nil, err
	}
	db := rowsInMemory{memory.New()}
	for _, k := range s.Keys {
		k.SecretSHA256 = k.Secret
		if err := db.AddKey(ctx, k.Key); err != nil {
			return nil, err
		}
	}
	for _, f := range s.Fills {
		if err := f.write(ctx, db, content); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// open opens a database that has the schema.
func open(ctx context.Context, name string, relaxed bool) (database, error) {
	opts := store.Options{Relaxed: relaxed}
	if strings.HasPrefix(name, "postgres:") {
		return postgres.Open(ctx, name, opts)
	}
	return sqlite.Open(ctx, name, opts)
}

// config returns the configuration of the server, which is that of examples/server, but
// for what the environment changes.
func config(ctx context.Context, log *slog.Logger) (cfg assets.Config, db database, content *blob.Dir, err error) {
	ahead, err := time.ParseDuration(os.Getenv(envAhead))
	if err != nil {
		return cfg, nil, nil, err
	}
	content, err = blob.OpenDir(os.Getenv(envContent))
	if err != nil {
		return cfg, nil, nil, err
	}
	if os.Getenv(envSeed) != "" {
		db, err = openSeeded(ctx, content)
	} else {
		db, err = open(ctx, os.Getenv(envDatabase), os.Getenv(envRelaxed) == "1")
	}
	if err != nil {
		return cfg, nil, nil, err
	}
	smallContents := int64(16 << 10)
	if text := os.Getenv(envSmallContents); text != "" {
		smallContents, err = strconv.ParseInt(text, 10, 64)
	}
	return assets.Config{
		Store: db, Blobs: content, Versioner: versioning.Linear{}, Approver: approval.Policy{}, SmallContents: smallContents,
		SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)}, Now: func() time.Time { return time.Now().Add(ahead) }, Logger: log,
	}, db, content, err
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
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg, db, content, err := config(ctx, log)
	if err != nil {
		return err
	}
	keys, err := apikey.New(apikey.Config{Store: db, Now: cfg.Now, Logger: log})
	if err != nil {
		return err
	}
	lib, err := assets.New(cfg)
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
	background := make(chan error, 1)
	go func() { background <- lib.Run(ctx) }()
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
	stop()
	return errors.Join(<-background, content.Close(), db.Close())
}

// sweepNow sweeps as a cron job beside the server would. Its short age makes it meet
// unfinished uploads.
func sweepNow(w http.ResponseWriter, r *http.Request, content blob.Sweepable, ledger blob.Ledger) {
	_, err := blob.Sweep(r.Context(), blob.SweepConfig{Bucket: content, Ledger: ledger, Age: 30 * time.Millisecond, AllowAnyAge: true})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}
