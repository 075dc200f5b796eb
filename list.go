package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets/internal/admission"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/searchwords"
)

// List returns one page of the assets that match, newest first unless q.Ascending is
// set. In the approved perspective, which the status approved alone selects, it returns
// each asset's approved version, even if a newer draft exists.
//
// A walk by cursor repeats no asset and misses none that was committed before its
// first page and still matches, except that in the order of submissions one that is
// submitted again during the walk may come twice or be missed. A page ends early rather
// than have more than MaxPageBytes, texts included; it has at least one asset if any is
// left.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor, or
// ErrUnavailable, also if reading the texts takes longer than Limits.WorkWait.
func (l *Library) List(ctx context.Context, by Actor, q Query) (_ Page, err error) {
	ctx, op := l.observe(ctx, "List", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Page{}, err
	}
	if err := errors.Join(q.Validate(), l.checkExpiry(q.PreviewExpiresIn, "preview_expires_in")); err != nil {
		return Page{}, err
	}
	bound, cursors := q.bound(by.Workspace), l.keyrings.of(purposeCursor)
	w := Window{Ascending: q.Ascending, Limit: q.Limit + 1, BySubmission: q.Sort == SortSubmitted}
	if q.Cursor != "" {
		after, err := cursors.Verify(bound, q.Cursor)
		if err != nil || !w.startAfter(string(after)) {
			return Page{}, ErrInvalidCursor
		}
	}
	size := assetBytes
	if q.IncludeText {
		size = bytesWithText
	}
	var page Page
	var texts []Version
	more := false
	err = l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		w.Bytes = maxBytes
		if page, texts, err = l.readPage(ctx, by.Workspace, &q, w); err != nil {
			return 0, 0, err
		}
		rows := page.Items
		page.Items, kept = cutPage(rows, q.Limit, maxBytes, size)
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
		last := page.Items[len(page.Items)-1]
		page.NextCursor = Optional(cursors.Sign(bound, []byte(w.position(last))))
	}
	for _, a := range page.Items {
		l.present(a)
		if q.PreviewExpiresIn > 0 {
			a.PreviewURL = l.previewLink(a, q.PreviewExpiresIn, q.PreviewWidth).URL
		}
	}
	if q.IncludeText {
		err = l.readTexts(ctx, page.Items, texts)
	}
	return page, err
}

// CursorAfter returns the cursor with which a list of q goes on behind a, which need not
// match any more, but in the order of submissions must be submitted.
//
// It returns ErrUnauthorized, ErrForbiddenScope, or field errors.
func (l *Library) CursorAfter(by Actor, q Query, a *Asset) (string, error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return "", err
	}
	if err := q.Validate(); err != nil {
		return "", err
	}
	w := Window{BySubmission: q.Sort == SortSubmitted}
	return l.keyrings.of(purposeCursor).Sign(q.bound(by.Workspace), []byte(w.position(a))), nil
}

// position returns the place of an asset in the order of the window, for a cursor.
func (w *Window) position(a *Asset) string {
	if !w.BySubmission {
		return string(a.ID)
	}
	return fmt.Sprintf("%d:%s", a.Submitted.At, a.ID)
}

// startAfter makes the page begin after a position. It reports whether it is one.
func (w *Window) startAfter(position string) bool {
	if !w.BySubmission {
		w.After = ID(position)
		return true
	}
	at, id, _ := strings.Cut(position, ":")
	ms, err := strconv.ParseInt(at, 10, 64)
	w.After, w.AfterSubmitted = ID(id), Time(ms)
	return err == nil && id != ""
}

// readPage reads a window and, if the query asks for them, the total and the versions
// with short texts, all from one snapshot.
func (l *Library) readPage(ctx context.Context, workspace string, q *Query, w Window) (page Page, texts []Version, err error) {
	f := q.Filter()
	err = l.search(ctx, workspace, q.IncludeTotal || q.readsManyRows(), func(ctx context.Context) (err error) {
		l.indexForSearch(ctx, f)
		if !q.IncludeTotal && !q.IncludeText {
			page.Items, err = l.cfg.Store.Assets(ctx, workspace, f, w)
			return err
		}
		return l.cfg.Store.View(ctx, func(s Snapshot) (err error) {
			if page.Items, err = s.Assets(ctx, workspace, f, w); err != nil {
				return err
			}
			if q.IncludeTotal {
				total, err := s.Count(ctx, workspace, f)
				if err != nil {
					return err
				}
				page.Total = &total
			}
			if q.IncludeText {
				texts, err = s.VersionsAt(ctx, workspace, shortTexts(page.Items))
			}
			return err
		})
	})
	return page, texts, err
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

// readsManyRows reports whether a list may read many more rows than are on its page: by
// words, or by filters of which no index has all. The index of one field, or of two
// among status, type and campaign, has the rows in the order of ids, and that of
// submissions has all that are under review in theirs. Ids are looked up one by one.
func (q *Query) readsManyRows() bool {
	f := q.Filter()
	if f.Words != nil {
		return true
	}
	if len(f.IDs) > 0 {
		return false
	}
	others, indexedTogether := len(f.Tags), 0
	for _, given := range []bool{
		f.AgentSlug != "", f.RunID != "", f.BrandID != "", f.BriefID != "", f.CreatedBy != "", f.LastAction != "", f.MediaType != "",
	} {
		if given {
			others++
		}
	}
	if q.Sort == SortSubmitted {
		return others > 0 || len(f.Types) > 0 || f.CampaignID != "" || f.Since != "" || f.Until != ""
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
		var (
			page Page
			err  error
		)
		ctx, op := l.observe(ctx, "All", &by, "")
		defer op.end(&err)
		q.Limit, q.Cursor, q.IncludeTotal = MaxListLimit, "", false
		for {
			page, err = l.List(ctx, by, q)
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
		CampaignID: q.CampaignID, BrandID: q.BrandID, BriefID: q.BriefID,
		CreatedBy: q.CreatedBy, LastAction: q.LastAction, MediaType: q.MediaType, Tags: q.Tags,
		Words: queryWords(q.Search),
	}
	switch {
	case q.Perspective == PerspectiveApproved, q.Perspective == "" && only(q.Statuses, StatusApproved):
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
	order := "desc"
	if q.Ascending {
		order = "asc"
	}
	if q.Sort == SortSubmitted {
		order += " submitted"
	}
	return [][]byte{[]byte(workspace), text, []byte(order)}
}

// only reports whether all of several values, and at least one, are v.
func only[T comparable](values []T, v T) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(other T) bool { return other != v })
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
