// Package blob keeps the bytes of versions: [OpenDir] in a folder of files,
// [New] in any gocloud.dev bucket, [NewMemory] in memory. [Sweep] removes what
// no version names any more.
//
// The one rule to know: a Put that returned is durable and is never written
// again. What a failed call leaves is garbage at worst, and only a sweep,
// which asks the primary database about every key, takes garbage away: let no
// lifecycle rule of a bucket delete objects by age.
//
// No cloud driver is imported here: the host imports the one it uses, such as
// gocloud.dev/blob/s3blob, and opens the bucket itself.
package blob

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// The errors of this package, beside assets.ErrNotFound for a key that is not
// there and assets.ErrUnavailable for a back end that fails.
var (
	// ErrExists: the key has been written, or is being written; it keeps
	// the bytes it has.
	ErrExists = errors.New("the key exists")
	// ErrInvalidKey: no Library chooses such a key, and none is let through.
	ErrInvalidKey = errors.New("invalid key")

	errRange = errors.New("a range has an offset from 0 and a length from -1")
)

// Object is what a listing tells about a stored content.
type Object struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // when it was last written; some buckets say when writing began
}

const (
	maxKey     = 1024 // bytes, as S3 has it
	maxElement = 255  // bytes, as file systems have it
)

// checkKey admits slash-separated elements of letters, digits and "-_=~.",
// none of which is empty or begins with a dot: what every bucket and file
// system keeps as it is. Hence no key leads out of a folder, and none is the
// marker's.
func checkKey(key string) error {
	if len(key) > maxKey {
		return ErrInvalidKey
	}
	for element := range strings.SplitSeq(key, "/") {
		if element == "" || element[0] == '.' || len(element) > maxElement || strings.ContainsFunc(element, unsafe) {
			return ErrInvalidKey
		}
	}
	return nil
}

func unsafe(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("-_=~.", r) }

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// checkRange admits what Open's contract allows.
func checkRange(offset, length int64) error {
	if offset < 0 || length < -1 {
		return errRange
	}
	return nil
}

// check admits a call about key.
func check(ctx context.Context, op, key string) error {
	err := checkKey(key)
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return wrap(op, key, err)
	}
	return nil
}

// ended answers why ctx ended: its error and, where there is one, the cause.
func ended(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// wrap says which operation on which key failed.
func wrap(op, key string, err error) error {
	return fmt.Errorf("blob: %s %q: %w", op, key, err)
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", assets.ErrUnavailable, err) }
