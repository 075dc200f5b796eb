package httpx

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type tagsInput struct {
	Key    string `query:"key"`
	Limit  int    `query:"limit" min:"1"`
	Cursor string `query:"cursor"`
}

func (in *tagsInput) query() assets.TagQuery { return assets.TagQuery(*in) }

func (in *tagsInput) Validate() error {
	q := in.query()
	return q.Validate()
}

func (a *api) tags() rest.Route {
	op := readOperation("list_asset_tags", "/tags")
	op.Group, op.Summary = groupAssets, "List the tags in use"
	op.Description = "In byte order of key, then value. Each tag has the number of assets with it, without archived ones."
	op.Errors = []error{assets.ErrInvalidCursor}
	op.Response = assets.TagPage{Items: []assets.TagCount{{Key: "channel", Value: "email", Count: 1}, {Key: "channel", Value: "web", Count: 1}}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *tagsInput) (rest.Reply[assets.TagPage], error) {
			page, err := a.lib.Tags(ctx, by, in.query())
			return rest.Reply[assets.TagPage]{Body: page}, err
		})
}
