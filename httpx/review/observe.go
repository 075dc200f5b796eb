package review

import (
	"net/http"
	"strings"
)

// statusWriter records the status of a response, for the observer.
type statusWriter struct {
	http.ResponseWriter
	status int   // 0 until the response has begun
	sent   int64 // bytes of the body
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// operationName returns the name under which the observer is told of a request: one of a
// few, whatever the path is.
func (v *visit) operationName(segments []string) string {
	if segments[0] == staticFolder {
		return "review_static"
	}
	p := pattern(segments)
	switch _, known := v.screens()[p]; {
	case !known:
		return "review_unknown"
	case p == "":
		return "review_queue"
	case p == "*":
		return "review_asset"
	}
	words := strings.FieldsFunc(p, func(r rune) bool { return r == '/' || r == '*' })
	return "review_" + strings.Join(words, "_")
}
