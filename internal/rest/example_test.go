package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// rename is the input of the operation rename_thing. Its tags declare where its
// fields come from.
type rename struct {
	ID     string         `path:"thing_id"`
	Match  rest.Revisions `header:"If-Match"`
	DryRun string         `query:"dry_run"`
	Body   struct {
		Name string `json:"name"`
		Note string `json:"note" blank:"ok"`
	}
}

// An operation is declared once and gets routing, binding, error responses and its
// part of the OpenAPI document.
func Example() {
	type renamed struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	operation := rest.Operation{
		Name: "rename_thing", Method: http.MethodPatch, Path: "/things/{thing_id}",
		Scopes: []assets.Scope{assets.ScopeWrite}, ETag: rest.Revision,
		Group: "Things", Summary: "Rename a thing",
	}
	route := rest.Typed(operation, func(_ context.Context, by assets.Actor, in *rename) (rest.Reply[renamed], error) {
		if in.ID != "7" {
			return rest.Reply[renamed]{}, assets.ErrNotFound
		}
		if in.Body.Name == by.Subject {
			return rest.Reply[renamed]{}, assets.Invalid("reserved", "must not be your own name", "name")
		}
		return rest.Reply[renamed]{Body: renamed{in.ID, in.Body.Name}, Revision: 4}, nil
	})

	server := rest.New(rest.Config{
		Prefix: "/v1", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler), CrossOrigin: http.NewCrossOriginProtection(),
		Authenticate: func(*http.Request) (assets.Actor, error) {
			return assets.Actor{Workspace: "acme", Subject: "ada", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeWrite}}, nil
		},
	}, route)

	send := func(method, url, body string) {
		r := httptest.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("ETag"), w.Body)
	}
	send("PATCH", "/v1/things/7", `{"name":"lamp"}`)
	send("PATCH", "/v1/things/8", `{"name":"lamp"}`)
	send("PATCH", "/v1/things/7", `{"name":"ada"}`)
	send("PATCH", "/v1/things/7?dryrun=1", `{"name":"","Note":"x"}`)
	send("GET", "/v1/things/7", "")

	document := rest.Document(rest.About{Title: "Things", Version: "1"}, rest.Mounted{Prefix: "/v1", Routes: []rest.Route{route}})
	fmt.Println(strings.Contains(string(document), `"operationId":"rename_thing"`))
	// Output:
	// 200 "r4" {"id":"7","name":"lamp"}
	// 404  {"detail":"not found","code":"not_found"}
	// 422  {"detail":[{"loc":["body","name"],"msg":"must not be your own name","type":"reserved"}]}
	// 422  {"detail":[{"loc":["query","dryrun"],"msg":"no such parameter; the parameters are dry_run","type":"unknown_field"},{"loc":["body","name"],"msg":"must not be empty","type":"too_short"},{"loc":["body","Note"],"msg":"no such field; the fields are name, note","type":"unknown_field"}]}
	// 405  {"detail":"this path does not allow the method","code":"method_not_allowed"}
	// true
}
