package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/searchwords"
)

// List answers one page of the assets that match, newest first unless the
// query says otherwise. With the status approved it answers each as approved,
// also while newer work is a draft.
//
// A walk by cursor repeats no asset and misses none that was committed before
// its first page and still matches.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor,
// ErrUnavailable.
func (l *Library) List(ctx context.Context, by Actor, q Query) (Page, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return Page{}, err
	}
	if err := errors.Join(q.Validate(), l.checkExpiry(q.PreviewExpiresIn, "preview_expires_in")); err != nil {
		return Page{}, err
	}
	bound := q.bound(by.Workspace)
	w := Window{Ascending: q.Ascending, Limit: q.Limit + 1}
	if q.Cursor != "" {
		after, err := l.pages.Verify(bound, q.Cursor)
		if err != nil {
			return Page{}, ErrInvalidCursor
		}
		w.After = ID(after)
	}
	page, err := l.page(ctx, by.Workspace, &q, w)
	if err != nil {
		return Page{}, err
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.NextCursor = Optional(l.pages.Sign(bound, []byte(page.Items[q.Limit-1].ID)))
	}
	for _, a := range page.Items {
		l.present(a)
		if q.PreviewExpiresIn > 0 {
			a.PreviewURL = l.sign(a, q.PreviewExpiresIn, 0).URL
		}
	}
	return page, nil
}

// page reads a window and, when the query asks for it, the total from the same
// snapshot.
func (l *Library) page(ctx context.Context, workspace string, q *Query, w Window) (page Page, err error) {
	f := q.Filter()
	if !q.IncludeTotal {
		page.Items, err = l.cfg.Store.Assets(ctx, workspace, f, w)
		return page, err
	}
	err = l.cfg.Store.View(ctx, func(s Snapshot) (err error) {
		if page.Items, err = s.Assets(ctx, workspace, f, w); err != nil {
			return err
		}
		total, err := s.Count(ctx, workspace, f)
		page.Total = &total
		return err
	})
	return page, err
}

// All walks every asset that matches; Limit, Cursor and IncludeTotal of the
// query do not count. An error ends the walk.
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

// checkExpiry judges how long a link shall live; 0 is not asked for.
func (l *Library) checkExpiry(d time.Duration, name string) error {
	longest := l.cfg.Limits.PreviewExpiry
	if d == 0 || time.Second <= d && d <= longest {
		return nil
	}
	return Invalid(TypeTooLarge, fmt.Sprintf("must be from 1 to %d seconds", longest/time.Second), name)
}

// Filter answers what the query selects, for a [Store].
func (q *Query) Filter() Filter {
	f := Filter{
		Types: q.Types, Statuses: q.Statuses, IDs: q.IDs, AgentSlug: q.AgentSlug, RunID: q.RunID,
		CampaignID: q.CampaignID, BrandID: q.BrandID, BriefID: q.BriefID, Tags: q.Tags,
		Words: searched(q.Search),
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

// bound is what a cursor belongs to: workspace, filter and order, whatever
// the order in which values were given. A field that is new in Filter is left
// out when it is not set (omitzero), or it would end the cursors that are out.
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

// SearchWords answers what a list's search finds an asset by: the distinct
// words of its title, of its tags' keys and values, and of text, sorted. text
// is [Version].Words of the version that a shows, in the perspective at hand.
//
// A word is a run of letters and digits after compatibility decomposition
// (NFKD), case folding and dropping marks, cut after 64 characters.
func (a *Asset) SearchWords(text string) []string {
	words := append(searchwords.Words(a.Title), searchwords.Words(text)...)
	for key, values := range a.Tags {
		words = append(words, searchwords.Words(key)...)
		for _, value := range values {
			words = append(words, searchwords.Words(value)...)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// searched answers the words that a query's text asks for, distinct and
// sorted but for the last, which is the beginning of one; nil for no text.
func searched(text string) []string {
	if text == "" {
		return nil
	}
	words := searchwords.Words(text)
	if len(words) == 0 {
		return []string{}
	}
	last := words[len(words)-1]
	words = slices.DeleteFunc(words[:len(words)-1], func(w string) bool { return w == last })
	slices.Sort(words)
	return append(slices.Compact(words), last)
}
