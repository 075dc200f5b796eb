package httpx

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
)

type createExportInput struct {
	Body exportBody
}

// exportBody names filters as the query of a list does. A lone value stands
// for a list of one.
type exportBody struct {
	AssetIDs      []assets.ID   `json:"asset_ids,omitempty"`
	Types         []assets.Type `json:"type,omitempty" lone:"ok"`
	IDs           []assets.ID   `json:"asset_id,omitempty" lone:"ok"`
	AgentSlug     string        `json:"agent_slug,omitempty"`
	RunID         string        `json:"run_id,omitempty"`
	CampaignID    string        `json:"campaign_id,omitempty"`
	BrandID       string        `json:"brand_id,omitempty"`
	BriefID       string        `json:"brief_id,omitempty"`
	Tags          []string      `json:"tag,omitempty" lone:"ok"`
	Search        string        `json:"q,omitempty"`
	CreatedAfter  string        `json:"created_after,omitempty"`
	CreatedBefore string        `json:"created_before,omitempty"`
	ExpiresIn     int           `json:"expires_in,omitempty" min:"1"` // seconds
}

// request answers what the body asks for, and what of it cannot be read.
func (in *createExportInput) request() (export.Request, []error) {
	b := &in.Body
	r := export.Request{
		Query: assets.Query{
			Types: b.Types, IDs: b.IDs, AgentSlug: b.AgentSlug, RunID: b.RunID,
			CampaignID: b.CampaignID, BrandID: b.BrandID, BriefID: b.BriefID, Search: b.Search,
		},
		IDs: b.AssetIDs, ExpiresIn: time.Duration(b.ExpiresIn) * time.Second,
	}
	var wrong []error
	read := func(into interface{ UnmarshalText([]byte) error }, text string, loc ...any) {
		if text == "" {
			return
		}
		for _, f := range assets.FieldErrors(into.UnmarshalText([]byte(text))) {
			wrong = append(wrong, f.At(loc...))
		}
	}
	read((*instant)(&r.Query.CreatedAfter), b.CreatedAfter, "created_after")
	read((*instant)(&r.Query.CreatedBefore), b.CreatedBefore, "created_before")
	if b.Tags != nil {
		r.Query.Tags = make([]assets.Tag, len(b.Tags))
	}
	for i, text := range b.Tags {
		read((*tagFilter)(&r.Query.Tags[i]), text, "tag", i)
	}
	return r, wrong
}

func (in *createExportInput) Validate() error {
	r, wrong := in.request()
	for _, f := range assets.FieldErrors(r.Validate()) {
		known := func(other error) bool { return slices.Equal(assets.FieldErrors(other)[0].Loc, f.Loc) }
		if !slices.ContainsFunc(wrong, known) { // what cannot be read is not judged as well
			wrong = append(wrong, f)
		}
	}
	return errors.Join(wrong...)
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
			r, wrong := in.request()
			if len(wrong) > 0 {
				return rest.Reply[export.Export]{}, in.Validate()
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
			return serveStored(w, r, archive, h)
		})
}
