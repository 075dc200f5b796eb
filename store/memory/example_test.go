package memory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

func Example() {
	lib, err := assets.New(assets.Config{
		Store:     memory.New(),
		Blobs:     blob.NewMemory(),
		Versioner: versioning.Linear{},
		Approver:  approval.Policy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	ann := assets.Actor{Workspace: "acme", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	created, err := lib.Create(ctx, ann, assets.NewAsset{
		Type:       assets.TypeCopy,
		Title:      "Spring headline",
		NewVersion: assets.NewVersion{Text: "Fresh for spring."},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(created.Title, created.Version, created.Status)
	// Output: Spring headline 1 draft
}
