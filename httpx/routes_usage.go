package httpx

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type usageInput struct{}

func (a *api) usage() rest.Route {
	op := readOperation("get_usage", "/usage")
	op.Group, op.Summary = groupAssets, "Get what the workspace takes"
	op.Description = "Counts the assets of the workspace, archived ones too, their versions, and the bytes of their contents. A content that several versions share counts once, an erased one not at all. It reads every version, so it is as slow as there are versions; one that takes longer than a few seconds is 503."
	op.Response = assets.Usage{
		Assets: 52, Versions: 131, Bytes: 48_210_944,
		ByType: map[assets.Type]assets.UsageCount{
			assets.TypeCopy: {Assets: 40, Versions: 112, Bytes: 81_920}, assets.TypeImage: {Assets: 12, Versions: 19, Bytes: 48_129_024},
		},
	}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, _ *usageInput) (rest.Reply[assets.Usage], error) {
			u, err := a.lib.Usage(ctx, by)
			return rest.Reply[assets.Usage]{Body: u}, err
		})
}
