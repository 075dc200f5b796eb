package rest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// documented returns the part of the document of one route at path.
func documented(t *testing.T, about rest.About, route rest.Route, path ...string) any {
	t.Helper()
	v := asJSON(t, rest.Document(about, rest.Mounted{Prefix: "/x", Routes: []rest.Route{route}}))
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok || m[name] == nil {
			t.Fatalf("%v has no %s", v, name)
		}
		v = m[name]
	}
	return v
}

func TestDocumentOfParameters(t *testing.T) {
	t.Parallel()
	type input struct {
		ID    string   `path:"id"`
		Limit int      `query:"limit" min:"1"`
		Names []string `query:"name"`
		Key   string   `header:"Key"`
	}
	about := rest.About{Members: map[string]*jsonschema.Schema{
		"id": {Description: "The id."}, "name": {Description: "Names."}, "limit": {Description: "Any limit."}, "list.limit": {Description: "The limit of the list."},
	}}
	op := rest.Operation{Name: "list", Method: "GET", Path: "/{id}", ETag: rest.Revision}
	route := rest.Typed(op, func(context.Context, assets.Actor, *input) (rest.Reply[thing], error) {
		return rest.Reply[thing]{}, nil
	})
	got := documented(t, about, route, "paths", "/x/{id}", "get", "parameters").([]any)
	if len(got) != 5 || got[4].(map[string]any)["name"] != "If-None-Match" {
		t.Fatalf("%v", got)
	}
	want := asJSON(t, []byte(`[
		{"name": "id", "in": "path", "required": true, "description": "The id.", "schema": {"type": "string", "minLength": 1}},
		{"name": "limit", "in": "query", "description": "The limit of the list.", "schema": {"type": "integer", "minimum": 1}},
		{"name": "name", "in": "query", "description": "Names.", "schema": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 200}},
		{"name": "Key", "in": "header", "description": "", "schema": {"type": "string", "minLength": 1}}
	]`))
	if diff := cmp.Diff(want, any(got[:4])); diff != "" {
		t.Error(diff)
	}
}

type newNote struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty" null:"no"`
}

func TestDocumentOfMultipartBody(t *testing.T) {
	t.Parallel()
	type input struct {
		Body newNote
		File *rest.Upload
	}
	op := rest.Operation{Name: "create", Method: "POST", Path: "/notes", Inline: []string{"text"}}
	route := rest.Typed(op, func(context.Context, assets.Actor, *input) (rest.Reply[thing], error) {
		return rest.Reply[thing]{}, nil
	})
	content := documented(t, rest.About{}, route, "paths", "/x/notes", "post", "requestBody", "content").(map[string]any)
	if len(content) != 2 || content["application/json"] == nil || content["multipart/form-data"] == nil {
		t.Errorf("%v", content)
	}
	schemas := documented(t, rest.About{}, route, "components", "schemas").(map[string]any)
	metadata := schemas["NewNoteMetadata"].(map[string]any)["properties"].(map[string]any)
	if metadata["text"] != nil || metadata["title"] == nil {
		t.Errorf("metadata: %v", metadata)
	}
	if body := schemas["NewNote"].(map[string]any); body["properties"].(map[string]any)["text"] == nil || body["oneOf"] != nil {
		t.Errorf("the JSON body: %v", body)
	}
	form := content["multipart/form-data"].(map[string]any)["schema"].(map[string]any)["properties"].(map[string]any)
	if form["content"].(map[string]any)["format"] != "binary" {
		t.Errorf("the file: %v", form["content"])
	}
}

func TestDocumentOfBody(t *testing.T) {
	t.Parallel()
	type withBody struct{ Body newNote }
	type withContent struct{ Raw *rest.Content }
	reply := rest.Reply[thing]{}
	patch := rest.Operation{Name: "edit", Method: "PATCH", Path: "/notes", MediaTypes: []string{"application/merge-patch+json"}}
	put := rest.Operation{Name: "put", Method: "PUT", Path: "/notes"}
	for name, tt := range map[string]struct {
		route  rest.Route
		method string
		want   []string
	}{
		"media types": {rest.Typed(patch, func(context.Context, assets.Actor, *withBody) (rest.Reply[thing], error) { return reply, nil }), "patch", []string{"application/json", "application/merge-patch+json"}},
		"content":     {rest.Typed(put, func(context.Context, assets.Actor, *withContent) (rest.Reply[thing], error) { return reply, nil }), "put", []string{"application/octet-stream"}},
	} {
		content := documented(t, rest.About{}, tt.route, "paths", "/x/notes", tt.method, "requestBody", "content").(map[string]any)
		if len(content) != len(tt.want) {
			t.Errorf("%s: %v", name, content)
		}
		for _, media := range tt.want {
			if content[media] == nil {
				t.Errorf("%s: %v, want %s", name, content, media)
			}
		}
	}
}
