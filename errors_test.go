package assets_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

func TestCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{assets.ErrNotFound, "not_found"},
		{fmt.Errorf("asset 7: %w", assets.ErrNotFound), "not_found"},
		{assets.Errorf(assets.ErrTooLarge, "at most %d bytes", 5), "payload_too_large"},
		{assets.Invalid(assets.TypeMissing, "is required", "title"), "validation_error"},
		{errors.Join(assets.ErrNotFound, assets.Invalid(assets.TypeMissing, "is required", "title")), "validation_error"},
		{assets.ErrOutcomeUnknown, "unavailable"},
		{assets.ErrCorrupt, "internal_error"},
		{fmt.Errorf("query: %w", context.Canceled), "unavailable"},
		{fmt.Errorf("query: %w", context.DeadlineExceeded), "unavailable"},
		{errors.New("SELECT secret"), "internal_error"},
	} {
		if got := assets.Code(tt.err); got != tt.want {
			t.Errorf("Code(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestDetail: a detail never has text of a back end.
func TestDetail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{assets.ErrNotFound, "not found"},
		{fmt.Errorf("SELECT secret: %w", assets.ErrNotFound), "not found"},
		{fmt.Errorf("SELECT secret: %w", assets.Errorf(assets.ErrTooLarge, "at most %d bytes", 5)), "at most 5 bytes"},
		{fmt.Errorf("SELECT secret: %w", context.Canceled), assets.ErrUnavailable.Error()},
		{fmt.Errorf("SELECT secret: %w", assets.ErrUnavailable), assets.ErrUnavailable.Error()},
		{fmt.Errorf("SELECT secret: %w", assets.ErrCorrupt), "internal error"},
		{errors.New("SELECT secret"), "internal error"},
	} {
		if got := assets.Detail(tt.err); got != tt.want {
			t.Errorf("Detail(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestErrorf(t *testing.T) {
	t.Parallel()
	err := assets.Errorf(assets.ErrRefused, "not on a %s", "Friday")
	if err.Error() != "not on a Friday" || !errors.Is(err, assets.ErrRefused) || errors.Is(err, assets.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	title := assets.Invalid(assets.TypeMissing, "is required", "title")
	value := assets.Invalid(assets.TypeTooLong, "must be at most 200 characters", "tags", "k", 0)
	for _, tt := range []struct {
		err  error
		want []*assets.FieldError
	}{
		{nil, nil},
		{assets.ErrNotFound, nil},
		{title, []*assets.FieldError{title}},
		{errors.Join(title, value), []*assets.FieldError{title, value}},
		{fmt.Errorf("input: %w", errors.Join(value, errors.Join(assets.ErrNotFound, title))), []*assets.FieldError{value, title}},
	} {
		if got := assets.FieldErrors(tt.err); !slices.Equal(got, tt.want) {
			t.Errorf("FieldErrors(%v) = %v, want %v", tt.err, got, tt.want)
		}
	}
}

func TestFieldErrorText(t *testing.T) {
	t.Parallel()
	value := assets.Invalid(assets.TypeTooLong, "is too long", "tags", "k", 0)
	for _, tt := range []struct {
		err  *assets.FieldError
		want string
	}{
		{value, "tags.k.0: is too long"},
		{value.At("items", 3), "items.3.tags.k.0: is too long"},
		{assets.Invalid(assets.TypeMissing, "a body is required"), "a body is required"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	if len(value.Loc) != 3 {
		t.Errorf("At changed the error itself: %v", value.Loc)
	}
}
