package rest

import (
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
		ctx, sent := assets.Sending(r.Context(), max(cfg.Copies, 1), out.cut)
		defer sent()
		r = r.WithContext(ctx)
		if !in.ended {
			r.Body = in
		}
		h.ServeHTTP(out, r)
		out.finish() // not after a panic: the response is broken off
	})
}

// Cut returns a function that ends the response of a [Paced] handler, or nil if w is not of
// one. It does not block.
func Cut(w http.ResponseWriter) func() {
	for {
		if out, ok := w.(*responseWriter); ok {
			return out.cut
		}
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = wrapper.Unwrap()
	}
}
