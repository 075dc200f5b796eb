package assets

import "context"

// maxFrequent is the number of most frequent values that Counts returns.
const maxFrequent = 20

// Counts returns how many of the assets that match have each status, and how many have
// an approved version, all at one time. If q.Frequent is set, it also returns their 20
// most frequent campaigns, types and agents.
//
// It may read every asset of the workspace, so it waits for its turn among the searches
// and has a deadline.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, or ErrUnavailable, also if
// it has waited as long as Limits.WorkWait or has read as long as Limits.SearchTime.
func (l *Library) Counts(ctx context.Context, by Actor, q CountQuery) (Counts, error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Counts{}, err
	}
	if err := q.Validate(); err != nil {
		return Counts{}, err
	}
	frequent := 0
	if q.Frequent {
		frequent = maxFrequent
	}
	var c Counts
	err := l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
		c, err = l.cfg.Store.Counts(ctx, by.Workspace, q.Query.Filter(), frequent)
		return err
	})
	return c, err
}
