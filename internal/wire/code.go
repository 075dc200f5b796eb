// Package wire defines the representation of domain values and errors in
// responses, which is the same over REST and MCP. It is the only package that
// maps errors to HTTP status codes. An unknown error is internal_error, and its
// text is never part of a response.
package wire

import (
	"errors"
	"net/http"

	"github.com/10ex/assets"
)

// edgeError is an error of HTTP that the domain does not have.
type edgeError struct{ code, text string }

func (e *edgeError) Error() string { return e.text }

// Errors of HTTP.
var (
	// ErrMethodNotAllowed: the path exists without the method. The response
	// must have Allow.
	ErrMethodNotAllowed error = &edgeError{"method_not_allowed", "this path does not allow the method"}

	// ErrForbiddenOrigin: the request may be a cross-site request forgery.
	ErrForbiddenOrigin error = &edgeError{"forbidden_origin", "a cross-site request must not change anything without an Authorization header"}

	// ErrForeignOrigin: the request may come from a foreign web page, perhaps
	// by DNS rebinding.
	ErrForeignOrigin error = &edgeError{"forbidden_origin", "requests from this web origin or to this host name are not accepted"}

	// ErrRangeNotSatisfiable: the content has none of the requested bytes. The
	// response must have Content-Range.
	ErrRangeNotSatisfiable error = &edgeError{"range_not_satisfiable", "the content has none of the requested bytes"}
)

// Code returns the machine-readable name of err, "internal_error" if it has none.
func Code(err error) string {
	if e, ok := errors.AsType[*edgeError](err); ok {
		return e.code
	}
	return assets.Code(err)
}

// Status returns the HTTP status (RFC 9110 §15) of a code, 500 for an unknown one.
func Status(code string) int {
	switch code {
	case "bad_request", "invalid_cursor":
		return http.StatusBadRequest
	case "unauthorized":
		return http.StatusUnauthorized
	case "forbidden_scope", "forbidden_kind", "agent_cannot_approve", "self_approval", "refused_by_policy", "forbidden_origin":
		return http.StatusForbidden
	case "not_found", "not_approved", "not_attested", "not_configured":
		return http.StatusNotFound
	case "method_not_allowed":
		return http.StatusMethodNotAllowed
	case "invalid_transition", "version_conflict", "not_draft", "export_stale", "too_many_versions", "upload_used":
		return http.StatusConflict
	case "expired", "withdrawn", "erased", "events_pruned":
		return http.StatusGone
	case "limit_reached":
		return http.StatusTooManyRequests
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
