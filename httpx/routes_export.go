package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/apidoc"
	"github.com/10ex/assets/internal/rest"
)

type createExportInput struct {
	Body apidoc.ExportBody
}

func (a *api) createExport() rest.Route {
	op := rest.Operation{
		Name: "create_export", Method: http.MethodPost, Path: "/exports", Scopes: []assets.Scope{assets.ScopeRead},
		Group: groupExports, Summary: "Create an archive of approved versions",
		Description: "Selects approved versions by the filters of a list, or by `asset_ids`. The selection is made from one snapshot and does not change later. The archive is a zip file in the BagIt layout (RFC 8493). Its bytes are the same at every request, so an interrupted download can be resumed with a range. The number of exports of a workspace that have not expired is limited, and so is their metadata in total: at a limit the response is 429, and creating one becomes possible again when one expires.",
		Statuses:    []int{http.StatusCreated}, Located: true,
		Errors:   []error{assets.ErrLimitReached},
		Detail:   true,
		Response: exampleExportDetail(),
		Requests: []rest.Example{
			{Name: "campaign", Summary: "What is approved for a campaign", Body: `{"campaign_id": "spring", "type": ["copy", "image"]}`},
			{Name: "assets", Summary: "These assets, for an hour", Body: `{"asset_ids": ["` + exampleAssetID + `"], "expires_in": 3600}`},
		},
	}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *createExportInput) (rest.Reply[export.Export], error) {
			r, err := in.Body.Request()
			if err != nil {
				return rest.Reply[export.Export]{}, err
			}
			made, err := a.exports.Create(ctx, by, r)
			if err != nil {
				return rest.Reply[export.Export]{}, err
			}
			location := a.lib.BaseURL() + a.lib.BasePath() + "/exports/" + string(made.ID)
			return rest.Reply[export.Export]{
				Status: http.StatusCreated, Header: http.Header{"Location": {location}}, Body: made,
			}, nil
		})
}

type listExportsInput struct {
	Limit  int    `query:"limit" min:"1"`
	Cursor string `query:"cursor"`
}

func (a *api) listExports() rest.Route {
	op := readOperation("list_exports", "/exports")
	op.Group, op.Summary = groupExports, "List exports, newest first"
	op.Description = "Lists the exports of the workspace, including expired ones that have not been deleted yet."
	op.Errors = []error{assets.ErrInvalidCursor}
	op.Response = export.Exports{Items: []export.Export{exampleExport()}}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *listExportsInput) (rest.Reply[export.Exports], error) {
			page, err := a.exports.List(ctx, by, export.ListQuery{Limit: in.Limit, Cursor: in.Cursor})
			return rest.Reply[export.Exports]{Body: page}, err
		})
}

// exportPath has the export id in a path.
type exportPath struct {
	ID assets.ID `path:"export_id"`
}

func (a *api) getExport() rest.Route {
	op := readOperation("get_export", "/exports/{export_id}")
	op.Group, op.Summary = groupExports, "Get an export"
	op.Description = "`stale_items` are the versions whose approval was withdrawn after the export was created. If there are any, the export can no longer be downloaded."
	op.Detail, op.Response = true, exampleExportDetail()
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *exportPath) (rest.Reply[export.Export], error) {
			found, err := a.exports.Get(ctx, by, in.ID)
			return rest.Reply[export.Export]{Body: found}, err
		})
}

type publicExportInput struct {
	Token string `path:"token"`
}

func (a *api) publicExport() rest.Route {
	return rest.Raw(rest.Operation{
		Name: "download_export", Method: http.MethodGet, Path: "/exports/{token}", AnyParameter: true,
		Group: groupExports, Summary: "Download the archive of a signed link", Head: "head_export", Content: true, ContentType: "application/zip",
		Description: "The token is the credential. Unknown parameters are ignored.",
		Errors:      []error{assets.ErrExpired, assets.ErrExportStale},
	},
		func(w http.ResponseWriter, r *http.Request, _ assets.Actor, in *publicExportInput) error {
			archive, err := a.exports.OpenToken(r.Context(), in.Token)
			if err != nil {
				return err
			}
			h := http.Header{}
			setSecurityHeaders(h, crossOrigin)
			h.Set("Content-Type", "application/zip")
			h.Set("Content-Disposition", contentDisposition("attachment", archive.Filename()))
			h.Set("ETag", archive.ETag())
			return a.serveFile(w, r, archive, h)
		})
}
