package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// shutdownGrace is how long requests under way may take to end.
const shutdownGrace = 15 * time.Second

func serve(ctx context.Context, s *session, flags *flag.FlagSet, args []string) error {
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	data := dataFlag(flags)
	publicURL := flags.String("public-url", "", "scheme and host that links begin with (default the address listened on)")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(*addr); err != nil {
		return misuse(flags, "-addr: %v", err)
	}
	if !isOrigin(*publicURL) && *publicURL != "" {
		return misuse(flags, "-public-url: must be like https://assets.example.com")
	}
	// The port comes first: a start that cannot listen must not use up the
	// one time that the first API key is shown.
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	defer listener.Close() // again, after Serve
	reachable := address(listener.Addr())
	if *publicURL == "" {
		*publicURL = reachable
	}
	a, err := openApp(ctx, folder(*data), *publicURL, s.log)
	if err != nil {
		return err
	}
	err = s.announce(reachable, a.firstKey)
	if err == nil {
		err = s.serveUntil(ctx, listener, a.handler())
	}
	return errors.Join(err, a.close())
}

// isOrigin reports whether text is a scheme and a host, and nothing else.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// address answers where a client on this machine reaches a listener.
func address(listening net.Addr) string {
	tcp, ok := listening.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return "http://" + listening.String()
	}
	return fmt.Sprintf("http://localhost:%d", tcp.Port)
}

func (s *session) announce(address, firstKey string) error {
	_, err := fmt.Fprintf(s.stdout, "listening on %s\n", address)
	if firstKey != "" {
		_, keyErr := fmt.Fprintf(s.stdout, "api key %s\n", firstKey)
		err = errors.Join(err, keyErr)
	}
	return err
}

// serveUntil serves until ctx ends and then lets requests under way finish.
func (s *session) serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 20,
		// Bodies have no time limit here: 4 GiB takes its time. The routes cut
		// clients that stall.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	s.log.Info("serving", "addr", listener.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	s.log.Info("shutting down", "grace", shutdownGrace)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("cutting requests that did not end in time")
		err = server.Close()
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// app is the product on one data folder.
type app struct {
	store    *sqlite.Store
	blobs    *blob.Dir
	keys     *apikey.Ring
	lib      *assets.Library
	log      *slog.Logger
	firstKey string // the first start's API key, to be shown once
}

func openApp(ctx context.Context, f folder, publicURL string, log *slog.Logger) (a *app, err error) {
	if err := f.create(); err != nil {
		return nil, err
	}
	a = &app{log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if a.store, err = f.open(ctx); err != nil {
		return nil, err
	}
	if a.blobs, err = blob.OpenDir(f.blobs()); err != nil {
		return nil, err
	}
	if a.keys, err = apikey.New(apikey.Config{Store: a.store, Logger: log}); err != nil {
		return nil, err
	}
	if a.firstKey, err = f.initialise(ctx, a.keys); err != nil {
		return nil, err
	}
	signing, err := signingKeys(f.signingKey())
	if err != nil {
		return nil, err
	}
	a.lib, err = assets.New(assets.Config{
		Store: a.store, Blobs: a.blobs,
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: signing, PublicURL: publicURL, Logger: log,
	})
	return a, err
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	httpx.Mount(mux, a.lib, httpx.Options{Authenticate: httpx.Bearer(a.keys), Logger: a.log})
	return mux
}

// close releases what was opened; parts that were not are nil.
func (a *app) close() error {
	var err error
	if a.blobs != nil {
		err = a.blobs.Close()
	}
	if a.store != nil {
		err = errors.Join(err, a.store.Close())
	}
	return err
}
