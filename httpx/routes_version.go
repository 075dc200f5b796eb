package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type addVersionInput struct {
	assetPath
	Key     idempotencyKey `header:"Idempotency-Key"`
	IfMatch rest.Revisions `header:"If-Match"`
	Upload  *rest.Upload
	Body    assets.NewVersion
}

func (in *addVersionInput) Complete() { supply(&in.Body, in.Upload, in.Key) }

func (a *api) addVersion() rest.Route {
	return rest.Typed(a.uploading("add_asset_version", "/{asset_id}/versions"),
		func(ctx context.Context, by assets.Actor, in *addVersionInput) (rest.Reply[*assets.Asset], error) {
			in.Body.IfRevision = in.IfMatch.List
			w, err := a.lib.AddVersion(ctx, by, in.ID, in.Body)
			return stored(w, err, a.versionURL)
		})
}

func (a *api) version() rest.Route {
	return rest.Typed(reading("get_asset_version", "/{asset_id}/versions/{version}"),
		func(ctx context.Context, by assets.Actor, in *versionPath) (rest.Reply[assets.Version], error) {
			// Open reads no content, and knows the revision that goes with
			// the version's approval.
			f, err := a.lib.Open(ctx, by, in.ID, in.Version)
			if err != nil {
				return rest.Reply[assets.Version]{}, err
			}
			return rest.Reply[assets.Version]{Revision: f.Asset.Revision, Body: f.Version}, f.Close()
		})
}

func (a *api) content() rest.Route {
	return rest.Raw(reading("get_asset_content", "/{asset_id}/versions/{version}/content"),
		func(w http.ResponseWriter, r *http.Request, by assets.Actor, in *versionPath) error {
			f, err := a.lib.Open(r.Context(), by, in.ID, in.Version)
			if err != nil {
				return err
			}
			return serveBytes(w, r, f, delivery{sharing: sameSite})
		})
}

type rollbackInput struct {
	assetPath
	IfMatch rest.Revisions `header:"If-Match"`
	Body    rollbackBody
}

type rollbackBody struct {
	Version assets.Number `json:"version"`
	Reason  string        `json:"reason" blank:"ok"`
}

func (in *rollbackInput) rollback() assets.Rollback {
	return assets.Rollback{Version: in.Body.Version, Reason: in.Body.Reason, IfRevision: in.IfMatch.List}
}

func (in *rollbackInput) Validate() error {
	r := in.rollback()
	return r.Validate()
}

func (a *api) rollback() rest.Route {
	return rest.Typed(writing("rollback_asset", http.MethodPost, "/{asset_id}/rollback"),
		func(ctx context.Context, by assets.Actor, in *rollbackInput) (rest.Reply[*assets.Asset], error) {
			return shown(a.lib.Rollback(ctx, by, in.ID, in.rollback()))
		})
}
