package assets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// A small content is kept by the store, beside the rows, if Config.SmallContents allows it
// and the store has [Contents]. It is written in the transaction of its version, which
// saves the round trip to Blobs and its syncs. Its key tells that it is not in Blobs, so
// that nobody has to look in two places: a version, a rollback to it and an entry of an
// export all have the key.

// MaxSmallContents is the greatest value of Config.SmallContents. Each write of a content
// takes that much memory.
const MaxSmallContents = 64 << 10

// smallMark begins the random part of the key of a small content. It is in no other key.
const smallMark = "0"

func newSmallKey(workspace string, now time.Time) string { return keyWith(smallMark, workspace, now) }

// isSmall reports whether a key is that of a small content: its last part is smallMark and
// 26 random characters, as newKey makes them. The key of a rendition, which is always in
// Blobs, goes on behind that of its content.
func isSmall(key string) bool {
	random := path.Base(key)
	return len(random) == len(smallMark)+26 && strings.HasPrefix(random, smallMark)
}

// smallContents returns the size of the largest content that the store is to keep, in
// bytes; 0: none.
func (l *Library) smallContents() int64 {
	if _, ok := StoreAs[Contents](l.cfg.Store); !ok {
		return 0
	}
	return l.cfg.SmallContents
}

// smallSink reads a content of at most limit bytes into memory and stores any other one
// under key.
type smallSink struct {
	lib   *Library
	key   string
	limit int64

	content []byte // nil: stored under key
}

// read is a contentSink.
func (s *smallSink) read(ctx context.Context, media string, m *measuringReader) error {
	if s.limit == 0 {
		return s.lib.put(ctx, s.key, media, m, m)
	}
	var begin bytes.Buffer
	switch _, err := io.CopyN(&begin, m, s.limit+1); {
	case err == nil:
		return s.lib.put(ctx, s.key, media, io.MultiReader(&begin, m), m)
	case m.failed():
		return m.err
	case err != io.EOF:
		return err
	}
	s.content = append([]byte{}, begin.Bytes()...)
	return nil
}

// putSmall stores the content of the version that tx is about to put, if it is small.
func (c *measured) putSmall(ctx context.Context, tx Tx) error {
	if c.small == nil {
		return nil
	}
	keeps, ok := tx.(ContentTx)
	if !ok {
		return fmt.Errorf("the store has Contents, and the %T of its Update lacks PutContent: %w", tx, errInternal)
	}
	return keeps.PutContent(ctx, c.key, c.small)
}

// readSmall returns small contents by key. It returns ErrUnavailable if the store is
// another one than that which kept them, and cannot have any.
func (l *Library) readSmall(ctx context.Context, keys ...string) (map[string][]byte, error) {
	kept, ok := StoreAs[Contents](l.cfg.Store)
	if !ok {
		return nil, fmt.Errorf("the content is kept by a store, and Config.Store keeps none: %w", ErrUnavailable)
	}
	return kept.ReadContents(ctx, keys)
}

// openSmall opens a small content at an offset.
func (l *Library) openSmall(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	found, err := l.readSmall(ctx, key)
	if err != nil {
		return nil, err
	}
	content, ok := found[key]
	if !ok {
		return nil, ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(content[min(offset, int64(len(content))):])), nil
}
