// Package blobio contains what the implementations of assets.Blobs in this module share:
// the checks of keys and ranges, the wrapping of errors, and readers that end with their
// context.
package blobio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// The errors that package blob exports.
var (
	ErrExists     = errors.New("the key exists")
	ErrInvalidKey = errors.New("invalid key")

	errRange = errors.New("invalid range: the offset must be at least 0, the length at least -1")
)

const (
	maxKeyLen     = 1024 // bytes, the limit of S3
	maxElementLen = 255  // bytes, the limit of file systems
)

const (
	// MarkerKey is the key of the marker object, which names the store that a bucket
	// belongs to. It is the only object that may be overwritten. CheckKey returns
	// ErrInvalidKey for it.
	MarkerKey = ".assets-store"
	// MaxMarker is the maximum number of bytes that are read of a marker.
	MaxMarker = 4 << 10
)

// IsMarker reports whether key is MarkerKey or the name of a marker that is being
// written.
func IsMarker(key string) bool { return strings.HasPrefix(key, MarkerKey) }

// CheckKey returns ErrInvalidKey unless key consists of slash-separated elements
// of letters, digits and "-_=~.", none of which is empty or begins with a dot.
// Every bucket and file system stores such a key unchanged, and no such key refers to a
// file outside of a folder.
func CheckKey(key string) error {
	if len(key) > maxKeyLen {
		return ErrInvalidKey
	}
	for element := range strings.SplitSeq(key, "/") {
		if element == "" || element[0] == '.' || len(element) > maxElementLen || strings.ContainsFunc(element, disallowed) {
			return ErrInvalidKey
		}
	}
	return nil
}

func disallowed(r rune) bool { return !Alphanumeric(r) && !strings.ContainsRune("-_=~.", r) }

// Alphanumeric reports whether r is an ASCII letter or digit.
func Alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// CheckRange returns an error for a range that assets.Blobs.Open does not allow.
func CheckRange(offset, length int64) error {
	if offset < 0 || length < -1 {
		return errRange
	}
	return nil
}

// Check returns an error if key is invalid or ctx has ended.
func Check(ctx context.Context, op, key string) error {
	err := CheckKey(key)
	if err == nil {
		err = ContextError(ctx)
	}
	if err != nil {
		return Wrap(op, key, err)
	}
	return nil
}

// ContextError returns the error of ctx, which wraps the cause too if that differs. It
// returns nil if ctx has not ended.
func ContextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// Wrap adds the operation and its key to the text of err.
func Wrap(op, key string, err error) error {
	return fmt.Errorf("blob: %s %q: %w", op, key, err)
}

// Unavailable wraps err, a failure of a back end, and assets.ErrUnavailable.
func Unavailable(err error) error { return fmt.Errorf("%w: %w", assets.ErrUnavailable, err) }
