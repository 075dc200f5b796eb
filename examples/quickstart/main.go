package main

import (
	"log"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

func main() {
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(),
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", routes(lib)))
}

func routes(lib *assets.Library) http.Handler {
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: authenticate})
	return mux
}

func authenticate(r *http.Request) (assets.Actor, error) {
	user, password, ok := r.BasicAuth()
	if !ok || password != "secret" {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return assets.Actor{Workspace: "acme", Subject: user, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
}
