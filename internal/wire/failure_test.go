package wire_test

import (
	"errors"
	"fmt"
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
			`{"detail":"this path does not allow the method","code":"method_not_allowed"}`,
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

func TestFlat(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"one error": {
			assets.Errorf(assets.ErrVersionConflict, "version 3 is current"),
			`{"detail":"version 3 is current","code":"version_conflict","status":409}`,
		},
		"field errors": {
			assets.Invalid("missing", "is required", "title"),
			`{"detail":[{"loc":["title"],"msg":"is required","type":"missing"}],"code":"validation_error","status":422}`,
		},
		"review URL": {
			&assets.Error{Err: assets.ErrKindCannotApprove, Detail: "people approve", ReviewURL: "https://h/r"},
			`{"detail":"people approve","code":"agent_cannot_approve","status":403,"review_url":"https://h/r"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Marshal(wire.Describe(tt.err).Flat())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
