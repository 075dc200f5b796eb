package rest_test

import (
	"context"
	"maps"
	"reflect"
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
	want := []string{"Etag", "Idempotency-Replayed", "Location"} // as HTTP/1.1 libraries of Go write them
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
	codes := documented(t, rest.About{}, route, "components", "schemas", "ErrorCode", "enum").([]any)
	for _, code := range []string{"not_draft", "expired", "withdrawn", "method_not_allowed", "internal_error"} {
		if !slices.Contains(codes, any(code)) {
			t.Errorf("%s is not in %v", code, codes)
		}
	}
}

// The names of the examples of a response are its codes.
func TestDocumentOfErrorCodes(t *testing.T) {
	t.Parallel()
	route := responding[struct{}](rest.Operation{Method: "DELETE", Errors: []error{assets.ErrExpired, assets.ErrWithdrawn, assets.ErrDigestMismatch}})
	for status, want := range map[string]struct {
		schema string
		codes  []string
	}{
		"410": {"Error", []string{"expired", "withdrawn"}},
		"422": {"Unprocessable", []string{"digest_mismatch", "validation_error"}},
	} {
		body := documented(t, rest.About{}, route, "paths", "/x/a", "delete", "responses", status, "content", "application/json").(map[string]any)
		if diff := cmp.Diff(map[string]any{"$ref": "#/components/schemas/" + want.schema}, body["schema"]); diff != "" {
			t.Errorf("%s: %s", status, diff)
		}
		examples := body["examples"].(map[string]any)
		if diff := cmp.Diff(want.codes, slices.Sorted(maps.Keys(examples))); diff != "" {
			t.Errorf("%s: %s", status, diff)
		}
		for code, e := range examples {
			body := e.(map[string]any)["value"].(map[string]any)
			if _, list := body["detail"].([]any); list != (code == "validation_error") || (!list && body["code"] != code) {
				t.Errorf("%s: the example is %v", code, body)
			}
		}
	}
}

func TestDocumentOfDetail(t *testing.T) {
	t.Parallel()
	about := rest.About{
		Names:   map[reflect.Type]string{reflect.TypeFor[thing](): "Item"},
		Details: map[reflect.Type]rest.Detail{reflect.TypeFor[thing](): {Name: "ItemDetail", Members: []string{"parts"}}},
	}
	for name, op := range map[string]rest.Operation{"Item": {Method: "GET"}, "ItemDetail": {Method: "GET", Detail: true}} {
		route := responding[struct{}](op)
		got := documented(t, about, route, "paths", "/x/a", "get", "responses", "200", "content", "application/json", "schema")
		if diff := cmp.Diff(any(map[string]any{"$ref": "#/components/schemas/" + name}), got); diff != "" {
			t.Error(diff)
		}
		item := documented(t, about, route, "components", "schemas", name).(map[string]any)
		detail := name == "ItemDetail"
		if has := item["properties"].(map[string]any)["parts"] != nil; has != detail || slices.Contains(item["required"].([]any), any("parts")) != detail {
			t.Errorf("%s: %v", name, item)
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
