// Command campaign is a host with three modules that hear of approvals and withdrawals,
// each in another way (docs/events.md):
//
//   - marketing launches and pulls back campaigns, exactly once, in the database of the
//     assets: store.FollowTx (marketing.go)
//   - webinars receives a webhook and verifies its signatures (webinars.go)
//   - landing follows the stream and shows the approved hero image (landing.go)
//
// Run
//
//	go run ./examples/campaign [-db postgres://…]
//
// and paste what it prints into a second terminal. Then propose a hero and approve it:
//
//	curl -sS "$API" -H "Authorization: Bearer $AGENT" -F 'metadata={"type":"image","title":"Hero","campaign_id":"spring","submit":true}' -F content=@hero.png
//	curl -sS "$API/<id>/approval" -H "Authorization: Bearer $EDITOR" --json '{"action":"approve","version":1}'
//
// $HOST/ shows the hero, and $HOST/marketing and $HOST/webinars what these modules did.
// With {"action":"archive"} they take it back. Without -db the rows are in a SQLite file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	var cfg config
	flag.StringVar(&cfg.data, "data", "campaign-data", "`folder` of content and signing key, and of the SQLite file")
	flag.StringVar(&cfg.db, "db", "", "`URL` of a PostgreSQL database (default a SQLite file in the folder)")
	flag.StringVar(&cfg.port, "port", "8080", "`port` of 127.0.0.1 to listen at")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, cfg, os.Stdout, log); err != nil {
		log.Error("campaign", "error", err)
		os.Exit(1)
	}
}

// config has the values of the flags.
type config struct{ data, db, port string }

// run serves the host and runs its modules until ctx ends or one of them fails.
func run(ctx context.Context, cfg config, out io.Writer, log *slog.Logger) (err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", cfg.port))
	if err != nil {
		return err
	}
	defer listener.Close()
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return err
	}
	h, err := openHost(ctx, cfg, address, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var modules sync.WaitGroup
	for _, module := range []func(context.Context) error{
		func(ctx context.Context) error { return serve(ctx, listener, h.handler()) },
		h.hooks.Run,
		h.marketing.run,
		h.landing.run,
	} {
		modules.Go(func() { fail(module(running)) })
	}
	fmt.Fprintf(out, "export HOST=%s API=%s%s AGENT=%s EDITOR=%s\n", h.url, h.url, h.lib.BasePath(), h.token("agent"), h.token("editor"))
	modules.Wait()
	if ctx.Err() == nil {
		return context.Cause(running)
	}
	return nil // it was stopped
}

// serve serves h until ctx ends. The streams end with the server.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := server.Shutdown(closing)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
