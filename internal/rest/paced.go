package rest

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
)

// Paced wraps a handler that writes its own pages and errors. A client that sends or
// receives too slowly is disconnected as one of an operation is, and what the Library has
// reserved for the response is given back when it is sent. Of the configuration it uses
// IdleTimeout and Copies.
func Paced(cfg Config, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, out := newExchange(w, r.Body, cfg.IdleTimeout)
		ctx, sent := sending(r.Context(), cfg.Copies, out)
		defer sent()
		r = r.WithContext(ctx)
		if !in.ended {
			r.Body = in
		}
		h.ServeHTTP(out, r)
		out.finish() // not after a panic: the response is broken off
	})
}

// sending returns the context of a request whose response is written to w: see
// assets.Sending. A client that is cut is not worked for any longer, so that what was
// reserved for it is given back also while its request waits.
func sending(ctx context.Context, copies int, w *responseWriter) (_ context.Context, sent func()) {
	ctx, cancel := context.WithCancel(ctx)
	ctx, end := assets.Sending(ctx, max(copies, 1), func() {
		w.cut()
		cancel()
	})
	return ctx, func() {
		end()
		cancel()
	}
}
