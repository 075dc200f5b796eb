package rest

import (
	"net/http"
	"time"
)

// finds reports whether w has the methods of T, or a ResponseWriter that it
// unwraps to has them. This is where [http.ResponseController] looks for them.
func finds[T any](w http.ResponseWriter) bool {
	for {
		if _, ok := w.(T); ok {
			return true
		}
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = wrapper.Unwrap()
	}
}

type (
	readDeadliner  interface{ SetReadDeadline(time.Time) error }
	writeDeadliner interface{ SetWriteDeadline(time.Time) error }
	errorFlusher   interface{ FlushError() error }
)

// CanAbort reports whether a response that has begun can be broken off although a
// middleware recovers the panic and completes the response. It clears the write
// deadline, which every write of the response sets.
func CanAbort(w http.ResponseWriter) bool {
	return http.NewResponseController(w).SetWriteDeadline(time.Time{}) == nil
}

// hasControl reports whether w supports deadlines and flushing.
func hasControl(w http.ResponseWriter) bool {
	return finds[readDeadliner](w) && finds[writeDeadliner](w) && (finds[http.Flusher](w) || finds[errorFlusher](w))
}

// checkControl logs a warning for the first request of which the ResponseWriter
// lacks control.
func (s *server) checkControl(w http.ResponseWriter, r *http.Request) {
	if hasControl(w) || s.warned.Swap(true) {
		return
	}
	s.Logger.WarnContext(r.Context(), "assets: the ResponseWriter has no deadlines or no Flush, so slow clients are not disconnected "+
		"and a transfer that fails may not be cut: give the middleware's ResponseWriter the method Unwrap() http.ResponseWriter, "+
		"and exclude these routes from compression and from a recovery that does not repeat http.ErrAbortHandler",
		"prefix", s.Prefix)
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// abort breaks the response off, so that the client cannot take it for a complete
// one, and panics with [http.ErrAbortHandler]. A middleware may recover the panic
// and complete the response, so every later write to the connection fails.
func (w *responseWriter) abort() {
	w.aborted = true
	_ = w.control.SetReadDeadline(longAgo) // the rest of the request is not waited for
	if w.control.SetWriteDeadline(longAgo) != nil {
		w.closeConnection()
	}
	panic(http.ErrAbortHandler)
}

// closeConnection closes the connection of a response without deadlines, if it
// can be taken over. Some wrappers panic if it cannot.
func (w *responseWriter) closeConnection() {
	defer func() { _ = recover() }()
	if conn, _, err := w.control.Hijack(); err == nil {
		_ = conn.Close()
	}
}
