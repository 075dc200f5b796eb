package httpx

import (
	"context"
	"net/http"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type newUploadInput struct {
	Body assets.NewUpload
}

func (a *api) newUpload() rest.Route {
	op := writeOperation("create_asset_upload", http.MethodPost, "/uploads")
	op.Group, op.Summary = groupUploads, "Create an upload"
	op.Description = "Returns a URL to which the bytes are sent with one PUT request, without a credential. After that `upload_id` can be used once as the content of a new asset or version. Both expire after 24 hours. The PUT request must match what is declared here."
	op.Statuses = []int{http.StatusCreated}
	op.Requests = []rest.Example{
		{Name: "declared", Summary: "The PUT must match", Body: `{"filename": "hero.png", "media_type": "image/png", "size_bytes": 48213}`},
		{Name: "anything", Summary: "Nothing is declared", Body: `{}`},
	}
	op.Response = assets.UploadTicket{
		UploadID: exampleUploadID, URL: "/api/v1/public/assets/uploads/AZytz8JA.c2lnbmF0dXJl",
		ExpiresAt: exampleTime(9, 10).Add(24 * time.Hour), MaxBytes: 4 << 30,
	}
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
		Description: "The token is the credential. The body is the content. Its Content-Type is the media type; application/octet-stream declares none. The first complete request is stored; a request that failed can be repeated. A part of the content (`Content-Range`, `Upload-Offset`, `Upload-Complete: ?0`, `Upload-Incomplete: ?1`) is refused with 400.",
		Statuses:    []int{http.StatusCreated},
		Response:    assets.Uploaded{UploadID: exampleUploadID, SizeBytes: 21, SHA256: exampleFirstSHA256, MediaType: "text/plain"},
		Errors:      []error{assets.ErrExpired, assets.ErrUploadUsed, assets.ErrDigestMismatch},
	},
		func(ctx context.Context, _ assets.Actor, in *putUploadInput) (rest.Reply[assets.Uploaded], error) {
			got, err := a.lib.PutUpload(ctx, in.Token, assets.UploadContent{
				Content: in.Content, MediaType: in.Content.MediaType, Size: in.Content.Length,
			})
			return rest.Reply[assets.Uploaded]{Status: http.StatusCreated, Body: got}, err
		})
}
