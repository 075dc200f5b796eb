package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func TestEveryErrorHasItsStatus(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{
		assets.ErrBadRequest:            http.StatusBadRequest,
		assets.ErrInvalidCursor:         http.StatusBadRequest,
		assets.ErrUnauthorized:          http.StatusUnauthorized,
		assets.ErrForbiddenScope:        http.StatusForbidden,
		assets.ErrKindCannotApprove:     http.StatusForbidden,
		assets.ErrSelfApproval:          http.StatusForbidden,
		assets.ErrRefused:               http.StatusForbidden,
		wire.ErrForbiddenOrigin:         http.StatusForbidden,
		assets.ErrNotFound:              http.StatusNotFound,
		assets.ErrNotApproved:           http.StatusNotFound,
		wire.ErrMethodNotAllowed:        http.StatusMethodNotAllowed,
		assets.ErrInvalidTransition:     http.StatusConflict,
		assets.ErrVersionConflict:       http.StatusConflict,
		assets.ErrNotDraft:              http.StatusConflict,
		assets.ErrExportStale:           http.StatusConflict,
		assets.ErrTooManyVersions:       http.StatusConflict,
		assets.ErrLimitReached:          http.StatusTooManyRequests,
		assets.ErrExpired:               http.StatusGone,
		assets.ErrWithdrawn:             http.StatusGone,
		assets.ErrPreconditionFailed:    http.StatusPreconditionFailed,
		assets.ErrTooLarge:              http.StatusRequestEntityTooLarge,
		assets.ErrUnsupportedMediaType:  http.StatusUnsupportedMediaType,
		wire.ErrRangeNotSatisfiable:     http.StatusRequestedRangeNotSatisfiable,
		assets.ErrIdempotencyMismatch:   http.StatusUnprocessableEntity,
		assets.ErrDigestMismatch:        http.StatusUnprocessableEntity,
		assets.Invalid("x", "y", "z"):   http.StatusUnprocessableEntity,
		assets.ErrUnavailable:           http.StatusServiceUnavailable,
		assets.ErrOutcomeUnknown:        http.StatusServiceUnavailable,
		context.Canceled:                http.StatusServiceUnavailable,
		assets.ErrCorrupt:               http.StatusInternalServerError,
		errors.New("pq: duplicate key"): http.StatusInternalServerError,
	} {
		if got := wire.Describe(fmt.Errorf("outer: %w", err)).Status; got != want {
			t.Errorf("%v: status %d, want %d", err, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"method_not_allowed":    wire.ErrMethodNotAllowed,
		"forbidden_origin":      wire.ErrForeignOrigin,
		"range_not_satisfiable": fmt.Errorf("outer: %w", wire.ErrRangeNotSatisfiable),
		"not_found":             fmt.Errorf("outer: %w", assets.ErrNotFound),
		"internal_error":        errors.New("disk on fire"),
	} {
		if got := wire.Code(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestStatusOfUnknownCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "internal_error", "no_such_code"} {
		if got := wire.Status(code); got != http.StatusInternalServerError {
			t.Errorf("%q: %d", code, got)
		}
	}
}
