package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type commentInput struct {
	assetPath
	Body assets.NewComment
}

func (a *api) comment() rest.Route {
	op := reviewOperation("comment_asset", "/{asset_id}/comments")
	op.Group, op.Summary = groupReviews, "Comment on a version"
	op.Description = "Records a comment on a version, in any status, by an actor of any kind: a review with the action `comment`. It decides nothing: `revision` grows, and nothing else changes. `last_review`, `last_action` and the rules of decisions pass over it."
	op.Statuses, op.Response = []int{http.StatusCreated}, exampleComment()
	op.Requests = []rest.Example{{Name: "comment", Summary: "Decide nothing", Body: `{"version": 2, "text": "Is 20 % agreed with the shops?"}`}}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *commentInput) (rest.Reply[assets.Review], error) {
		made, err := a.lib.Comment(ctx, by, in.ID, in.Body)
		return rest.Reply[assets.Review]{Status: http.StatusCreated, Body: made}, err
	})
}
