package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// pageInput selects one page of the versions or reviews of an asset.
type pageInput struct {
	assetPath
	Limit  int    `query:"limit" min:"1"`
	Cursor string `query:"cursor"`
}

func (in *pageInput) query() assets.PageQuery {
	return assets.PageQuery{Limit: in.Limit, Cursor: in.Cursor}
}

func (a *api) versions() rest.Route {
	op := readOperation("list_asset_versions", "/{asset_id}/versions")
	op.Group, op.Summary = groupVersions, "List the versions of an asset"
	op.Description = "Newest first, with the whole provenance. A page ends early rather than have more than 4 MiB; `next_cursor` continues it."
	op.Errors = []error{assets.ErrInvalidCursor}
	op.Response = assets.VersionPage{Items: []assets.Version{exampleVersion(2), exampleVersion(1)}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *pageInput) (rest.Reply[assets.VersionPage], error) {
			page, err := a.lib.Versions(ctx, by, in.ID, in.query())
			return rest.Reply[assets.VersionPage]{Body: page}, err
		})
}

type addVersionInput struct {
	assetPath
	Key     idempotencyKey `header:"Idempotency-Key"`
	IfMatch rest.Revisions `header:"If-Match"`
	Upload  *rest.Upload
	Body    assets.NewVersion
}

func (in *addVersionInput) Complete() { completeVersion(&in.Body, in.Upload, in.Key) }

func (a *api) addVersion() rest.Route {
	op := a.uploadOperation("add_asset_version", "/{asset_id}/versions")
	op.Group, op.Summary = groupVersions, "Add a version"
	op.Description = "The approved version remains approved. A version that equals the current one in digest, media type, file name and provenance is not added."
	op.Statuses, op.Response = []int{http.StatusCreated, http.StatusOK}, exampleAdded()
	op.Requests = []rest.Example{
		{Name: "text", Summary: "Inline text, submitted for review", Body: `{"text": "Spring is in the air: 20 % off all tulips.", "submit": true, "provenance": {"agent_slug": "copywriter", "run_id": "run-19", "derived_from": [{"asset_id": "` + exampleAssetID + `", "version": 2}]}}`},
		{Name: "file", Summary: "A file", Parts: true, Body: `{"metadata": {"media_type": "text/markdown"}, "content": "**Spring** is in the air."}`},
	}
	op.Errors = append(op.Errors, assets.ErrInvalidTransition, assets.ErrTooManyVersions)
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *addVersionInput) (rest.Reply[*assets.Asset], error) {
			in.Body.IfRevision = in.IfMatch.List
			w, err := a.lib.AddVersion(ctx, by, in.ID, in.Body)
			return versionReply(w, err, a.versionURL)
		})
}

func (a *api) version() rest.Route {
	op := readOperation("get_asset_version", "/{asset_id}/versions/{version}")
	op.Group, op.Summary = groupVersions, "Get a version"
	op.Description = "Returns the version with its whole provenance. `current` is the newest version, `approved` the one in force for publishers."
	op.ETag, op.Errors = rest.Revision, []error{assets.ErrNotApproved}
	op.Response = exampleVersion(2)
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *versionPath) (rest.Reply[assets.Version], error) {
			shown, v, err := a.lib.VersionOf(ctx, by, in.ID, in.Version)
			if err != nil {
				return rest.Reply[assets.Version]{}, err
			}
			// The revision of the asset changes with the version's approval.
			return rest.Reply[assets.Version]{Revision: shown.Revision, Body: v}, nil
		})
}

func (a *api) content() rest.Route {
	op := readOperation("get_asset_content", "/{asset_id}/versions/{version}/content")
	op.Group, op.Summary, op.Head = groupVersions, "Get the stored bytes", "head_asset_content"
	op.Description = "The version `approved` returns exactly the bytes that were approved, or an error if no version is approved."
	op.Content, op.Errors = true, []error{assets.ErrNotApproved, assets.ErrErased}
	return rest.Raw(op,
		func(w http.ResponseWriter, r *http.Request, by assets.Actor, in *versionPath) error {
			f, err := a.lib.Open(r.Context(), by, in.ID, in.Version)
			if err != nil {
				return err
			}
			return a.serveContent(w, r, f, delivery{resourcePolicy: sameSite})
		})
}

type diffInput struct {
	assetPath
	From givenSelector   `query:"from"`
	To   assets.Selector `query:"to"`
}

func (a *api) diff() rest.Route {
	op := readOperation("diff_asset", "/{asset_id}/diff")
	op.Group, op.Summary = groupVersions, "Compare two versions by words"
	op.Description = "The `text` of all segments that are `equal` or `insert` is exactly the text of `to`, that of those that are `equal` or `delete` exactly the text of `from`. `segments` is null if one of the two is no text or has more than 1 MiB; show the two contents then. If two long texts differ very much, words that both have may be shown as deleted and inserted."
	op.Errors = []error{assets.ErrNotApproved, assets.ErrErased}
	op.Response = wire.DiffOf(exampleDiff())
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *diffInput) (rest.Reply[wire.Diff], error) {
			d, err := a.lib.Diff(ctx, by, in.ID, assets.DiffQuery{From: in.From.Selector, To: in.To})
			if err != nil {
				return rest.Reply[wire.Diff]{}, err
			}
			return rest.Reply[wire.Diff]{Body: wire.DiffOf(d)}, nil
		})
}

type rollbackInput struct {
	assetPath
	IfMatch rest.Revisions `header:"If-Match"`
	Body    rollbackBody
}

type rollbackBody struct {
	Version assets.Number `json:"version"`
	Reason  string        `json:"reason,omitempty" blank:"ok"`
}

func (in *rollbackInput) rollback() assets.Rollback {
	return assets.Rollback{Version: in.Body.Version, Reason: in.Body.Reason, IfRevision: in.IfMatch.List}
}

func (in *rollbackInput) Validate() error {
	r := in.rollback()
	return r.Validate()
}

func (a *api) rollback() rest.Route {
	op := writeOperation("rollback_asset", http.MethodPost, "/{asset_id}/rollback")
	op.Group, op.Summary = groupVersions, "Roll back to an earlier version"
	op.Description = "Adds a version with the content of an earlier one. If the earlier version's approval is still in force, the caller may approve and the policy accepts it, the new version is approved too. A version that equals the current one is not added."
	op.ETag, op.Errors = rest.Revision, []error{assets.ErrErased, assets.ErrInvalidTransition, assets.ErrTooManyVersions}
	op.Response = exampleAdded()
	op.Requests = []rest.Example{{Name: "first", Summary: "Back to the first version", Body: `{"version": 1, "reason": "The discount is over."}`}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *rollbackInput) (rest.Reply[*assets.Asset], error) {
			return assetReply(a.lib.Rollback(ctx, by, in.ID, in.rollback()))
		})
}
