// Package blob keeps the bytes of versions: [OpenDir] in a folder of files,
// [NewMemory] in memory. Package blob/bucket keeps them in any gocloud.dev bucket.
// [Sweep] removes what no version names any more.
//
// The one rule to know: a Put that returned is durable and is never written
// again. A failed call leaves garbage at worst, and only a sweep, which looks up
// every key in the primary database, removes garbage: no lifecycle rule of a
// bucket may delete objects by age.
package blob

import (
	"time"

	"github.com/10ex/assets/internal/blobio"
)

// The errors of this package, beside assets.ErrNotFound for a key that does not
// exist and assets.ErrUnavailable for a back end that fails.
var (
	// ErrExists: the key has been written, or is being written; its bytes are kept.
	ErrExists = blobio.ErrExists
	// ErrInvalidKey: a Library never chooses such a key, and every method refuses it.
	ErrInvalidKey = blobio.ErrInvalidKey
)

// Object describes a stored content in a listing.
type Object struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // when it was last written; some buckets report when writing began
}
