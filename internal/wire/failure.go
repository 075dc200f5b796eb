package wire

import (
	"errors"

	"github.com/10ex/assets"
)

// Failure is an error as a caller may see it: nothing internal is in it.
type Failure struct {
	Status    int
	Code      string
	Detail    string
	ReviewURL string               // with agent_cannot_approve, when the host has one
	Fields    []*assets.FieldError // with validation_error: every problem
}

// Describe makes a Failure of an error. What concerns the credential is one
// answer whatever was wrong with it.
func Describe(err error) Failure {
	f := Failure{Code: Code(err), Detail: assets.Detail(err), Fields: assets.FieldErrors(err)}
	f.Status = Status(f.Code)
	if edge, ok := errors.AsType[*fault](err); ok {
		f.Detail = edge.text
	}
	if f.Code == assets.Code(assets.ErrUnauthorized) {
		f.Detail = assets.ErrUnauthorized.Error()
	}
	if refusal, ok := errors.AsType[*assets.Error](err); ok {
		f.ReviewURL = refusal.ReviewURL
	}
	return f
}

type (
	refusal struct {
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		ReviewURL string `json:"review_url,omitempty"`
	}
	flat struct {
		Detail    any    `json:"detail"` // a text, or the problems
		Code      string `json:"code"`
		Status    int    `json:"status"`
		ReviewURL string `json:"review_url,omitempty"`
	}
	invalid struct {
		Detail []*assets.FieldError `json:"detail"`
	}
)

// Body answers what is written as JSON: {"detail": [{loc, msg, type}]} for
// field errors, else {"detail", "code"} and, where it is known, "review_url".
func (f Failure) Body() any {
	if len(f.Fields) > 0 {
		return invalid{f.Fields}
	}
	return refusal{f.Detail, f.Code, f.ReviewURL}
}

// Flat answers the same for a door that has no HTTP status beside the body:
// {"detail", "code", "status"} and, where it is known, "review_url". The detail
// of field errors is their list.
func (f Failure) Flat() any {
	if len(f.Fields) > 0 {
		return flat{f.Fields, f.Code, f.Status, ""}
	}
	return flat{f.Detail, f.Code, f.Status, f.ReviewURL}
}
