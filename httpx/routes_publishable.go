package httpx

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type publishableInput struct {
	assetPath
	Version givenSelector `query:"version"`
}

func (a *api) publishable() rest.Route {
	op := readOperation("explain_asset", "/{asset_id}/publishable")
	op.Group, op.Summary = groupReviews, "Explain whether publishers get a version"
	op.Description = "`publishable` is whether the version is in force. Without `version` it is about the one in force; if there is none, `version` is null, and `missing` is about the current version. `missing` has what must be done, in the order in which it can be done, until publishers get the content, as this version or as a new one. It is empty exactly if `publishable` is true."
	op.Response = examplePublishability()
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *publishableInput) (rest.Reply[*assets.Publishability], error) {
			sel := assets.SelectApproved
			if in.Version.Selector != nil {
				sel = *in.Version.Selector
			}
			p, err := a.lib.Publishable(ctx, by, in.ID, sel)
			return rest.Reply[*assets.Publishability]{Body: p}, err
		})
}
