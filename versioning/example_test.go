package versioning_test

import (
	"context"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// Content that equals the current version adds nothing, and a rollback adds a
// version.
func Example() {
	lib, err := assets.New(assetstest.Config()) // its Versioner is versioning.Linear{}
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, by := context.Background(), assetstest.Agent("acme", "copy-writer")
	ad, err := lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Spring sale", NewVersion: assets.NewVersion{Text: "Everything blooms."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"Everything blooms.", "Everything is green."} {
		ad, err = lib.AddVersion(ctx, by, ad.ID, assets.NewVersion{Text: text})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(ad.CurrentVersion, ad.Unchanged)
	}
	back, err := lib.Rollback(ctx, by, ad.ID, assets.Rollback{Version: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.CurrentVersion, back.Status)
	// Output:
	// 1 true
	// 2 false
	// 3 draft
}
