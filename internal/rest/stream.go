package rest

import (
	"errors"
	"net/http"
	"time"
)

// errCannotFlush is returned for a ResponseWriter on which a stream would not arrive.
var errCannotFlush = errors.New("the ResponseWriter cannot flush: give the middleware's ResponseWriter the method Unwrap() http.ResponseWriter, and exclude this route from compression")

// Stream writes a response that goes on for a long time, in pieces that arrive at once.
type Stream struct{ w *responseWriter }

// StartStream begins a response of a media type, with status 200, of which each write may
// take so long. Nothing limits how long the client may be silent. It returns an error, and
// writes nothing, if w cannot flush. w is that of an operation.
func StartStream(w http.ResponseWriter, mediaType string, each time.Duration) (*Stream, error) {
	out, ok := w.(*responseWriter)
	if !ok || !finds[http.Flusher](w) && !finds[errorFlusher](w) {
		return nil, errCannotFlush
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the pieces
	out.each = each
	_ = out.control.SetReadDeadline(time.Time{}) // that of the server ends with the request's head
	w.WriteHeader(http.StatusOK)
	s := &Stream{out}
	if err := s.Send(nil); err != nil {
		return nil, err
	}
	return s, nil
}

// Send writes a piece, perhaps none, and flushes.
func (s *Stream) Send(p []byte) error {
	if len(p) > 0 {
		if _, err := s.w.Write(p); err != nil {
			return err
		}
	}
	_ = s.w.control.SetWriteDeadline(s.w.deadline())
	return s.w.control.Flush()
}
