package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func body(t *testing.T, err error) string {
	t.Helper()
	b, marshalErr := wire.Marshal(wire.Describe(err).Body())
	if marshalErr != nil {
		t.Fatal(marshalErr)
	}
	return string(b)
}

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

func TestShapes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"refusal": {
			assets.Errorf(assets.ErrVersionConflict, "version %d <is> current", 3),
			`{"detail":"version 3 <is> current","code":"version_conflict"}`,
		},
		"fields, all at once": {
			errors.Join(assets.Invalid("missing", "is required", "body", "title"), assets.Invalid("unknown", "no", "body", "tags", 0)),
			`{"detail":[{"loc":["body","title"],"msg":"is required","type":"missing"},{"loc":["body","tags",0],"msg":"no","type":"unknown"}]}`,
		},
		"review url": {
			&assets.Error{Err: assets.ErrKindCannotApprove, Detail: "people approve", ReviewURL: "https://h/r?a=1&b=2"},
			`{"detail":"people approve","code":"agent_cannot_approve","review_url":"https://h/r?a=1&b=2"}`,
		},
		"LOG02 nothing internal": {
			fmt.Errorf("SELECT secret FROM t: %w", assets.ErrUnavailable),
			`{"detail":"temporarily unavailable; try again","code":"unavailable"}`,
		},
		"AUTH01 one answer": {
			assets.Errorf(assets.ErrUnauthorized, "revoked yesterday"),
			`{"detail":"valid credentials are required","code":"unauthorized"}`,
		},
		"edge": {
			wire.ErrMethodNotAllowed,
			`{"detail":"this path does not take the method","code":"method_not_allowed"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, body(t, tt.err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMarshalIsDeterministicAndKeepsNumbers(t *testing.T) {
	t.Parallel()
	v := assets.Version{
		Number:     2,
		Content:    assets.Content{Filename: "a&b<c>.txt"},
		Provenance: assets.Provenance{Parameters: json.RawMessage(`{"a":0.10,"n":9007199254740993}`)},
	}
	want := `{"asset_id":"","version":2,"content":{"media_type":"","size_bytes":0,"sha256":"","filename":"a&b<c>.txt"},` +
		`"provenance":{"parameters":{"a":0.10,"n":9007199254740993}},"rolled_back_from":null,"approval":null,"created_by":"","created_at":null}`
	got, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	tags := assets.Tags{}
	for i := range 50 {
		tags[fmt.Sprint("k", i)] = nil
	}
	first, _ := wire.Marshal(tags)
	for range 20 {
		if again, _ := wire.Marshal(tags); !bytes.Equal(again, first) {
			t.Fatal("the same tags were written in another order")
		}
	}
}
