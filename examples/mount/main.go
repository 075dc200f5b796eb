// Command mount shows two hosts: one with tokens, a router, middleware and campaigns
// of its own (tokenhost.go), one with nothing but API keys (keyhost.go).
//
//	go run .
//
// in this folder prints where they listen and credentials, as lines to paste into a second
// terminal. Then, for example:
//
//	curl -sS "$APP" -H "Authorization: Bearer $AGENT" --json '{"type":"copy","title":"Tagline","text":"Spring is here.","campaign_id":"spring"}'
//	curl -sS "$APP" -H "Authorization: Bearer $PERSON"
//	curl -sS "$API" -H "Authorization: Bearer $KEY"
//
// Everything is in memory. The program is a module of its own, so that importers
// of package assets do not download its router and its JWT library.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, os.Stdout, log); err != nil {
		log.Error("mount", "error", err)
		os.Exit(1)
	}
}

// run serves both hosts until ctx ends or one of them fails.
func run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	tokens, err := newTokenHost(log)
	if err != nil {
		return err
	}
	keys, err := newKeyHost(log)
	if err != nil {
		return err
	}
	key, err := keys.mint(ctx)
	if err != nil {
		return err
	}

	serving, fail := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	at := func(h http.Handler) string {
		listener, err := new(net.ListenConfig).Listen(serving, "tcp", "127.0.0.1:0")
		if err != nil {
			fail(err)
			return ""
		}
		running.Go(func() { fail(serve(serving, listener, h)) })
		return "http://" + listener.Addr().String()
	}
	fmt.Fprintf(out, "# the token host, and its previews on a host of their own\n")
	fmt.Fprintf(out, "export APP=%s%s SHARE=%s\n", at(tokens.app()), tokens.lib.BasePath(), at(tokens.share()))
	fmt.Fprintf(out, "export PERSON=%s\n", tokens.issue("acme", "ana", "editor"))
	fmt.Fprintf(out, "export AGENT=%s\n", tokens.issue("acme", "copywriter", "agent"))
	fmt.Fprintf(out, "# the key host\n")
	fmt.Fprintf(out, "export API=%s%s KEY=%s\n", at(keys.handler()), keys.lib.BasePath(), key)

	running.Wait()
	if ctx.Err() == nil {
		return context.Cause(serving)
	}
	return nil // asked to stop
}

// serve serves h until ctx ends.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return server.Serve(listener)
}
