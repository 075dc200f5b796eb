// Package s3 keeps the bytes of versions in S3: it is bucket.New for a bucket of
// gocloud.dev's s3blob, and leaves no unfinished multipart upload behind when an
// upload fails. It is a module of its own, so that nobody else downloads the
// cloud's client.
//
// The one rule to know: a process that is killed cannot clean up. Give the
// bucket the lifecycle rule AbortIncompleteMultipartUpload, with a day or more,
// and no other that deletes by age.
package s3

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	gcblob "gocloud.dev/blob"

	"github.com/10ex/assets/blob/bucket"
)

// ErrNotS3: the bucket is not one of gocloud.dev/blob/s3blob.
var ErrNotS3 = errors.New("blob/s3: not a bucket of S3")

const (
	// abortTimeout is how long, after the call's own context has ended, the parts
	// under way may take, and then the upload to be taken back.
	abortTimeout = 5 * time.Second
	// An upload holds partsAtOnce + 2 parts in memory, of the least size that S3
	// allows. An object has at most 10,000 of them.
	partBytes   = 5 << 20
	partsAtOnce = 3
)

// New makes a bucket.Bucket of one that the host has opened, with s3blob or by its
// URL, and will close. An upload of more than 5 MiB holds 25 MiB of memory while it lasts,
// and may have 48 GiB. Settings of the bucket's checksums are to be made on its
// client.
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
		*manager = *transfermanager.New(patient{client}, func(o *transfermanager.Options) {
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
