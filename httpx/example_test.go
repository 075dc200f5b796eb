package httpx_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// A host mounts the routes on its own mux with its own authentication.
func ExampleMount() {
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{
		Authenticate: func(r *http.Request) (assets.Actor, error) {
			if r.Header.Get("Authorization") != "Bearer letmein" {
				return assets.Actor{}, assets.ErrUnauthorized
			}
			return assets.Actor{Workspace: "acme", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
		},
	})

	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, lib.BasePath(),
		strings.NewReader(`{"type": "copy", "title": "Launch", "text": "Hello"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer letmein")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("ETag"))
	// Output: 201 "r1"
}
