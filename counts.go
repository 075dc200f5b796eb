package assets

import "context"

// maxFrequent is the number of most frequent values that Counts returns.
const maxFrequent = 20

// Counts returns how many of the assets that match have each status, and how many have
// an approved version, all at one time. If q.Frequent is set, it also returns the 20 most
// frequent campaigns, types and agents of them, or of those with the status q.FrequentOf.
//
// It may read every asset of the workspace, so it waits for its turn among the searches
// and has a deadline.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, or ErrUnavailable, also if
// it has waited as long as Limits.WorkWait or has read as long as Limits.SearchTime.
func (l *Library) Counts(ctx context.Context, by Actor, q CountQuery) (_ Counts, err error) {
	ctx, op := l.observe(ctx, "Counts", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Counts{}, err
	}
	if err := q.Validate(); err != nil {
		return Counts{}, err
	}
	f := q.Query.Filter()
	var c Counts
	err = l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
		l.indexForSearch(ctx, f)
		switch {
		case !q.Frequent:
			c, err = l.cfg.Store.Counts(ctx, by.Workspace, f, 0)
		case q.FrequentOf == "":
			c, err = l.cfg.Store.Counts(ctx, by.Workspace, f, maxFrequent)
		default:
			err = l.cfg.Store.View(ctx, func(r Snapshot) error {
				c, err = countOneStatus(ctx, r, by.Workspace, f, q.FrequentOf)
				return err
			})
		}
		return err
	})
	return c, err
}

// countOneStatus counts all that match by status, and the values of those with one
// status.
func countOneStatus(ctx context.Context, r Snapshot, workspace string, f Filter, status Status) (Counts, error) {
	c, err := r.Counts(ctx, workspace, f, 0)
	if err != nil {
		return Counts{}, err
	}
	f.Statuses = []Status{status}
	of, err := r.Counts(ctx, workspace, f, maxFrequent)
	if err != nil {
		return Counts{}, err
	}
	c.Campaigns, c.Types, c.Agents = of.Campaigns, of.Types, of.Agents
	return c, nil
}
