// Package blobio holds what the implementations of assets.Blobs in this module
// have in common: which keys and ranges are valid, how errors are wrapped, and
// readers that end with their context.
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

	errRange = errors.New("a range has an offset from 0 and a length from -1")
)

const (
	maxKey     = 1024 // bytes, as S3 has it
	maxElement = 255  // bytes, as file systems have it
)

const (
	// MarkerKey is the key of the one object beside contents, which names the store
	// that a bucket belongs to. It alone may be overwritten. CheckKey refuses it.
	MarkerKey = ".assets-store"
	// MaxMarker is the number of bytes that are read of a marker.
	MaxMarker = 4 << 10
)

// IsMarker reports whether key is the marker's or of a marker that is being
// written.
func IsMarker(key string) bool { return strings.HasPrefix(key, MarkerKey) }

// CheckKey returns ErrInvalidKey unless key consists of slash-separated elements
// of letters, digits and "-_=~.", none of which is empty or begins with a dot.
// Every bucket and file system keeps such a key as it is. No such key leads out of
// a folder.
func CheckKey(key string) error {
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

func unsafe(r rune) bool { return !Alphanumeric(r) && !strings.ContainsRune("-_=~.", r) }

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
		err = Ended(ctx)
	}
	if err != nil {
		return Wrap(op, key, err)
	}
	return nil
}

// Ended returns the error of ctx and its cause, if they differ; nil if ctx has not
// ended.
func Ended(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// Wrap adds to err the operation that failed and its key.
func Wrap(op, key string, err error) error {
	return fmt.Errorf("blob: %s %q: %w", op, key, err)
}

// Unavailable marks err as a failure of a back end.
func Unavailable(err error) error { return fmt.Errorf("%w: %w", assets.ErrUnavailable, err) }
