package rest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// withExamples returns a route whose body is JSON or multipart.
func withExamples(response any, requests ...rest.Example) rest.Route {
	type input struct {
		ID   string `path:"id"`
		Body newNote
		File *rest.Upload
	}
	op := rest.Operation{Name: "create", Method: "POST", Path: "/a/{id}", Requests: requests, Response: response}
	return rest.Typed(op, func(context.Context, assets.Actor, *input) (rest.Reply[thing], error) {
		return rest.Reply[thing]{}, nil
	})
}

func TestDocumentOfExamples(t *testing.T) {
	t.Parallel()
	about := rest.About{PathExamples: map[string]any{"id": "n1"}}
	route := withExamples(
		thing{Name: "made"},
		rest.Example{Name: "text", Summary: "Inline", Body: `{"title":"t","text":"x"}`},
		rest.Example{Name: "file", Summary: "A file", Body: `{"metadata":{"title":"t"},"content":"x"}`, Parts: true},
	)
	op := documented(t, about, route, "paths", "/x/a/{id}", "post").(map[string]any)
	if parameter := op["parameters"].([]any)[0].(map[string]any); parameter["example"] != "n1" {
		t.Errorf("%v", parameter)
	}
	content := op["requestBody"].(map[string]any)["content"].(map[string]any)
	for media, want := range map[string]string{
		"application/json":    `{"text": {"summary": "Inline", "value": {"title": "t", "text": "x"}}}`,
		"multipart/form-data": `{"file": {"summary": "A file", "value": {"metadata": {"title": "t"}, "content": "x"}}}`,
	} {
		if diff := cmp.Diff(asJSON(t, []byte(want)), content[media].(map[string]any)["examples"]); diff != "" {
			t.Errorf("%s: %s", media, diff)
		}
	}
	body := documented(t, about, route, "paths", "/x/a/{id}", "post", "responses", "200", "content", "application/json", "example")
	if diff := cmp.Diff(any(map[string]any{"name": "made"}), body); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentPanicsForBadExamples(t *testing.T) {
	t.Parallel()
	for name, route := range map[string]rest.Route{
		"another type":        withExamples("made"),
		"what is not JSON":    withExamples(nil, rest.Example{Name: "text", Body: "{"}),
		"a part without JSON": withExamples(nil, rest.Example{Name: "text", Parts: true}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			rest.Document(rest.About{}, rest.Mounted{Routes: []rest.Route{route}})
		})
	}
}
