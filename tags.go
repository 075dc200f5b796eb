package assets

import (
	"context"
	"strings"
)

// Tags answers one page of the tags in use with how many assets have each, in
// byte order of key, then value. What is archived does not count; the current
// perspective is judged.
//
// A walk by cursor repeats no tag and misses none that is in use all the time.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor,
// ErrUnavailable.
func (l *Library) Tags(ctx context.Context, by Actor, q TagQuery) (TagPage, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return TagPage{}, err
	}
	if err := q.Validate(); err != nil {
		return TagPage{}, err
	}
	bound := q.bound(by.Workspace)
	w := TagWindow{Key: q.Key, Limit: q.Limit + 1}
	if q.Cursor != "" {
		after, err := l.pages.Verify(bound, q.Cursor)
		if err != nil {
			return TagPage{}, ErrInvalidCursor
		}
		w.After.Key, w.After.Value, _ = strings.Cut(string(after), ":")
	}
	items, err := l.cfg.Store.TagCounts(ctx, by.Workspace, w)
	if err != nil {
		return TagPage{}, err
	}
	page := TagPage{Items: items}
	if len(items) > q.Limit {
		page.Items = items[:q.Limit]
		last := page.Items[q.Limit-1] // a key has no colon
		page.NextCursor = Optional(l.pages.Sign(bound, []byte(last.Key+":"+last.Value)))
	}
	return page, nil
}

// bound is what a cursor belongs to. No list of assets has the same.
func (q *TagQuery) bound(workspace string) [][]byte {
	return [][]byte{[]byte(workspace), []byte("tags"), []byte(q.Key)}
}
