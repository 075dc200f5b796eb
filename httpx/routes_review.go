package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// reviewOperation returns an operation that needs one of two scopes. Which one
// depends on the action in the body, so the Library checks it.
func reviewOperation(name, path string) rest.Operation {
	return rest.Operation{
		Name: name, Method: http.MethodPost, Path: path,
		Scopes: []assets.Scope{assets.ScopeApprove, assets.ScopeWrite},
	}
}

func (a *api) reviews() rest.Route {
	op := readOperation("list_asset_reviews", "/{asset_id}/reviews")
	op.Group, op.Summary = groupReviews, "List the reviews of an asset"
	op.Description = "Newest first. A page ends early rather than have more than 4 MiB; `next_cursor` continues it."
	op.Errors = []error{assets.ErrInvalidCursor}
	op.Response = assets.ReviewPage{Items: []assets.Review{exampleReview(assets.ActionApprove, 1), exampleReview(assets.ActionSubmit, 1)}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *pageInput) (rest.Reply[assets.ReviewPage], error) {
			page, err := a.lib.Reviews(ctx, by, in.ID, in.query())
			return rest.Reply[assets.ReviewPage]{Body: page}, err
		})
}

type reviewInput struct {
	assetPath
	IfMatch rest.Revisions `header:"If-Match"`
	Body    reviewBody
}

type reviewBody struct {
	Action  assets.Action `json:"action"`
	Version assets.Number `json:"version,omitempty" min:"1"`
	SHA256  string        `json:"sha256,omitempty"`
	Comment string        `json:"comment,omitempty" blank:"ok"`
}

func (in *reviewInput) decision() assets.Decision {
	return assets.Decision{
		Action: in.Body.Action, Version: in.Body.Version, SHA256: in.Body.SHA256,
		Comment: in.Body.Comment, IfRevision: in.IfMatch.List,
	}
}

func (in *reviewInput) Validate() error {
	d := in.decision()
	return d.Validate()
}

func (a *api) review() rest.Route {
	op := reviewOperation("review_asset", "/{asset_id}/approval")
	op.Group, op.Summary = groupReviews, "Submit, approve, request changes, archive or reopen"
	op.Description = "Records a decision on one version. `approve` and `request_changes` need the scope assets:approve, the other actions assets:write. Send the number and the digest of the version that was reviewed, so that the approval of a version that is no longer current is refused."
	op.ETag, op.Response = rest.Revision, exampleApproved()
	op.Requests = []rest.Example{
		{Name: "approve", Summary: "Approve exactly what was looked at", Body: `{"action": "approve", "version": 2, "sha256": "` + exampleSecondSHA256 + `"}`},
		{Name: "request_changes", Summary: "Send it back", Body: `{"action": "request_changes", "version": 2, "comment": "Name the discount in the first words."}`},
		{Name: "archive", Summary: "Withdraw every approval", Body: `{"action": "archive"}`},
	}
	op.Errors = []error{
		assets.ErrErased,
		assets.ErrInvalidTransition, assets.ErrVersionConflict,
		assets.ErrKindCannotApprove, assets.ErrSelfApproval, assets.ErrRefused,
	}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *reviewInput) (rest.Reply[*assets.Asset], error) {
			return assetReply(a.lib.Review(ctx, by, in.ID, in.decision()))
		})
}

func (a *api) allowed() rest.Route {
	op := readOperation("get_allowed_actions", "/{asset_id}/allowed")
	op.Group, op.Summary = groupReviews, "Get what the caller may decide now"
	op.Description = "Returns for each action whether the approval route would accept it from the caller now, naming the current version and its digest and with a comment, and if not, the `code` and `detail` of its refusal. An action that is already in effect is allowed. The asset may change until the decision is sent."
	op.Response = wire.PermissionsOf(examplePermissions())
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *assetPath) (rest.Reply[wire.Permissions], error) {
			all, err := a.lib.Allowed(ctx, by, in.ID)
			if !by.Can(assets.ScopeApprove) && !by.Can(assets.ScopeWrite) {
				// The approval route refuses the credential before it reads the action.
				for i := range all {
					all[i].Err = assets.ForbiddenScope(assets.ScopeApprove, assets.ScopeWrite)
				}
			}
			return rest.Reply[wire.Permissions]{Body: wire.PermissionsOf(all)}, err
		})
}

type bulkInput struct {
	Body bulkBody
}

type bulkBody struct {
	Items   []bulkItem    `json:"items"`
	Action  assets.Action `json:"action"`
	Comment string        `json:"comment,omitempty" blank:"ok"`
}

type bulkItem struct {
	AssetID assets.ID     `json:"asset_id"`
	Version assets.Number `json:"version,omitempty" min:"1"`
	SHA256  string        `json:"sha256,omitempty"`
}

func (in *bulkInput) decision() assets.BulkDecision {
	var items []assets.BulkItem // nil if the member is missing
	if in.Body.Items != nil {
		items = make([]assets.BulkItem, len(in.Body.Items))
	}
	for i, item := range in.Body.Items {
		items[i] = assets.BulkItem{AssetID: item.AssetID, Version: item.Version, SHA256: item.SHA256}
	}
	return assets.BulkDecision{Items: items, Action: in.Body.Action, Comment: in.Body.Comment}
}

func (in *bulkInput) Validate() error {
	d := in.decision()
	return d.Validate()
}

func (a *api) bulkReview() rest.Route {
	op := reviewOperation("bulk_review_assets", "/bulk/approval")
	op.Group, op.Summary = groupReviews, "Record one decision on several assets"
	op.Description = "Runs in one transaction. Each item is accepted or refused separately; `results` has the same order as `items`. If the back end fails, no item is changed."
	op.Errors = []error{assets.ErrKindCannotApprove}
	op.Response = exampleBulkReply()
	op.Requests = []rest.Example{{Name: "approve", Summary: "Approve two assets", Body: `{"action": "approve", "items": [
		{"asset_id": "` + exampleAssetID + `", "version": 2, "sha256": "` + exampleSecondSHA256 + `"}, {"asset_id": "` + exampleBlogID + `", "version": 1}]}`}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *bulkInput) (rest.Reply[wire.BulkReply], error) {
			results, err := a.lib.BulkReview(ctx, by, in.decision())
			return rest.Reply[wire.BulkReply]{Body: wire.BulkReplyOf(results)}, err
		})
}
