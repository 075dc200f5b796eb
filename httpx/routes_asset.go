package httpx

import (
	"context"
	"net/http"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// filterInput has the filters of a list, without its status.
type filterInput struct {
	Types         []assets.Type `query:"type"`
	IDs           []assets.ID   `query:"asset_id"`
	AgentSlug     string        `query:"agent_slug"`
	RunID         string        `query:"run_id"`
	CampaignID    string        `query:"campaign_id"`
	BrandID       string        `query:"brand_id"`
	BriefID       string        `query:"brief_id"`
	CreatedBy     string        `query:"created_by"`
	LastAction    assets.Action `query:"last_action"`
	MediaType     string        `query:"media_type"`
	Tags          []tagFilter   `query:"tag"`
	Search        string        `query:"q"`
	CreatedAfter  instant       `query:"created_after"`
	CreatedBefore instant       `query:"created_before"`
}

func (in *filterInput) query() assets.Query {
	q := assets.Query{
		Types: in.Types, IDs: in.IDs,
		AgentSlug: in.AgentSlug, RunID: in.RunID,
		CampaignID: in.CampaignID, BrandID: in.BrandID, BriefID: in.BriefID,
		CreatedBy: in.CreatedBy, LastAction: in.LastAction, MediaType: in.MediaType,
		Search:       in.Search,
		CreatedAfter: assets.Time(in.CreatedAfter), CreatedBefore: assets.Time(in.CreatedBefore),
	}
	for _, t := range in.Tags {
		q.Tags = append(q.Tags, assets.Tag(t))
	}
	return q
}

type listInput struct {
	filterInput
	Statuses         []assets.Status    `query:"status"`
	Perspective      assets.Perspective `query:"perspective"`
	Order            order              `query:"order"`
	Sort             assets.Sort        `query:"sort"`
	Limit            int                `query:"limit" min:"1"`
	Cursor           string             `query:"cursor"`
	IncludeTotal     boolean            `query:"include_total"`
	IncludeText      boolean            `query:"include_text"`
	PreviewExpiresIn lifetime           `query:"preview_expires_in"`
	PreviewWidth     width              `query:"preview_width"`
}

func (in *listInput) query() assets.Query {
	q := in.filterInput.query()
	q.Statuses, q.Perspective, q.Limit, q.Cursor = in.Statuses, in.Perspective, in.Limit, in.Cursor
	q.Ascending, q.Sort = bool(in.Order), in.Sort
	q.IncludeTotal, q.IncludeText = bool(in.IncludeTotal), bool(in.IncludeText)
	q.PreviewExpiresIn, q.PreviewWidth = time.Duration(in.PreviewExpiresIn), int(in.PreviewWidth)
	return q
}

func (in *listInput) Validate() error {
	q := in.query()
	return q.Validate()
}

func (a *api) list() rest.Route {
	op := readOperation("list_assets", "")
	op.Group, op.Summary = groupAssets, "List assets"
	op.Description = "Returns one page in the order of ids, which is the order of creation, or with `sort=submitted` in the order of submission. `status=approved` alone returns each asset's approved version, even if a newer draft exists: all filters apply to that version. Following `next_cursor` neither repeats nor skips an asset. A page ends early rather than have more than 4 MiB."
	op.Errors = []error{assets.ErrInvalidCursor}
	op.Response = assets.Page{Items: []*assets.Asset{exampleAsset()}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *listInput) (rest.Reply[assets.Page], error) {
			page, err := a.lib.List(ctx, by, in.query())
			return rest.Reply[assets.Page]{Body: page}, err
		})
}

type createInput struct {
	Key    idempotencyKey `header:"Idempotency-Key"`
	Upload *rest.Upload
	Body   assets.NewAsset
}

func (in *createInput) Complete() { completeVersion(&in.Body.NewVersion, in.Upload, in.Key) }

