package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type newUploadInput struct {
	Body assets.NewUpload
}

func (a *api) newUpload() rest.Route {
	op := writing("create_asset_upload", http.MethodPost, "/uploads")
	op.Group, op.Summary = groupUploads, "Sign an upload"
	op.Description = "Answers a URL that takes one PUT of the bytes without a credential. Then `upload_id` stands for the content of one new asset or version. Both have 24 hours. What is declared here binds the PUT."
	op.Statuses = []int{http.StatusCreated}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *newUploadInput) (rest.Reply[assets.UploadTicket], error) {
			ticket, err := a.lib.NewUpload(ctx, by, in.Body)
			return rest.Reply[assets.UploadTicket]{Status: http.StatusCreated, Body: ticket}, err
		})
}

type putUploadInput struct {
	Token   string `path:"token"`
	Content *rest.Content
}

func (a *api) putUpload() rest.Route {
	return rest.Typed(rest.Operation{
		Name: "put_upload", Method: http.MethodPut, Path: "/uploads/{token}", AnyParameter: true,
		Group: groupUploads, Summary: "Send the content of an upload",
		Description: "The token is the credential. The body is the content itself. The first that arrives whole counts; after a failure it can be sent again.",
		Statuses:    []int{http.StatusCreated},
		Errors:      []error{assets.ErrExpired, assets.ErrUploadUsed, assets.ErrDigestMismatch},
	},
		func(ctx context.Context, _ assets.Actor, in *putUploadInput) (rest.Reply[assets.Uploaded], error) {
			got, err := a.lib.PutUpload(ctx, in.Token, assets.UploadContent{
				Content: in.Content, MediaType: in.Content.MediaType, Size: in.Content.Length,
			})
			return rest.Reply[assets.Uploaded]{Status: http.StatusCreated, Body: got}, err
		})
}
