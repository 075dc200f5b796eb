package servercmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// shutdownGrace is how long running requests may take after a signal.
const shutdownGrace = 15 * time.Second

func serve(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(Serving), s.flags
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	publicURL := flags.String("public-url", "", "scheme and host that links begin with (default the address listened on)")
	allow := webhookNetworks(flags)
	policy := &s.server.Policy
	flags.BoolVar(&policy.GuestsMayDecide, "guests-decide", policy.GuestsMayDecide, "let people with a review link approve and request changes, which counts as a decision of who made the link; otherwise they only comment")
	s.smallContentsFlag()
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(*addr); err != nil {
		return UsageErrorf("-addr: %v", err)
	}
	if !isOrigin(*publicURL) && *publicURL != "" {
		return UsageErrorf("-public-url: must be like https://assets.example.com")
	}
	*publicURL = strings.TrimSuffix(*publicURL, "/")
	// Listen first: a start that cannot listen must not create the first API key,
	// which is printed only once.
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
	data, err := storage.Open(ctx, Serving, s.log)
	if err != nil {
		return err
	}
	s.moveMarker(ctx, data)
	svc, err := s.newService(data, *publicURL, *allow)
	if err == nil {
		err = s.announce(reachable, *publicURL, data.FirstKey, svc.code)
	}
	if err == nil {
		wait := s.background(ctx, svc)
		err = s.serveUntil(ctx, listener, svc.handler)
		wait()
	}
	return errors.Join(err, data.Close())
}

// isOrigin reports whether text is a scheme and a host, and nothing else.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// address returns the URL at which a client on this machine reaches a listener.
func address(listening net.Addr) string {
	tcp, ok := listening.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return "http://" + listening.String()
	}
	return fmt.Sprintf("http://localhost:%d", tcp.Port)
}

// announce prints where the server is and, at the first start, the first key and a link
// that signs in with it, once.
func (s *session) announce(address, publicURL, firstKey, code string) error {
	_, err := fmt.Fprintf(s.stdout, "listening on %s\n", address)
	if firstKey != "" {
		_, keyErr := fmt.Fprintf(s.stdout, "api key %s\nreview page %s%s?code=%s\n", firstKey, publicURL, signInPath, code)
		err = errors.Join(err, keyErr)
	}
	return err
}

// background runs what works besides requests until ctx is canceled. It returns a
// function that ends it and waits for its end.
func (s *session) background(ctx context.Context, svc *service) (wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for what, run := range map[string]func(context.Context) error{"webhooks": svc.hooks.Run, "work in the background": svc.lib.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				s.log.Error(what+": it has ended", "error", err)
			}
		})
	}
	return func() { cancel(); running.Wait() }
}

// serveUntil serves until ctx is canceled and then lets running requests finish
// within shutdownGrace.
func (s *session) serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 20,
		// No time limit for bodies: 4 GiB take long. The routes cut clients that
		// stall.
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
