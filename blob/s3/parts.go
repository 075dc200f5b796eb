package s3

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// patient is a client whose parts are not cut off with the upload that they
// belong to: an abortion that overtakes a part leaves the upload open
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
// The transfer manager waits for its parts before it aborts.
type patient struct{ *s3.Client }

// UploadPart ends by itself, or abortTimeout after ctx.
func (c patient) UploadPart(ctx context.Context, in *s3.UploadPartInput, options ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		late := time.NewTimer(abortTimeout)
		defer late.Stop()
		select {
		case <-late.C:
			cancel()
		case <-lasting.Done():
		}
	})
	defer stop()
	return c.Client.UploadPart(lasting, in, options...)
}
