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
		Group: groupExports, Summary: "Freeze what is approved into an archive",
		Description: "The selection is by the filters of a list, or by asset_ids, judged on the approved versions in one snapshot. The archive is a zip in the BagIt layout (RFC 8493), the same bytes at every request: a download that was cut resumes with a range.",
		Statuses:    []int{http.StatusCreated}, Located: true,
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
	op := reading("list_exports", "/exports")
	op.Group, op.Summary = groupExports, "List exports, newest first"
	op.Description = "Those of the workspace, also expired ones until they are swept."
	op.Errors = []error{assets.ErrInvalidCursor}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *listExportsInput) (rest.Reply[export.Exports], error) {
			page, err := a.exports.List(ctx, by, export.ListQuery{Limit: in.Limit, Cursor: in.Cursor})
			return rest.Reply[export.Exports]{Body: page}, err
		})
}

// exportPath is the export that a path names.
type exportPath struct {
	ID assets.ID `path:"export_id"`
}

func (a *api) getExport() rest.Route {
	op := reading("get_export", "/exports/{export_id}")
	op.Group, op.Summary = groupExports, "Read an export"
	op.Description = "Its stale_items are the versions whose approval was withdrawn since: with one of them it cannot be downloaded any more."
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
		Group: groupExports, Summary: "Download the archive that a signed link names", Head: "head_export", Content: true,
		Description: "The token is the credential. Unknown parameters are ignored.",
		Errors:      []error{assets.ErrExpired, assets.ErrExportStale},
	},
		func(w http.ResponseWriter, r *http.Request, _ assets.Actor, in *publicExportInput) error {
			archive, err := a.exports.OpenToken(r.Context(), in.Token)
			if err != nil {
				return err
			}
			h := http.Header{}
			protect(h, crossOrigin)
			h.Set("Content-Type", "application/zip")
			h.Set("Content-Disposition", contentDisposition("attachment", archive.Filename()))
			h.Set("ETag", archive.ETag())
			return a.serveStored(w, r, archive, h)
		})
}
