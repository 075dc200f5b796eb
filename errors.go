package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The codes that this package itself asks for.
const (
	codeInternal    = "internal_error"
	codeUnavailable = "unavailable"
)

// sentinel is an error with its code on the wire.
type sentinel struct{ code, text string }

func (s *sentinel) Error() string { return s.text }

// The errors of this package, to be compared with errors.Is. [Code] returns the name
// of each on the wire.
var (
	ErrBadRequest           error = &sentinel{"bad_request", "bad request"}                                                // malformed or cut input
	ErrInvalidCursor        error = &sentinel{"invalid_cursor", "the cursor does not belong to this list"}                 // altered, or of another filter, order or workspace
	ErrUnauthorized         error = &sentinel{"unauthorized", "valid credentials are required"}                            // no actor, or an incomplete one
	ErrForbiddenScope       error = &sentinel{"forbidden_scope", "the credential lacks the scope"}                         // a scope is missing
	ErrKindCannotApprove    error = &sentinel{"agent_cannot_approve", "this kind of actor may not approve"}                // by default only users approve
	ErrForbiddenKind        error = &sentinel{"forbidden_kind", "this kind of actor may not do this"}                      // such as an agent that manages webhooks
	ErrSelfApproval         error = &sentinel{"self_approval", "the creator of a version may not approve it"}              // the policy forbids it
	ErrRefused              error = &sentinel{"refused_by_policy", "refused by the host's policy"}                         // a host's rule wraps it
	ErrNotFound             error = &sentinel{"not_found", "not found"}                                                    // unknown, or another workspace's
	ErrNotApproved          error = &sentinel{"not_approved", "no version of this asset is approved"}                      // the approved perspective is empty
	ErrNotAttested          error = &sentinel{"not_attested", "there is no signed statement about this version"}           // never approved, approved before there were any, or not signed yet
	ErrNotConfigured        error = &sentinel{"not_configured", "the host has not set this up"}                            // such as webhooks without signing keys
	ErrInvalidTransition    error = &sentinel{"invalid_transition", "the status does not allow this action"}               // see [Action]
	ErrVersionConflict      error = &sentinel{"version_conflict", "the decision is not about the version that is current"} // there is a newer version, or the digest differs
	ErrNotDraft             error = &sentinel{"not_draft", "only a draft that was never approved can be deleted"}          // on delete
	ErrExportStale          error = &sentinel{"export_stale", "an approval in the export was withdrawn: make a new one"}   // it stays stale
	ErrTooManyVersions      error = &sentinel{"too_many_versions", "the asset has as many versions as it may have"}        // Limits.Versions; 9/10 of it for agents and services
	ErrLimitReached         error = &sentinel{"limit_reached", "the workspace has as many of these as it may have"}        // exports that have not expired
	ErrUploadUsed           error = &sentinel{"upload_used", "the upload has its content, or its version, already"}        // a second PUT, a second use
	ErrExpired              error = &sentinel{"expired", "the link has expired"}                                           // the token is valid but past its time
	ErrWithdrawn            error = &sentinel{"withdrawn", "the asset has been archived"}                                  // the token is valid, its asset archived
	ErrErased               error = &sentinel{"erased", "the content was erased"}                                          // what remains is its description
	ErrEventsPruned         error = &sentinel{"events_pruned", "events behind this place were removed, or it is of another history: read the state again, then follow from now"}
	ErrPreconditionFailed   error = &sentinel{"precondition_failed", "the asset has another revision"}     // If-Match
	ErrTooLarge             error = &sentinel{"payload_too_large", "the content is larger than allowed"}   // Limits
	ErrUnsupportedMediaType error = &sentinel{"unsupported_media_type", "the media type is not supported"} // not allowed for the asset type, or not what the bytes are
	ErrIdempotencyMismatch  error = &sentinel{"idempotency_mismatch", "the Idempotency-Key was used for another request"}
	ErrDigestMismatch       error = &sentinel{"digest_mismatch", "the content does not have the declared SHA-256"}
	ErrUnavailable          error = &sentinel{codeUnavailable, "temporarily unavailable; try again"} // a back end fails or is too slow
	errInternal             error = &sentinel{codeInternal, "internal error"}
)

// Refusals that wrap ErrRefused, as a host's own rule does, but are those of this module.
var (
	ErrGuestsDecide = Errorf(ErrRefused, "people without an account may not decide here")
	ErrUndisclosed  = Errorf(ErrRefused, "provenance.source_type is required for an approval: add a version that has one, such as trainedAlgorithmicMedia")
)

