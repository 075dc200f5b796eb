package s3

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// completingClient is a client that completes running parts when the context of
// their upload ends. S3 leaves an upload open if it is aborted while a part is
// running
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
// The transfer manager waits for its parts before it aborts.
type completingClient struct{ *s3.Client }

// UploadPart uploads a part. It is canceled abortTimeout after ctx.
func (c completingClient) UploadPart(ctx context.Context, in *s3.UploadPartInput, options ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
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
