package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type (
	thing struct {
		Name  string   `json:"name"`
		Parts []string `json:"parts,omitempty"`
	}
	Thing struct {
		Title string `json:"title"`
	}
	withChannel struct {
		Done chan bool `json:"done"`
	}
)

// answering returns a route whose response is a T.
func answering[T any](name string) rest.Route {
	op := rest.Operation{Name: name, Method: "GET", Path: "/" + name}
	return rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[T], error) { return rest.Reply[T]{}, nil })
}

func TestDocumentIsDeterministic(t *testing.T) {
	t.Parallel()
	write := func() []byte {
		return rest.Document(rest.About{Title: "t"}, rest.Mounted{Prefix: "/x", Routes: []rest.Route{answering[thing]("a"), answering[assets.Ref]("b")}})
	}
	first := write()
	if !json.Valid(first) || !bytes.Contains(first, []byte(`"/x/a"`)) {
		t.Errorf("%s", first)
	}
	for range 20 {
		if !bytes.Equal(first, write()) {
			t.Fatal("the same routes have different documents")
		}
	}
}

func TestDocumentPanics(t *testing.T) {
	t.Parallel()
	for name, routes := range map[string][]rest.Route{
		"two types of one name": {answering[thing]("a"), answering[Thing]("b")},
		"a type without JSON":   {answering[withChannel]("a")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			rest.Document(rest.About{}, rest.Mounted{Routes: routes})
		})
	}
}
