// Command embedded takes an asset through its life in Go, in memory, without HTTP:
// the code of a host that imports package assets.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log"
	"os"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// The actors. A host derives them from its own credentials. These belong to one
// workspace.
var (
	agent = assets.Actor{
		Workspace: "acme", Subject: "hero-maker", Kind: assets.KindAgent,
		Scopes: []assets.Scope{assets.ScopeAll},
	}
	editor = assets.Actor{
		Workspace: "acme", Subject: "ana@acme.example", Kind: assets.KindUser,
		Scopes: []assets.Scope{assets.ScopeAll},
	}
	publisher = assets.Actor{
		Workspace: "acme", Subject: "landing-pages", Kind: assets.KindService,
		Scopes: []assets.Scope{assets.ScopeRead},
	}
)

func main() {
	lib, err := assets.New(assets.Config{
		Store:     memory.New(),
		Blobs:     blob.NewMemory(),
		Versioner: versioning.Linear{},
		Approver:  approval.Policy{},
	})
	if err == nil {
		err = life(context.Background(), lib, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// life takes one hero image through its life and prints each step.
func life(ctx context.Context, lib *assets.Library, out io.Writer) error {
	hero, err := generate(ctx, lib)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s made version %d of %q: %s\n", hero.CreatedBy, hero.Version, hero.Title, hero.Status)
	if err := signOff(ctx, lib, hero, out); err != nil {
		return err
	}
	if err := regenerate(ctx, lib, hero.ID, out); err != nil {
		return err
	}
	return retire(ctx, lib, hero.ID, out)
}

// generate stores a first version with its provenance.
func generate(ctx context.Context, lib *assets.Library) (*assets.Asset, error) {
	made, err := lib.Create(ctx, agent, assets.NewAsset{
		Type:       assets.TypeImage,
		Title:      "Spring hero",
		CampaignID: "spring",
		Tags:       assets.Tags{"channel": {"web"}},
		NewVersion: assets.NewVersion{
			Content:    picture(640, 360),
			Filename:   "hero.png",
			Submit:     true,
			Provenance: assets.Provenance{AgentSlug: "hero-maker", RunID: "run-1"},
		},
	})
	return made.Asset, err
}

// signOff tries to approve as the agent, which is refused, and as a person.
func signOff(ctx context.Context, lib *assets.Library, hero *assets.Asset, out io.Writer) error {
	seen := assets.Decision{Action: assets.ActionApprove, Version: hero.Version, SHA256: hero.Content.SHA256}
	if _, err := lib.Review(ctx, agent, hero.ID, seen); !errors.Is(err, assets.ErrKindCannotApprove) {
		return fmt.Errorf("an agent's approval: %w", err)
	}
	fmt.Fprintln(out, "an agent cannot approve")
	approved, err := lib.Review(ctx, editor, hero.ID, seen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s approved version %d: %s\n", editor.Subject, approved.ApprovedVersion, approved.Status)
	return nil
}

// regenerate adds a version. Publishers still get the approved one.
func regenerate(ctx context.Context, lib *assets.Library, id assets.ID, out io.Writer) error {
	newer, err := lib.AddVersion(ctx, agent, id, assets.NewVersion{Content: picture(1280, 720), Filename: "hero.png"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "version %d arrived: %s\n", newer.Version, newer.Status)
	for a, err := range lib.All(ctx, publisher, assets.Query{
		Statuses: []assets.Status{assets.StatusApproved}, CampaignID: "spring",
	}) {
		if err != nil {
			return err
		}
		if err := publish(ctx, lib, a, out); err != nil {
			return err
		}
	}
	return nil
}

// publish reads the approved content. It is what was approved, or there is an error.
func publish(ctx context.Context, lib *assets.Library, a *assets.Asset, out io.Writer) error {
	file, err := lib.Open(ctx, publisher, a.ID, assets.SelectApproved)
	if err != nil {
		return err
	}
	shown, err := png.Decode(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	size := shown.Bounds().Size()
	fmt.Fprintf(out, "%s shows version %d, %d × %d\n", publisher.Subject, file.Version.Number, size.X, size.Y)
	return nil
}

// retire rolls back to the approved version and then archives the asset.
func retire(ctx context.Context, lib *assets.Library, id assets.ID, out io.Writer) error {
	back, err := lib.Rollback(ctx, editor, id, assets.Rollback{Version: 1, Reason: "the first one was better"})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "rolled back as version %d: %s\n", back.Version, back.Status)
	archived, err := lib.Review(ctx, editor, id, assets.Decision{Action: assets.ActionArchive})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "at the end: %s\n", archived.Status)
	if _, err := lib.Approved(ctx, publisher, id); !errors.Is(err, assets.ErrNotApproved) {
		return fmt.Errorf("reading an archived asset: %w", err)
	}
	fmt.Fprintln(out, "nothing of it is published any more")
	return nil
}

// picture stands for the image of a model.
func picture(width, height int) io.Reader {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err) // writing to a buffer does not fail
	}
	return &b
}
