// Package blob keeps the bytes of versions: [OpenDir] in a folder of files,
// [NewMemory] in memory. Package blob/bucket keeps them in any gocloud.dev bucket.
// [Sweep] deletes the bytes that no version references any more.
//
// The one rule to know: when Put returns without an error, the content is durable,
// and its key is never written again. A call that fails may leave an unreferenced
// object. Only a sweep removes it, because a sweep looks up every key in the primary
// database: a bucket must have no lifecycle rule that deletes objects by age.
package blob

import (
	"time"

	"github.com/10ex/assets/internal/blobio"
)

// The errors of this package. A key that does not exist is assets.ErrNotFound, and a
// failing back end assets.ErrUnavailable.
var (
	// ErrExists: the key has been written or is being written. The existing content
	// is kept.
	ErrExists = blobio.ErrExists
	// ErrInvalidKey: the key has a form that a Library never chooses.
	ErrInvalidKey = blobio.ErrInvalidKey
)

// Object is an entry of a listing.
type Object struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // time of the write; some buckets report when the write began
}
