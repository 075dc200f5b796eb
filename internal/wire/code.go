// Package wire is how domain values and errors look on the wire, the same for
// every door. It is the only place that knows HTTP status codes of domain
// errors: an error without one is internal_error, and its text stays in the
// log.
package wire

import (
	"errors"
	"net/http"

	"github.com/10ex/assets"
)

// fault is an error of the HTTP edge, which the domain does not know.
type fault struct{ code, text string }

func (f *fault) Error() string { return f.text }

// The errors of the HTTP edge.
var (
	ErrMethodNotAllowed    error = &fault{"method_not_allowed", "this path does not take the method"}                                         // the answer has Allow
	ErrForbiddenOrigin     error = &fault{"forbidden_origin", "a cross-site request may not change anything without an Authorization header"} // CSRF
	ErrForeignOrigin       error = &fault{"forbidden_origin", "requests of this web origin, or to this host name, are not taken"}             // DNS rebinding
	ErrRangeNotSatisfiable error = &fault{"range_not_satisfiable", "the content has no such range"}                                           // the answer has Content-Range
)

// Code answers the machine-readable name of err.
func Code(err error) string {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.code
	}
	return assets.Code(err)
}

// Status answers the HTTP status of a code (RFC 9110 §15); an unknown code is
// 500.
func Status(code string) int {
	switch code {
	case "bad_request", "invalid_cursor":
		return http.StatusBadRequest
	case "unauthorized":
		return http.StatusUnauthorized
	case "forbidden_scope", "agent_cannot_approve", "self_approval", "refused_by_policy", "forbidden_origin":
		return http.StatusForbidden
	case "not_found", "not_approved":
		return http.StatusNotFound
	case "method_not_allowed":
		return http.StatusMethodNotAllowed
	case "invalid_transition", "version_conflict", "not_draft", "export_stale", "too_many_versions", "upload_used":
		return http.StatusConflict
	case "expired", "withdrawn":
		return http.StatusGone
	case "precondition_failed":
		return http.StatusPreconditionFailed
	case "payload_too_large":
		return http.StatusRequestEntityTooLarge
	case "unsupported_media_type":
		return http.StatusUnsupportedMediaType
	case "range_not_satisfiable":
		return http.StatusRequestedRangeNotSatisfiable
	case "validation_error", "idempotency_mismatch", "digest_mismatch":
		return http.StatusUnprocessableEntity
	case "unavailable":
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
