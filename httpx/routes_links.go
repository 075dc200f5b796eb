package httpx

import (
	"context"
	"net/http"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// linkOperation returns an operation for people who may approve.
func linkOperation(name, method, path string) rest.Operation {
	return rest.Operation{
		Name: name, Method: method, Path: path, Group: groupReviews,
		Kinds: []assets.Kind{assets.KindUser}, Scopes: []assets.Scope{assets.ScopeApprove},
		Errors: []error{assets.ErrNotConfigured},
	}
}

type newLinkInput struct {
	assetPath
	Body newLinkBody
}

type newLinkBody struct {
	Version   assets.Number    `json:"version,omitempty" min:"1"`
	Name      string           `json:"name"`
	Can       assets.LinkRight `json:"can,omitempty"`
	ExpiresIn int              `json:"expires_in,omitempty" min:"1"` // seconds
}

func (b *newLinkBody) link() assets.NewReviewLink {
	life := min(b.ExpiresIn, int(assets.MaxLinkExpiry/time.Second)+1) // more would overflow
	return assets.NewReviewLink{Version: b.Version, Name: b.Name, Can: b.Can, ExpiresIn: time.Duration(life) * time.Second}
}

func (in *newLinkInput) Validate() error {
	link := in.Body.link()
	return link.Validate()
}

func (a *api) createLink() rest.Route {
	op := linkOperation("create_review_link", http.MethodPost, "/{asset_id}/review-links")
	op.Summary = "Ask one person without an account"
	op.Description = "Returns a signed link to the page for reviews, for one person and one version. Whoever has it sees that version and may comment on it under `name` or, with `can` `decide`, approve it or request changes once, while it is the current version and not approved. " +
		"`url` is shown only here. The link ends when it expires or is revoked, when the API key that it was made with ends, and when the asset is archived. " +
		"What is done with it is recorded as by `guest:` and the name, with `invited_by`; quorums and the rule about one's own versions count it as the caller's. Whether guests may decide is the host's policy. A workspace has at most 1,000 links that have not ended."
	op.Statuses, op.Detail, op.Response = []int{http.StatusCreated}, true, exampleNewLink()
	op.Errors = append(op.Errors, assets.ErrInvalidTransition, assets.ErrRefused, assets.ErrLimitReached)
	op.Requests = []rest.Example{
		{Name: "comment", Summary: "Ask a lawyer for comments", Body: `{"version": 2, "name": "Dr. Weber", "expires_in": 86400}`},
	}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *newLinkInput) (rest.Reply[assets.ReviewLink], error) {
		made, err := a.lib.CreateReviewLink(ctx, by, in.ID, in.Body.link())
		return rest.Reply[assets.ReviewLink]{Status: http.StatusCreated, Body: made}, err
	})
}

func (a *api) listLinks() rest.Route {
	op := linkOperation("list_review_links", http.MethodGet, "/{asset_id}/review-links")
	op.Summary = "List the review links of an asset, newest first"
	op.Description = "Lists the links without their URLs, with the time of their last use. What has ended stays in the list until a sweep removes it."
	op.Errors = append(op.Errors, assets.ErrInvalidCursor)
	op.Response = assets.ReviewLinkPage{Items: []assets.ReviewLink{exampleLink()}}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *pageInput) (rest.Reply[assets.ReviewLinkPage], error) {
		page, err := a.lib.ReviewLinks(ctx, by, in.ID, in.query())
		return rest.Reply[assets.ReviewLinkPage]{Body: page}, err
	})
}

// linkPath has the id of a review link in a path.
type linkPath struct {
	ID assets.ID `path:"link_id"`
}

func (a *api) revokeLink() rest.Route {
	op := linkOperation("revoke_review_link", http.MethodDelete, "/review-links/{link_id}")
	op.Summary = "Revoke a review link"
	op.Description = "The link opens nothing from then on. A link that has ended stays as it is."
	op.Statuses = []int{http.StatusNoContent}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *linkPath) (rest.Reply[struct{}], error) {
		return rest.Reply[struct{}]{Status: http.StatusNoContent}, a.lib.RevokeReviewLink(ctx, by, in.ID)
	})
}
