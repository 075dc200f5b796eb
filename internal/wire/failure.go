package wire

import (
	"errors"

	"github.com/10ex/assets"
)

// Failure is an error as callers see it. It contains nothing internal.
type Failure struct {
	Status    int
	Code      string
	Detail    string
	ReviewURL string               // for an actor whose kind may not approve, if the host has a review page
	Fields    []*assets.FieldError // all problems of validation_error
}

// Describe returns the Failure for err. The Failure of ErrUnauthorized is always
// the same, whatever is wrong with the credential.
func Describe(err error) Failure {
	f := Failure{Code: Code(err), Detail: assets.Detail(err), Fields: assets.FieldErrors(err)}
	f.Status = Status(f.Code)
	if edge, ok := errors.AsType[*edgeError](err); ok {
		f.Detail = edge.text
	}
	if f.Code == assets.Code(assets.ErrUnauthorized) {
		f.Detail = assets.ErrUnauthorized.Error()
	}
	if e, ok := errors.AsType[*assets.Error](err); ok {
		f.ReviewURL = e.ReviewURL
	}
	return f
}

type (
	errorBody struct {
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		ReviewURL string `json:"review_url,omitempty"`
	}
	flatBody struct {
		Detail    any    `json:"detail"` // a text, or the field errors
		Code      string `json:"code"`
		Status    int    `json:"status"`
		ReviewURL string `json:"review_url,omitempty"`
	}
	validationErrorBody struct {
		Detail []*assets.FieldError `json:"detail"`
	}
)

// Body returns the JSON body of the response: {"detail": [{loc, msg, type}]} for
// field errors, else {"detail", "code"} and "review_url" if there is one.
func (f Failure) Body() any {
	if len(f.Fields) > 0 {
		return validationErrorBody{f.Fields}
	}
	return errorBody{f.Detail, f.Code, f.ReviewURL}
}

// Flat returns the JSON body for a protocol that has no HTTP status beside it:
// {"detail", "code", "status"} and "review_url" if there is one. The detail of
// field errors is their list.
func (f Failure) Flat() any {
	if len(f.Fields) > 0 {
		return flatBody{f.Fields, f.Code, f.Status, ""}
	}
	return flatBody{f.Detail, f.Code, f.Status, f.ReviewURL}
}
