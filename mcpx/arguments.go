package mcpx

import (
	"cmp"
	"errors"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// assetID is the id of the asset that a tool is about. It is parsed like an id
// in a path.
type assetID assets.ID

func (id *assetID) UnmarshalText(text []byte) error {
	v, err := assets.ParseID(string(text))
	if err != nil {
		return assets.Invalid(assets.TypeMalformed, "must be a UUID")
	}
	*id = assetID(v)
	return nil
}

// The arguments of the tools. Most rules are in the Validate methods of the
// Library's own inputs.
type (
	listAssets struct {
		Types            rest.Many[assets.Type]   `json:"type,omitzero"`
		Statuses         rest.Many[assets.Status] `json:"status,omitzero"`
		Perspective      assets.Perspective       `json:"perspective,omitempty"`
		IDs              rest.Many[assets.ID]     `json:"asset_id,omitzero"`
		AgentSlug        string                   `json:"agent_slug,omitempty"`
		RunID            string                   `json:"run_id,omitempty"`
		CampaignID       string                   `json:"campaign_id,omitempty"`
		BrandID          string                   `json:"brand_id,omitempty"`
		BriefID          string                   `json:"brief_id,omitempty"`
		CreatedBy        string                   `json:"created_by,omitempty"`
		LastAction       assets.Action            `json:"last_action,omitempty"`
		MediaType        string                   `json:"media_type,omitempty"`
		Tags             rest.Many[string]        `json:"tag,omitzero"`
		Search           string                   `json:"q,omitempty"`
		CreatedAfter     rest.Instant             `json:"created_after,omitzero"`
		CreatedBefore    rest.Instant             `json:"created_before,omitzero"`
		Order            rest.Order               `json:"order,omitzero"`
		Sort             assets.Sort              `json:"sort,omitempty"`
		Limit            int                      `json:"limit,omitempty" min:"1"`
		Cursor           string                   `json:"cursor,omitempty"`
		IncludeTotal     bool                     `json:"include_total,omitempty"`
		IncludeText      bool                     `json:"include_text,omitempty"`
		PreviewExpiresIn rest.Lifetime            `json:"preview_expires_in,omitzero"`
		PreviewWidth     rest.Width               `json:"preview_width,omitzero"`
	}
	listTags struct {
		Key    string `json:"key,omitempty"`
		Limit  int    `json:"limit,omitempty" min:"1"`
		Cursor string `json:"cursor,omitempty"`
	}
	listEvents struct {
		After          string                      `json:"after,omitempty"`
		Types          rest.Many[assets.EventType] `json:"type,omitzero"`
		IDs            rest.Many[assets.ID]        `json:"asset_id,omitzero"`
		CampaignID     string                      `json:"campaign_id,omitempty"`
		InForceChanged bool                        `json:"in_force_changed,omitempty"`
		Limit          int                         `json:"limit,omitempty" min:"1"`
	}
	getAsset struct {
		ID      assetID      `json:"asset_id"`
		Version rest.Version `json:"version,omitzero"`
	}
	readContent struct {
		ID      assetID      `json:"asset_id"`
		Version rest.Version `json:"version"`
		Offset  int          `json:"offset,omitempty" min:"0"`
	}
	explainAsset struct {
		ID      assetID       `json:"asset_id"`
		Version *rest.Version `json:"version,omitempty"`
	}
	previewURL struct {
		ID        assetID       `json:"asset_id"`
		Version   rest.Version  `json:"version,omitzero"`
		ExpiresIn rest.Lifetime `json:"expires_in,omitzero"`
		Width     rest.Width    `json:"width,omitzero"`
	}
	deleteAsset struct {
		ID assetID `json:"asset_id"`
	}
	createAsset struct {
		assets.NewAsset
		given
	}
	addVersion struct {
		ID assetID `json:"asset_id"`
		assets.NewVersion
		given
	}
	createUpload struct{ assets.NewUpload }
	reviewAsset  struct {
		ID      assetID       `json:"asset_id"`
		Version assets.Number `json:"version,omitempty" min:"1"`
		SHA256  string        `json:"sha256,omitempty"`
		Comment string        `json:"comment,omitempty" blank:"ok"`
	}
	requestChanges struct {
		ID      assetID       `json:"asset_id"`
		Version assets.Number `json:"version,omitempty" min:"1"`
		SHA256  string        `json:"sha256,omitempty"`
		Comment string        `json:"comment" blank:"ok" missing:"say what has to change"`
	}
	commentAsset struct {
		ID assetID `json:"asset_id"`
		assets.NewComment
	}
	rollbackAsset struct {
		ID      assetID       `json:"asset_id"`
		Version assets.Number `json:"version"`
		Reason  string        `json:"reason,omitempty" blank:"ok"`
	}
	tagAsset struct {
		ID   assetID                  `json:"asset_id"`
		Tags rest.Member[assets.Tags] `json:"tags"`
	}
	bulkApprove struct {
		Items   []bulkItem `json:"items"`
		Comment string     `json:"comment,omitempty" blank:"ok"`
	}
	bulkItem struct {
		AssetID assets.ID     `json:"asset_id"`
		Version assets.Number `json:"version,omitempty" min:"1"`
		SHA256  string        `json:"sha256,omitempty"`
	}
)

// defaultListLimit is the number of assets on a page of list_assets. Models read slowly.
const defaultListLimit = 20

func (in *listAssets) query() (assets.Query, error) {
	q := assets.Query{
		Types: in.Types, Statuses: in.Statuses, Perspective: in.Perspective, IDs: in.IDs,
		AgentSlug: in.AgentSlug, RunID: in.RunID,
		CampaignID: in.CampaignID, BrandID: in.BrandID, BriefID: in.BriefID,
		CreatedBy: in.CreatedBy, LastAction: in.LastAction, MediaType: in.MediaType, Search: in.Search,
		CreatedAfter: assets.Time(in.CreatedAfter), CreatedBefore: assets.Time(in.CreatedBefore),
		Ascending: bool(in.Order), Sort: in.Sort, Limit: in.Limit, Cursor: in.Cursor,
		IncludeTotal: in.IncludeTotal, IncludeText: in.IncludeText,
		PreviewExpiresIn: time.Duration(in.PreviewExpiresIn), PreviewWidth: int(in.PreviewWidth),
	}
	if q.Limit == 0 { // absent: a limit of 0 is refused before
		q.Limit = defaultListLimit
	}
	for _, text := range in.Tags {
		var t rest.TagFilter
		if err := t.UnmarshalText([]byte(text)); err != nil {
			return q, located(err, "tag")
		}
		q.Tags = append(q.Tags, assets.Tag(t))
	}
	return q, nil
}

// located returns the field errors of err, located at an argument.
func located(err error, name string) error {
	var all []error
	for _, f := range assets.FieldErrors(err) {
		all = append(all, f.At(name))
	}
	return errors.Join(all...)
}

func (in *listAssets) Validate() error {
	q, err := in.query()
	return errors.Join(q.Validate(), err)
}

func (in *listEvents) query() assets.EventQuery {
	return assets.EventQuery{
		After: in.After, Types: in.Types, AssetIDs: in.IDs, CampaignID: in.CampaignID, InForceChanged: in.InForceChanged,
		Limit: cmp.Or(in.Limit, defaultListLimit),
	}
}

func (in *listEvents) Validate() error {
	q := in.query()
	return q.Validate()
}

func (in *createAsset) Validate() error {
	return in.complete(&in.NewVersion, in.NewAsset.Validate)
}

func (in *addVersion) Validate() error {
	return in.complete(&in.NewVersion, in.NewVersion.Validate)
}

func (in *reviewAsset) decision(action assets.Action) assets.Decision {
	return assets.Decision{Action: action, Version: in.Version, SHA256: in.SHA256, Comment: in.Comment}
}

func (in *reviewAsset) Validate() error {
	d := in.decision(assets.ActionSubmit)
	return d.Validate()
}

func (in *requestChanges) decision() assets.Decision {
	return assets.Decision{Action: assets.ActionRequestChanges, Version: in.Version, SHA256: in.SHA256, Comment: in.Comment}
}

func (in *requestChanges) Validate() error {
	d := in.decision()
	return d.Validate()
}

func (in *rollbackAsset) input() assets.Rollback {
	return assets.Rollback{Version: in.Version, Reason: in.Reason}
}

func (in *rollbackAsset) Validate() error {
	r := in.input()
	return r.Validate()
}

func (in *bulkApprove) decision() assets.BulkDecision {
	items := make([]assets.BulkItem, len(in.Items))
	for i, item := range in.Items {
		items[i] = assets.BulkItem{AssetID: item.AssetID, Version: item.Version, SHA256: item.SHA256}
	}
	return assets.BulkDecision{Items: items, Action: assets.ActionApprove, Comment: in.Comment}
}

func (in *bulkApprove) Validate() error {
	d := in.decision()
	return d.Validate()
}
