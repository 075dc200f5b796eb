// Package s3 keeps content in S3. Its New is like that of package bucket, for a
// bucket of gocloud.dev/blob/s3blob, but a failed upload leaves no unfinished
// multipart upload behind. The package is a module of its own, so that others do not
// download the client of S3.
//
// A process that is killed cannot clean up. Give the bucket the lifecycle rule
// AbortIncompleteMultipartUpload, with a day or more, and no other rule that deletes
// by age.
package s3

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	gcblob "gocloud.dev/blob"

	"github.com/10ex/assets/blob/bucket"
)

// ErrNotS3 is returned by [New] if the bucket is not of gocloud.dev/blob/s3blob.
var ErrNotS3 = errors.New("blob/s3: not a bucket of S3")

const (
	// abortTimeout is how long running parts may take after the context of a call
	// has ended, and how long the abortion of the upload may take after that.
	abortTimeout = 5 * time.Second
	// An upload holds partsAtOnce + 2 parts in memory. partBytes is the least that S3
	// allows; an object has at most 10,000 parts.
	partBytes   = 5 << 20
	partsAtOnce = 3
)

// New returns a bucket on one that the host has opened, with s3blob or by its URL,
// and will close. Uploads of more than 5 MiB are sent in parts; each holds 25 MiB of
// memory. An object has at most 48 GiB. Checksums are configured on the client of
// the bucket. New returns [ErrNotS3] for buckets of other kinds.
func New(opened *gcblob.Bucket) (*bucket.Bucket, error) {
	var client *s3.Client
	if !opened.As(&client) {
		return nil, ErrNotS3
	}
	b := bucket.New(opened)
	b.BeforeWrite = func(as func(any) bool) error {
		var manager *transfermanager.Client
		if !as(&manager) {
			return ErrNotS3
		}
		*manager = *transfermanager.New(completingClient{client}, func(o *transfermanager.Options) {
			o.FailTimeout = abortTimeout
			o.PartSizeBytes = partBytes
			o.MultipartUploadThreshold = partBytes
			o.Concurrency = partsAtOnce
			o.RequestChecksumCalculation = client.Options().RequestChecksumCalculation
		})
		return nil
	}
	return b, nil
}
