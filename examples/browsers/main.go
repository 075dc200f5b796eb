// Command browsers serves the routes on one origin and a dashboard that calls them on
// another. Open http://127.0.0.1:8081 in a browser. It keeps nothing.
package main

import (
	"embed"
	"io/fs"
	"log"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

const (
	api       = "127.0.0.1:8080"
	dashboard = "127.0.0.1:8081"
)

func main() {
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(),
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
		PublicURL: "http://" + api,
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(http.ListenAndServe(dashboard, pages("http://"+api))) }()
	log.Printf("open http://%s", dashboard)
	log.Fatal(http.ListenAndServe(api, cors(routes(lib), "http://"+dashboard)))
}

// routes serves the routes to callers that have the token.
func routes(lib *assets.Library) http.Handler {
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: func(r *http.Request) (assets.Actor, error) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			return assets.Actor{}, assets.ErrUnauthorized
		}
		return assets.Actor{Workspace: "acme", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
	}})
	return mux
}

//go:embed dashboard
var files embed.FS

// pages serves the dashboard, which learns from /api.txt where the routes are.
func pages(api string) http.Handler {
	dashboard, err := fs.Sub(files, "dashboard")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(dashboard))
	mux.HandleFunc("GET /api.txt", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(api + "/api/v1/assets"))
	})
	return mux
}