func (a *api) create() rest.Route {
	op := a.uploadOperation("create_asset", "")
	op.Group, op.Summary = groupAssets, "Create an asset with its first version"
	op.Description = "The content is inline text, the content of an upload, or the second part of a multipart body, which is streamed. A client that sends no multipart body, or the file before the metadata, creates an upload first."
	op.Statuses, op.Response = []int{http.StatusCreated}, exampleCreated()
	op.Requests = []rest.Example{
		{Name: "text", Summary: "Inline text", Body: `{"type": "copy", "title": "Spring headline", "text": "Spring is in the air.", "campaign_id": "spring", "tags": {"channel": ["email", "web"]},
			"provenance": {"agent_slug": "copywriter", "run_id": "run-17", "brand_id": "bloom", "brief_id": "brief-4", "model": "writer-large", "parameters": {"temperature": 0.7}}}`},
		{Name: "upload", Summary: "The content of an upload, submitted for review", Body: `{"type": "image", "title": "Spring hero", "upload_id": "` + exampleUploadID + `", "submit": true}`},
		{Name: "file", Summary: "A file", Parts: true, Body: `{"metadata": {"type": "blog", "title": "Ten ways to keep tulips fresh", "filename": "tulips.md"}, "content": "# Ten ways to keep tulips fresh\n"}`},
	}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *createInput) (rest.Reply[*assets.Asset], error) {
			w, err := a.lib.Create(ctx, by, in.Body)
			return versionReply(w, err, a.assetURL)
		})
}

type getInput struct {
	assetPath
	Version perspective `query:"version"`
}

func (a *api) get() rest.Route {
	op := readOperation("get_asset", "/{asset_id}")
	op.Group, op.Summary = groupAssets, "Get an asset with its versions and reviews"
	op.Description = "Returns summaries of all versions, without `parameters`, `inputs` and `derived_from`, and the newest 100 reviews. `/versions` and `/reviews` return the whole of both in pages."
	op.Response = exampleDetail()
	op.Detail, op.ETag, op.Errors = true, rest.Revision, []error{assets.ErrNotApproved}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *getInput) (rest.Reply[*assets.Asset], error) {
			return assetReply(a.lib.Get(ctx, by, in.ID, assets.Selector(in.Version)))
		})
}

type editInput struct {
	assetPath
	IfMatch rest.Revisions `header:"If-Match"`
	Body    mergePatch
}

// mergePatch is a merge patch (RFC 7396) of the fields that are not versioned.
type mergePatch struct {
	Title      rest.Member[string]          `json:"title,omitzero" null:"no"`
	CampaignID rest.Member[assets.Optional] `json:"campaign_id,omitzero"`
	Tags       rest.Member[assets.Tags]     `json:"tags,omitzero"`
}

func (in *editInput) edit() assets.Edit {
	p := &in.Body
	e := assets.Edit{Tags: p.Tags.Value, ClearTags: p.Tags.Null, IfRevision: in.IfMatch.List}
	if p.Title.Given {
		e.Title = &p.Title.Value
	}
	if p.CampaignID.Given {
		e.CampaignID = &p.CampaignID.Value // empty if null
	}
	return e
}

func (in *editInput) Validate() error {
	e := in.edit()
	return e.Validate()
}

func (a *api) edit() rest.Route {
	op := writeOperation("edit_asset", http.MethodPatch, "/{asset_id}")
	op.Group, op.Summary = groupAssets, "Change title, tags or campaign"
	op.Description = "A merge patch (RFC 7396). While a version is approved, changes are published with it and need the same permission as an approval. A patch that changes nothing is not recorded."
	op.ETag, op.Errors = rest.Revision, []error{assets.ErrInvalidTransition, assets.ErrKindCannotApprove}
	op.MediaTypes = []string{"application/json", "application/merge-patch+json"}
	op.Response = exampleAsset()
	op.Requests = []rest.Example{
		{Name: "tags", Summary: "Another title, one tag replaced, one removed", Body: `{"title": "Spring headline", "tags": {"channel": ["email", "web"], "draft": null}}`},
		{Name: "clear", Summary: "No campaign and no tags", Body: `{"campaign_id": null, "tags": null}`},
	}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *editInput) (rest.Reply[*assets.Asset], error) {
			return assetReply(a.lib.Edit(ctx, by, in.ID, in.edit()))
		})
}

type deleteInput struct {
	assetPath
	IfMatch rest.Revisions `header:"If-Match"`
}

func (a *api) delete() rest.Route {
	op := writeOperation("delete_asset", http.MethodDelete, "/{asset_id}")
	op.Group, op.Summary = groupAssets, "Delete a draft that was never approved"
	op.Description = "The asset and its versions are gone at once, and the response to every later request is 404. An asset of which a version was ever approved can only be archived."
	op.Statuses, op.Errors = []int{http.StatusNoContent}, []error{assets.ErrNotDraft}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *deleteInput) (rest.Reply[struct{}], error) {
			err := a.lib.Delete(ctx, by, in.ID, in.IfMatch.List)
			return rest.Reply[struct{}]{Status: http.StatusNoContent}, err
		})
}
