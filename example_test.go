package assets_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// An agent creates a tagline, a person approves it, a publisher reads it.
func Example() {
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), // or sqlite.Open and blob.OpenDir
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, all := context.Background(), []assets.Scope{assets.ScopeAll}
	agent := assets.Actor{Workspace: "acme", Subject: "copywriter", Kind: assets.KindAgent, Scopes: all}
	editor := assets.Actor{Workspace: "acme", Subject: "ana", Kind: assets.KindUser, Scopes: all}

	made, err := lib.Create(ctx, agent, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Tagline",
		NewVersion: assets.NewVersion{Text: "Spring is here.", Submit: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	// The decision names the version and the digest that the editor has seen.
	decision := assets.Decision{Action: assets.ActionApprove, Version: made.Version, SHA256: made.Content.SHA256}
	if _, err := lib.Review(ctx, editor, made.ID, decision); err != nil {
		log.Fatal(err)
	}
	// A newer version changes nothing for publishers until it is approved too.
	if _, err := lib.AddVersion(ctx, agent, made.ID, assets.NewVersion{Text: "Spring!"}); err != nil {
		log.Fatal(err)
	}
	file, err := lib.Open(ctx, editor, made.ID, assets.SelectApproved)
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("version %d: %s\n", file.Version.Number, text)
	// Output: version 1: Spring is here.
}
