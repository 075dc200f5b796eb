// Command minhost is the smallest host that embeds the Library: rows in SQLite,
// content in a folder, no routes. scripts/host-size prints how large such a program
// is.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("minhost", "error", err)
		os.Exit(1)
	}
}

// run creates an asset and approves it.
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
	by := assets.Actor{Workspace: "acme", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	made, err := lib.Create(ctx, by, assets.NewAsset{Type: assets.TypeCopy, Title: "Tagline", NewVersion: assets.NewVersion{Text: "Spring is here."}})
	if err != nil {
		return err
	}
	_, err = lib.Review(ctx, by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: made.Version, SHA256: made.Content.SHA256})
	return err
}
