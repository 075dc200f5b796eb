package rest_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestDocumentOfResponses(t *testing.T) {
	t.Parallel()
	type none struct{}
	type conditional struct {
		ID    string         `path:"id"`
		Match rest.Revisions `header:"If-Match"`
		Body  newNote
	}
	always := []string{"400", "405", "422", "500", "503"}
	for name, tt := range map[string]struct {
		route  rest.Route
		method string
		want   []string // besides always
	}{
		"public": {responding[none](rest.Operation{Method: "GET"}), "get", []string{"200"}},
		"with an entity tag": {
			responding[none](rest.Operation{Method: "GET", ETag: rest.Revision, Scopes: []assets.Scope{assets.ScopeRead}}), "get",
			[]string{"200", "304", "401", "403"},
		},
		"stored bytes": {
			responding[none](rest.Operation{Method: "GET", Content: true, Errors: []error{assets.ErrExpired}}), "get",
			[]string{"200", "206", "304", "410", "412", "416"},
		},
		"with path, condition and body": {
			responding[conditional](rest.Operation{Method: "POST", Statuses: []int{201, 200}, Scopes: []assets.Scope{assets.ScopeWrite}}), "post",
			[]string{"200", "201", "401", "403", "404", "412", "413", "415"},
		},
	} {
		responses := documented(t, rest.About{}, tt.route, "paths", "/x/a", tt.method, "responses").(map[string]any)
		want := slices.Sorted(slices.Values(append(tt.want, always...)))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(responses))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func responding[In any](op rest.Operation) rest.Route {
	op.Name, op.Path = "respond", "/a"
	return rest.Typed(op, func(context.Context, assets.Actor, *In) (rest.Reply[thing], error) { return rest.Reply[thing]{}, nil })
}

func TestDocumentOfResponseHeaders(t *testing.T) {
	t.Parallel()
	type idempotent struct {
		Key string `header:"Idempotency-Key"`
	}
	route := responding[idempotent](rest.Operation{Method: "POST", Statuses: []int{201}, ETag: rest.Revision})
	headers := documented(t, rest.About{}, route, "paths", "/x/a", "post", "responses", "201", "headers").(map[string]any)
	want := []string{"ETag", "Idempotency-Replayed", "Location"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(headers))); diff != "" {
		t.Error(diff)
	}
}

// A response with one code is a component. One with several codes lists them.
func TestDocumentOfErrors(t *testing.T) {
	t.Parallel()
	route := responding[struct{}](rest.Operation{Method: "DELETE", Errors: []error{assets.ErrNotDraft, assets.ErrExpired, assets.ErrWithdrawn}})
	responses := documented(t, rest.About{}, route, "paths", "/x/a", "delete", "responses").(map[string]any)
	if diff := cmp.Diff(map[string]any{"$ref": "#/components/responses/NotDraft"}, responses["409"]); diff != "" {
		t.Error(diff)
	}
	gone := responses["410"].(map[string]any)
	want := "`expired`: the link has expired.\n\n`withdrawn`: the asset has been archived."
	if diff := cmp.Diff(want, gone["description"]); diff != "" {
		t.Error(diff)
	}
	codes := documented(t, rest.About{}, route, "components", "schemas", "Error", "properties", "code", "enum").([]any)
	for _, code := range []string{"not_draft", "expired", "withdrawn", "method_not_allowed", "internal_error"} {
		if !slices.Contains(codes, any(code)) {
			t.Errorf("%s is not in %v", code, codes)
		}
	}
}

func TestDocumentOfHead(t *testing.T) {
	t.Parallel()
	route := responding[struct{}](rest.Operation{Method: "GET", Content: true, Head: "head_a"})
	head := documented(t, rest.About{}, route, "paths", "/x/a", "head").(map[string]any)
	if head["operationId"] != "head_a" {
		t.Errorf("%v", head["operationId"])
	}
	for status, response := range head["responses"].(map[string]any) {
		if r := response.(map[string]any); r["content"] != nil || r["$ref"] != nil {
			t.Errorf("%s has a body: %v", status, r)
		}
	}
}
