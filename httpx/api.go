package httpx

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/readahead"
	"github.com/10ex/assets/internal/rest"
)

// api makes the routes of one Library.
type api struct {
	lib     *assets.Library
	exports *export.Exporter // nil: there are no exports
	pages   *pages
	ahead   *readahead.Buffers // of what is being sent
}

func newAPI(lib *assets.Library, exports *export.Exporter) *api {
	if exports == nil {
		exports, _ = export.New(export.Config{Library: lib}) // fails for a store that keeps none
	}
	return &api{lib: lib, exports: exports, pages: newPages(), ahead: readahead.NewBuffers()}
}

// routes are those that ask for a credential.
func (a *api) routes() []rest.Route {
	routes := []rest.Route{
		a.list(), a.create(), a.get(), a.edit(), a.delete(),
		a.addVersion(), a.version(), a.content(),
		a.rollback(), a.review(), a.bulkReview(),
		a.preview(), a.previewURL(), a.tags(), a.newUpload(),
		a.openapi(),
	}
	if a.exports != nil {
		routes = append(routes, a.createExport(), a.listExports(), a.getExport())
	}
	return routes
}

// publicRoutes are those that ask for a signed token.
func (a *api) publicRoutes() []rest.Route {
	routes := []rest.Route{a.publicPreview(), a.putUpload()}
	if a.exports != nil {
		routes = append(routes, a.publicExport())
	}
	return routes
}

const maxTextBody = 8 << 20 // of a body with inline text, which JSON may escape

// The groups of operations.
const (
	groupAssets   = "assets"
	groupVersions = "versions"
	groupReviews  = "reviews"
	groupPreviews = "previews"
	groupUploads  = "uploads"
	groupExports  = "exports"
	groupMeta     = "meta"
)

func reading(name, path string) rest.Operation {
	return rest.Operation{Name: name, Method: http.MethodGet, Path: path, Scopes: []assets.Scope{assets.ScopeRead}}
}

func writing(name, method, path string) rest.Operation {
	return rest.Operation{Name: name, Method: method, Path: path, Scopes: []assets.Scope{assets.ScopeWrite}}
}

// uploading is a write whose body carries a content.
func (a *api) uploading(name, path string) rest.Operation {
	op := writing(name, http.MethodPost, path)
	op.MaxBody, op.Inline = maxTextBody, []string{"text", "upload_id"}
	op.ETag = rest.Revision
	op.Errors = []error{assets.ErrIdempotencyMismatch, assets.ErrDigestMismatch, assets.ErrNotFound, assets.ErrRefused, assets.ErrUploadUsed}
	op.MaxUpload = a.lib.Limits().LargestContent()
	return op
}

// shown answers an asset with its ETag.
func shown(asset *assets.Asset, err error) (rest.Reply[*assets.Asset], error) {
	if err != nil {
		return rest.Reply[*assets.Asset]{}, err
	}
	return rest.Reply[*assets.Asset]{Revision: asset.Revision, Body: asset}, nil
}

// written answers what became of an uploaded content.
func written(w assets.Written, err error, location func(*assets.Asset) string) (rest.Reply[*assets.Asset], error) {
	reply, err := shown(w.Asset, err)
	if err != nil {
		return reply, err
	}
	reply.Header = http.Header{}
	if w.Replayed {
		reply.Header.Set("Idempotency-Replayed", "true")
	}
	if !w.Unchanged {
		reply.Status = http.StatusCreated
		reply.Header.Set("Location", location(w.Asset))
	}
	return reply, nil
}

// supply completes a version with what stands outside of its metadata, which
// wins over what the part says.
func supply(v *assets.NewVersion, upload *rest.Upload, key idempotencyKey) {
	v.IdempotencyKey = string(key)
	if upload != nil {
		v.Content = upload
		v.MediaType = cmp.Or(v.MediaType, upload.MediaType)
		v.Filename = cmp.Or(v.Filename, upload.Filename)
	}
}

func (a *api) assetURL(asset *assets.Asset) string {
	return a.lib.BaseURL() + a.lib.BasePath() + "/" + string(asset.ID)
}

func (a *api) versionURL(asset *assets.Asset) string {
	return fmt.Sprintf("%s/versions/%d", a.assetURL(asset), asset.Version)
}
