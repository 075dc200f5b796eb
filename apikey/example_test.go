package apikey_test

import (
	"context"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/store/memory"
)

func Example() {
	ctx := context.Background()
	ring, err := apikey.New(apikey.Config{Store: memory.New()})
	if err != nil {
		panic(err)
	}
	bearer, key, err := ring.Mint(ctx, apikey.NewKey{
		Workspace: "acme",
		Owner:     "copywriter",
		Name:      "nightly run",
		Kind:      assets.KindAgent,
		Scopes:    []assets.Scope{assets.ScopeRead, assets.ScopeWrite},
	})
	if err != nil {
		panic(err)
	}

	actor, err := ring.Authenticate(ctx, bearer)
	fmt.Println(actor.Workspace, actor.Subject, actor.Kind, err)

	err = ring.Revoke(ctx, "acme", key.Prefix)
	fmt.Println(err)

	_, err = ring.Authenticate(ctx, bearer)
	fmt.Println(err)
	// Output:
	// acme copywriter agent <nil>
	// <nil>
	// valid credentials are required
}
