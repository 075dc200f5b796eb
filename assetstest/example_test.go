package assetstest_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// tagline is what the host wants tested: code of its own that publishes what
// is approved.
func tagline(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID) (string, error) {
	file, err := lib.Open(ctx, by, id, assets.SelectApproved)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(file)
	return string(text), errors.Join(err, file.Close())
}

// testTagline is named TestTagline in the host's package.
func testTagline(t *testing.T) {
	lib := assetstest.New(t)
	agent, ana := assetstest.Agent("acme", "copywriter"), assetstest.User("acme", "ana")
	made, err := lib.Create(t.Context(), agent, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Tagline", NewVersion: assets.NewVersion{Text: "Spring is here."},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tagline(t.Context(), lib, ana, made.ID); !errors.Is(err, assets.ErrNotApproved) {
		t.Errorf("before the approval: %v", err)
	}
	_, err = lib.Review(t.Context(), ana, made.ID, assets.Decision{Action: assets.ActionApprove, Version: made.Version})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tagline(t.Context(), lib, ana, made.ID); got != "Spring is here." || err != nil {
		t.Errorf("after the approval: %q, %v", got, err)
	}
}

// A host's unit test works on the real library, in memory: see testTagline.
func ExampleNew() {
	_ = testTagline
}
