package httpx

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/readahead"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/webhook"
)

// api builds the routes of one Library.
type api struct {
	lib     *assets.Library
	exports *export.Exporter // nil if the store keeps no exports
	hooks   *webhook.Hooks   // nil if the host calls no webhooks
	pages   *pages
	buffers *readahead.Buffers // shared by all large downloads
	memory  *memory            // shared by all small ones

	authenticate func(*http.Request) (assets.Actor, error)
	shutdowns    shutdowns
}

func newAPI(lib *assets.Library, opts Options) *api {
	if opts.Exports == nil {
		opts.Exports, _ = export.New(export.Config{Library: lib}) // fails if the store keeps no exports
	}
	return &api{
		lib: lib, exports: opts.Exports, hooks: opts.Webhooks,
		pages: newPages(), buffers: readahead.NewBuffers(), memory: newMemory(),
		authenticate: opts.Authenticate,
	}
}

// routes returns the routes that require a credential.
func (a *api) routes() []rest.Route {
	routes := []rest.Route{
		a.list(), a.create(), a.get(), a.edit(), a.delete(),
		a.versions(), a.addVersion(), a.version(), a.content(), a.attestation(), a.diff(),
		a.rollback(), a.reviews(), a.review(), a.bulkReview(), a.allowed(), a.publishable(), a.comment(),
		a.createLink(), a.listLinks(), a.revokeLink(),
		a.preview(), a.previewURL(), a.tags(), a.counts(), a.usage(), a.newUpload(),
		a.me(), a.openapi(),
	}
	if a.exports != nil {
		routes = append(routes, a.createExport(), a.listExports(), a.getExport())
	}
	if a.lib.HasJournal() {
		routes = append(routes, a.events(), a.eventStream())
	}
	return append(routes, a.webhookRoutes()...)
}

// publicRoutes returns the routes that require a signed token in the path.
func (a *api) publicRoutes() []rest.Route {
	routes := []rest.Route{a.publicPreview(), a.putUpload(), a.attestationKeys()}
	if a.exports != nil {
		routes = append(routes, a.publicExport())
	}
	return routes
}

// maxTextBody is the limit in bytes of a JSON body with inline text. It is far
// above the limit of the text, because JSON may escape every character.
const maxTextBody = 8 << 20

// The groups of operations in the OpenAPI document.
const (
	groupAssets   = "assets"
	groupVersions = "versions"
	groupReviews  = "reviews"
	groupPreviews = "previews"
	groupUploads  = "uploads"
	groupExports  = "exports"
	groupEvents   = "events"
	groupWebhooks = "webhooks"
	groupMeta     = "meta"
)

func readOperation(name, path string) rest.Operation {
	return rest.Operation{Name: name, Method: http.MethodGet, Path: path, Scopes: []assets.Scope{assets.ScopeRead}}
}

func writeOperation(name, method, path string) rest.Operation {
	return rest.Operation{Name: name, Method: method, Path: path, Scopes: []assets.Scope{assets.ScopeWrite}}
}

// uploadOperation returns a write operation whose body has the content of a version.
func (a *api) uploadOperation(name, path string) rest.Operation {
	op := writeOperation(name, http.MethodPost, path)
	op.MaxBody, op.Inline = maxTextBody, []string{"text", "upload_id"}
	op.ETag = rest.Revision
	op.Errors = []error{assets.ErrIdempotencyMismatch, assets.ErrDigestMismatch, assets.ErrNotFound, assets.ErrRefused, assets.ErrUploadUsed}
	op.MaxUpload = a.lib.Limits().LargestContent()
	return op
}

// assetReply returns the reply with an asset and its ETag.
func assetReply(asset *assets.Asset, err error) (rest.Reply[*assets.Asset], error) {
	if err != nil {
		return rest.Reply[*assets.Asset]{}, err
	}
	return rest.Reply[*assets.Asset]{Revision: asset.Revision, Body: asset}, nil
}

// versionReply returns the reply to a request that adds a version: 201 with its
// Location, or 200 if the request added nothing.
func versionReply(w assets.Written, err error, location func(*assets.Asset) string) (rest.Reply[*assets.Asset], error) {
	reply, err := assetReply(w.Asset, err)
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

// completeVersion sets the fields of a version that are not in its metadata: the
// idempotency key and the uploaded content. A media type or file name in the
// metadata takes precedence over that of the content's part.
func completeVersion(v *assets.NewVersion, upload *rest.Upload, key idempotencyKey) {
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
