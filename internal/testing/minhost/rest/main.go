// Command rest is the smallest host of the REST routes: rows in SQLite, content in a
// folder. scripts/host-size prints how large such a program is.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("rest", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	db, err := sqlite.Open(ctx, "assets.db", store.Options{})
	if err != nil {
		return err
	}
	content, err := blob.OpenDir("blobs")
	if err != nil {
		return err
	}
	lib, err := assets.New(assets.Config{Store: db, Blobs: content, Versioner: versioning.Linear{}, Approver: approval.Policy{}})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: authenticate})
	return http.ListenAndServe("127.0.0.1:8080", mux)
}

func authenticate(r *http.Request) (assets.Actor, error) {
	user, password, ok := r.BasicAuth()
	if !ok || password != "secret" {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return assets.Actor{Workspace: "acme", Subject: user, Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
}
