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
		Name string `json:"name"`
	}
	Thing struct {
		Title string `json:"title"`
	}
	unspeakable struct {
		Done chan bool `json:"done"`
	}
)

// answering makes a route that answers a T.
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
			t.Fatal("the same routes have two documents")
		}
	}
}

func TestDocumentRefusesWhatItCannotSay(t *testing.T) {
	t.Parallel()
	for name, routes := range map[string][]rest.Route{
		"two types of one name": {answering[thing]("a"), answering[Thing]("b")},
		"a type that is none":   {answering[unspeakable]("a")},
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
