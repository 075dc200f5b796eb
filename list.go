package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/10ex/assets/internal/admission"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/searchwords"
)

// List returns one page of the assets that match, newest first unless q.Ascending is
// set. With the status approved it returns each asset's approved version, even if a
// newer draft exists.
//
// A walk by cursor repeats no asset and misses none that was committed before its
// first page and still matches. A page ends early rather than have more than
// MaxPageBytes; it has at least one asset if any is left.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor, or
// ErrUnavailable.
func (l *Library) List(ctx context.Context, by Actor, q Query) (Page, error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Page{}, err
	}
	if err := errors.Join(q.Validate(), l.checkExpiry(q.PreviewExpiresIn, "preview_expires_in")); err != nil {
		return Page{}, err
	}
	bound, cursors := q.bound(by.Workspace), l.keyrings.of(purposeCursor)
	w := Window{Ascending: q.Ascending, Limit: q.Limit + 1}
	if q.Cursor != "" {
		after, err := cursors.Verify(bound, q.Cursor)
		if err != nil {
			return Page{}, ErrInvalidCursor
		}
		w.After = ID(after)
	}
	var page Page
	more := false
	err := l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		w.Bytes = maxBytes
		if page, err = l.readPage(ctx, by.Workspace, &q, w); err != nil {
			return 0, 0, err
		}
		rows := page.Items
		page.Items, kept = cutPage(rows, q.Limit, maxBytes, assetBytes)
		more = len(page.Items) < len(rows)
		if needs = pageNeeds(len(page.Items), len(rows), q.Limit); needs > maxBytes {
			page = Page{} // nothing is held while the call waits
		}
		return kept, needs, nil
	})
	if err != nil {
		return Page{}, err
	}
	if more {
		page.NextCursor = Optional(cursors.Sign(bound, []byte(page.Items[len(page.Items)-1].ID)))
	}
	for _, a := range page.Items {
		l.present(a)
		if q.PreviewExpiresIn > 0 {
			a.PreviewURL = l.previewLink(a, q.PreviewExpiresIn, 0).URL
		}
	}
	return page, nil
}

// readPage reads a window and, if the query asks for it, the total, both from one
// snapshot.
func (l *Library) readPage(ctx context.Context, workspace string, q *Query, w Window) (page Page, err error) {
	f := q.Filter()
	err = l.search(ctx, workspace, q.IncludeTotal || f.readsManyRows(), func(ctx context.Context) (err error) {
		if !q.IncludeTotal {
			page.Items, err = l.cfg.Store.Assets(ctx, workspace, f, w)
			return err
		}
		return l.cfg.Store.View(ctx, func(s Snapshot) (err error) {
			if page.Items, err = s.Assets(ctx, workspace, f, w); err != nil {
				return err
			}
			total, err := s.Count(ctx, workspace, f)
			page.Total = &total
			return err
		})
	})
	return page, err
}

// search calls read with a context that ends after Limits.SearchTime. If it may read
// many rows, it waits for its turn among the searches of all workspaces, so that
// searches never take all connections or processors. It is called while the memory of a
// large page is reserved, so it asks for no other admission.
//
// It returns the error of read, or ErrUnavailable if there was no turn or if read took
// too long.
func (l *Library) search(ctx context.Context, workspace string, manyRows bool, read func(context.Context) error) error {
	if n := l.cfg.Store.MaxSearches(); manyRows && n > 0 {
		release, err := l.searches.Acquire(ctx, workspace, n)
		switch {
		case errors.Is(err, admission.ErrBusy):
			return Errorf(ErrUnavailable, "too many searches are running; try again")
		case err != nil:
			return err
		}
		defer release()
	}
	limited, cancel := context.WithTimeout(ctx, l.cfg.Limits.SearchTime)
	defer cancel()
	err := read(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return Errorf(ErrUnavailable, "the search took longer than %v; use longer words, fewer filters or no total", l.cfg.Limits.SearchTime)
	}
	return err
}

// readsManyRows reports whether a list with this filter may read many more rows than
// are on its page: by words, or by filters of which no index has all. The index of one
// field, or of two among status, type and campaign, has the rows in their order. Ids
// are looked up one by one.
func (f *Filter) readsManyRows() bool {
	if f.Words != nil {
		return true
	}
	if len(f.IDs) > 0 {
		return false
	}
	others, indexedTogether := len(f.Tags), 0
	for _, given := range []bool{f.AgentSlug != "", f.RunID != "", f.BrandID != "", f.BriefID != ""} {
		if given {
			others++
		}
	}
	for _, given := range []bool{len(f.Types) > 0, len(f.Statuses) > 0, f.CampaignID != ""} {
		if given {
			indexedTogether++
		}
	}
	return others > 1 || indexedTogether > 2 || others > 0 && indexedTogether > 0
}

