package assets

import (
	"context"
	"strings"
)

// Tags returns one page of the tags in use, each with the number of assets that
// have it, in byte order of key, then value. It counts assets that are not archived,
// in the current perspective.
//
// A walk by cursor repeats no tag and misses none that is in use throughout.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor, or
// ErrUnavailable.
func (l *Library) Tags(ctx context.Context, by Actor, q TagQuery) (_ TagPage, err error) {
	ctx, op := l.observe(ctx, "Tags", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return TagPage{}, err
	}
	if err := q.Validate(); err != nil {
		return TagPage{}, err
	}
	bound, cursors := q.bound(by.Workspace), l.keyrings.of(purposeCursor)
	w := TagWindow{Key: q.Key, Limit: q.Limit + 1}
	if q.Cursor != "" {
		after, err := cursors.Verify(bound, q.Cursor)
		if err != nil {
			return TagPage{}, ErrInvalidCursor
		}
		w.After.Key, w.After.Value, _ = strings.Cut(string(after), ":")
	}
	var page TagPage
	err = l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
		page.Items, err = l.cfg.Store.TagCounts(ctx, by.Workspace, w)
		return err
	})
	if err != nil {
		return TagPage{}, err
	}
	if items := page.Items; len(items) > q.Limit {
		page.Items = items[:q.Limit]
		last := page.Items[q.Limit-1] // a key contains no colon
		page.NextCursor = Optional(cursors.Sign(bound, []byte(last.Key+":"+last.Value)))
	}
	return page, nil
}

// bound returns what a cursor is bound to. It differs from that of every list of
// assets.
func (q *TagQuery) bound(workspace string) [][]byte {
	return [][]byte{[]byte(workspace), []byte("tags"), []byte(q.Key)}
}