// Errors between the Library and its seams. The Library does not return them alone.
var (
	// ErrUnchanged: there is nothing to add, or the decision is already in effect.
	ErrUnchanged = errors.New("unchanged")
	// ErrOutcomeUnknown: a commit was tried and may or may not have happened. It wraps
	// ErrUnavailable.
	ErrOutcomeUnknown = fmt.Errorf("outcome of the commit unknown: %w", ErrUnavailable)
	// ErrLeased: another follower of the name has the lease.
	ErrLeased = errors.New("another follower of this name is at work")
	// ErrOverBudget: work needs more memory than Limits.WorkMemory. The caller of
	// [Library.Admit] replaces it, such as by ErrUnsupportedMediaType for an image.
	ErrOverBudget = errors.New("more memory than is ever available")
	// ErrCorrupt: stored bytes are missing, short or altered. Its code is
	// internal_error.
	ErrCorrupt = fmt.Errorf("stored content is damaged: %w", errInternal)
)

// Error is a refusal with a text for callers. Detail contains nothing internal.
type Error struct {
	Err       error  // a sentinel of this package
	Detail    string // a sentence for people
	ReviewURL string // where a person can decide what the actor's kind may not
}

// Errorf returns an [*Error] that wraps a sentinel, with a sentence for people.
func Errorf(sentinel error, format string, args ...any) error {
	return &Error{Err: sentinel, Detail: fmt.Sprintf(format, args...)}
}

// ForbiddenScope returns an [*Error] that wraps ErrForbiddenScope. It names the scopes of
// which an actor has none though it needs one, and who can give it that.
func ForbiddenScope(scopes ...Scope) error {
	if len(scopes) == 1 {
		return Errorf(ErrForbiddenScope, "the credential lacks the scope %s; the operator can issue one with it", scopes[0])
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return Errorf(ErrForbiddenScope, "the credential has none of the scopes %s; the operator can issue one with one of them", strings.Join(names, ", "))
}

// ForbiddenKind returns an [*Error] that wraps ErrForbiddenKind. It names what an actor of a
// kind may not do, such as "manage webhooks", and the kinds that may, which are users,
// services, or both.
func ForbiddenKind(by Kind, what string, may ...Kind) error {
	who := "a person has to"
	switch {
	case slices.Contains(may, KindUser) && slices.Contains(may, KindService):
		who = "a person or a service can"
	case slices.Contains(may, KindService):
		who = "a service has to"
	}
	return Errorf(ErrForbiddenKind, "an actor of kind %s may not %s: %s", by, what, who)
}

func (e *Error) Error() string { return e.Detail }

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// FieldError is one problem of the input. Several are joined by errors.Join;
// [FieldErrors] separates them. Msg never contains the value.
type FieldError struct {
	Loc  []any  `json:"loc"` // names and indexes, outermost first
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// The types of a FieldError.
const (
	TypeMissing      = "missing"
	TypeMalformed    = "malformed"
	TypeTooLong      = "too_long"
	TypeTooShort     = "too_short"
	TypeTooLarge     = "too_large"
	TypeTooSmall     = "too_small"
	TypeUnknownField = "unknown_field" // no such field or parameter
	TypeNotAllowed   = "not_allowed"   // none of the allowed values, which Msg names
	TypeDuplicate    = "duplicate"     // given twice
	TypeWrong        = "wrong_type"
	TypeReference    = "reference" // names something that does not exist
	TypeConflict     = "conflict"  // does not go with another field
)

// Invalid returns a FieldError at loc.
func Invalid(typ, msg string, loc ...any) *FieldError {
	return &FieldError{Loc: loc, Msg: msg, Type: typ}
}

func (e *FieldError) Error() string {
	parts := make([]string, len(e.Loc))
	for i, p := range e.Loc {
		parts[i] = fmt.Sprint(p)
	}
	if len(parts) == 0 { // of the input as a whole
		return e.Msg
	}
	return strings.Join(parts, ".") + ": " + e.Msg
}

// At returns a copy with loc prepended.
func (e *FieldError) At(loc ...any) *FieldError {
	return &FieldError{Loc: slices.Concat(loc, e.Loc), Msg: e.Msg, Type: e.Type}
}

// FieldErrors returns every FieldError within err, in order.
func FieldErrors(err error) []*FieldError {
	switch e := err.(type) { //nolint:errorlint // this walks the tree itself, in order
	case nil:
		return nil
	case *FieldError:
		return []*FieldError{e}
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, sub := range e.Unwrap() {
			all = append(all, FieldErrors(sub)...)
		}
		return all
	}
	return FieldErrors(errors.Unwrap(err))
}

// Code returns the machine-readable name of err on the wire: "" for nil,
// "validation_error" for field errors, "unavailable" if a context ended, and
// "internal_error" for an error that is not of this package.
func Code(err error) string {
	var s *sentinel
	switch {
	case err == nil:
		return ""
	case len(FieldErrors(err)) > 0:
		return "validation_error"
	case errors.As(err, &s):
		return s.code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return codeUnavailable
	}
	return codeInternal
}

// Detail returns the sentence of err that is meant for callers. It never contains
// text of a back end.
func Detail(err error) string {
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Detail
	}
	code := Code(err)
	var s *sentinel
	if code != codeInternal && errors.As(err, &s) {
		return s.text
	}
	if code == codeUnavailable {
		return ErrUnavailable.Error()
	}
	return errInternal.Error()
}