// All returns an iterator over every asset that matches. It ignores Limit, Cursor and
// IncludeTotal of the query. The iterator ends after an error.
func (l *Library) All(ctx context.Context, by Actor, q Query) iter.Seq2[*Asset, error] {
	return func(yield func(*Asset, error) bool) {
		q.Limit, q.Cursor, q.IncludeTotal = MaxListLimit, "", false
		for {
			page, err := l.List(ctx, by, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range page.Items {
				if !yield(a, nil) {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			q.Cursor = string(page.NextCursor)
		}
	}
}

// checkExpiry checks how long a link shall be valid; 0 means that none is asked for.
func (l *Library) checkExpiry(d time.Duration, name string) error {
	maxExpiry := l.cfg.Limits.PreviewExpiry
	if d == 0 || time.Second <= d && d <= maxExpiry {
		return nil
	}
	return Invalid(TypeTooLarge, fmt.Sprintf("must be from 1 to %d seconds", maxExpiry/time.Second), name)
}

// Filter returns what the query selects, for a [Store].
func (q *Query) Filter() Filter {
	f := Filter{
		Types: q.Types, Statuses: q.Statuses, IDs: q.IDs, AgentSlug: q.AgentSlug, RunID: q.RunID,
		CampaignID: q.CampaignID, BrandID: q.BrandID, BriefID: q.BriefID, Tags: q.Tags,
		Words: queryWords(q.Search),
	}
	if slices.Equal(q.Statuses, []Status{StatusApproved}) {
		f.Approved, f.Statuses = true, nil
	}
	if q.CreatedAfter != 0 {
		f.Since = ID(id.First(int64(q.CreatedAfter)))
	}
	if q.CreatedBefore != 0 {
		f.Until = ID(id.First(int64(q.CreatedBefore)))
	}
	return f
}

// bound returns what a cursor is bound to: workspace, filter and order. The order in
// which values were given does not matter. A field added to Filter must be omitted
// from its JSON when it is not set (omitzero); otherwise cursors that are out become
// invalid.
func (q *Query) bound(workspace string) [][]byte {
	f := q.Filter()
	f.Types, f.Statuses, f.IDs, f.Tags = slices.Clone(f.Types), slices.Clone(f.Statuses), slices.Clone(f.IDs), slices.Clone(f.Tags)
	slices.Sort(f.Types)
	slices.Sort(f.Statuses)
	slices.Sort(f.IDs)
	slices.SortFunc(f.Tags, Tag.compare)
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings only
	}
	order := []byte("desc")
	if q.Ascending {
		order = []byte("asc")
	}
	return [][]byte{[]byte(workspace), text, order}
}

// SearchWords returns the words by which a search finds an asset, sorted and each once:
// those of its title, of the keys and values of its tags, and of text, which is
// [Version].Words of the version that a shows.
//
// A word is a run of letters and digits after compatibility decomposition (NFKD), case
// folding and removal of marks and of characters that are not visible, cut after 64
// characters. Of runs of Han, Kana, Thai, Lao, Khmer and Burmese, each character and
// each pair of neighbours is a word. If there are extraordinarily many words, it
// returns those that come first.
func (a *Asset) SearchWords(text string) []string {
	texts := []string{a.Title}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		texts = append(append(texts, key), a.Tags[key]...)
	}
	return searchwords.Index(append(texts, text)...)
}

// queryWords returns the words of a query's text, the last one as a prefix. It returns
// nil for no text and an empty slice for a text without words.
func queryWords(text string) []string {
	if text == "" {
		return nil
	}
	return searchwords.Query(text)
}

// Tags returns one page of the tags in use, each with the number of assets that
// have it, in byte order of key, then value. It counts assets that are not archived,
// in the current perspective.
//
// A walk by cursor repeats no tag and misses none that is in use throughout.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor, or
// ErrUnavailable.
func (l *Library) Tags(ctx context.Context, by Actor, q TagQuery) (TagPage, error) {
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
	err := l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
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
