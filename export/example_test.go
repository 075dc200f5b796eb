package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// A download that breaks off after 100 bytes is resumed.
func Example() {
	ctx := context.Background()
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		panic(err)
	}
	editor := assets.Actor{Workspace: "acme", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	made, err := lib.Create(ctx, editor, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Tagline", CampaignID: "spring", NewVersion: assets.NewVersion{Text: "Spring is here."},
	})
	if err != nil {
		panic(err)
	}
	if _, err := lib.Review(ctx, editor, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
		panic(err)
	}

	exports, err := export.New(export.Config{Library: lib})
	if err != nil {
		panic(err)
	}
	frozen, err := exports.Create(ctx, editor, export.Request{Query: assets.Query{CampaignID: "spring"}})
	if err != nil {
		panic(err)
	}

	var file bytes.Buffer
	first, err := exports.Open(ctx, editor, frozen.ID)
	if err != nil {
		panic(err)
	}
	if _, err := io.CopyN(&file, first, 100); err != nil {
		panic(err)
	}
	rest, err := exports.Open(ctx, editor, frozen.ID)
	if err != nil {
		panic(err)
	}
	if _, err := rest.Seek(int64(file.Len()), io.SeekStart); err != nil {
		panic(err)
	}
	if _, err := rest.WriteTo(ctx, &file, nil); err != nil {
		panic(err)
	}

	archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), frozen.SizeBytes)
	if err != nil {
		panic(err)
	}
	for _, f := range archive.File {
		_, name, _ := strings.Cut(f.Name, "/") // below the folder export-<id>
		fmt.Println(name)
	}
	// Output:
	// data/Tagline.txt
	// metadata.json
	// manifest-sha256.txt
	// bagit.txt
	// bag-info.txt
	// tagmanifest-sha256.txt
}
