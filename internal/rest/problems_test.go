package rest_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// validated is a body with a Validate method.
type validated struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
}

func (*validated) Validate() error {
	return assets.Invalid(assets.TypeMissing, "is required", "kind")
}

func TestValidateAddsProblemsElsewhere(t *testing.T) {
	t.Parallel()
	_, problems, _ := decode[validated](t, `{"title":1,"x":2}`)
	want := []string{"wrong_type body.title: must be a string", "unknown_field body.x: no such field; the fields are title, kind", "missing body.kind: is required"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
	_, problems, _ = decode[validated](t, `{"title":"t","kind":1}`)
	if diff := cmp.Diff([]string{"wrong_type body.kind: must be a string"}, problems); diff != "" {
		t.Error(diff)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	err := rest.Locate(errors.Join(assets.Invalid("missing", "is required", "title"), assets.Invalid("unknown", "no", "tags", 0)), "arguments")
	var got [][]any
	for _, f := range assets.FieldErrors(err) {
		got = append(got, f.Loc)
	}
	if diff := cmp.Diff([][]any{{"arguments", "title"}, {"arguments", "tags", 0}}, got); diff != "" {
		t.Error(diff)
	}
	if err := rest.Locate(assets.ErrNotFound, "arguments"); err != assets.ErrNotFound {
		t.Errorf("another error became %v", err)
	}
	if err := rest.Locate(nil, "arguments"); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestLocateIsBounded(t *testing.T) {
	t.Parallel()
	var all []error
	for i := range 300 {
		all = append(all, assets.Invalid("unknown", "no", i))
	}
	if n := len(assets.FieldErrors(rest.Locate(errors.Join(all...), "x"))); n != 100 {
		t.Errorf("%d problems", n)
	}
}
