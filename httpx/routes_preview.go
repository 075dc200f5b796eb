package httpx

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type previewURLInput struct {
	assetPath
	Version   assets.Selector `query:"version"`
	ExpiresIn lifetime        `query:"expires_in"`
	Width     width           `query:"width"`
}

func (a *api) previewURL() rest.Route {
	op := readOperation("get_asset_preview_url", "/{asset_id}/preview-url")
	op.Group, op.Summary = groupPreviews, "Sign a public preview link"
	op.Description = "The link shows this version only and needs no credential."
	op.Errors = []error{assets.ErrNotApproved, assets.ErrErased}
	op.Response = assets.PreviewLink{URL: "/api/v1/public/assets/preview/AZytxpqA.c2lnbmF0dXJl", ExpiresAt: exampleTime(10, 15), Version: 2}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *previewURLInput) (rest.Reply[assets.PreviewLink], error) {
			link, err := a.lib.PreviewURL(ctx, by, in.ID, assets.PreviewOptions{
				Version: in.Version, ExpiresIn: time.Duration(in.ExpiresIn), Width: int(in.Width),
			})
			return rest.Reply[assets.PreviewLink]{Body: link}, err
		})
}

type previewInput struct {
	assetPath
	Version  assets.Selector `query:"version"`
	Width    width           `query:"width"`
	Download flag            `query:"download"`
}

func (a *api) preview() rest.Route {
	op := readOperation("preview_asset", "/{asset_id}/preview")
	op.Group, op.Summary = groupPreviews, "Show a version in a browser"
	op.Description = "Returns images, video and PDF unchanged, and an HTML page for everything else."
	op.Content, op.Errors = true, []error{assets.ErrNotApproved, assets.ErrErased, assets.ErrUnsupportedMediaType}
	return rest.Raw(op,
		func(w http.ResponseWriter, r *http.Request, by assets.Actor, in *previewInput) error {
			f, err := a.lib.OpenRendition(r.Context(), by, in.ID, in.Version, int(in.Width))
			if err != nil {
				return err
			}
			link := fmt.Sprintf("?version=%d&download=1", f.Version.Number)
			return a.render(w, r, f, delivery{resourcePolicy: sameSite, attachment: bool(in.Download)}, link)
		})
}

type publicInput struct {
	Token    string         `path:"token"`
	Download downloadValues `query:"download"`
}

// downloadValues are the values of a parameter that has an effect only if it is
// given once, as 1.
type downloadValues []string

// publicPreview serves the links that the Library signs. It ignores unknown
// parameters, because others add some to links for tracking.
func (a *api) publicPreview() rest.Route {
	return rest.Raw(rest.Operation{
		Name: "open_public_preview", Method: http.MethodGet, Path: "/preview/{token}", AnyParameter: true,
		Group: groupPreviews, Summary: "Show the version of a signed link", Head: "head_public_preview", Content: true,
		Description: "The token is the credential. Unknown parameters are ignored.",
		Errors:      []error{assets.ErrExpired, assets.ErrWithdrawn, assets.ErrErased, assets.ErrUnsupportedMediaType},
	},
		func(w http.ResponseWriter, r *http.Request, _ assets.Actor, in *publicInput) error {
			f, err := a.lib.OpenPreview(r.Context(), in.Token)
			if err != nil {
				return err
			}
			attachment := len(in.Download) == 1 && in.Download[0] == "1"
			return a.render(w, r, f, delivery{resourcePolicy: crossOrigin, attachment: attachment}, "?download=1")
		})
}
