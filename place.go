package assets

import "context"

// MaxPlace is the number of assets up to which [Library.Place] counts.
const MaxPlace = 1000

// Place is where an asset is among those that a query selects.
type Place struct {
	Number int // 1 is the first one; 0: behind the first MaxPlace, or of no asset
	Of     int // how many there are; 0: more than MaxPlace
}

// Place returns where an asset is in the order of q, or would be if it does not match any
// more, and how many match. In the order of submissions it must be submitted. If it is nil,
// Number is 0. Place counts no further than MaxPlace before the asset, and from the first
// one on; Limit and Cursor of q are ignored.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, or ErrUnavailable.
func (l *Library) Place(ctx context.Context, by Actor, q Query, a *Asset) (_ Place, err error) {
	ctx, op := l.observe(ctx, "Place", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Place{}, err
	}
	q.Limit, q.Cursor = 0, ""
	if err := q.Validate(); err != nil {
		return Place{}, err
	}
	f := q.Filter()
	all := Window{Ascending: q.Ascending, Limit: MaxPlace + 1, BySubmission: q.Sort == SortSubmitted}
	var p Place
	err = l.search(ctx, by.Workspace, q.readsManyRows(), func(ctx context.Context) error {
		return l.cfg.Store.View(ctx, func(r Snapshot) error {
			of, err := r.CountWindow(ctx, by.Workspace, f, all)
			if err != nil {
				return err
			}
			if of <= MaxPlace {
				p.Of = int(of)
			}
			if a == nil {
				return nil
			}
			before := all
			before.Ascending, before.Limit = !q.Ascending, MaxPlace
			before.startAfter(before.position(a))
			n, err := r.CountWindow(ctx, by.Workspace, f, before)
			if n < MaxPlace {
				p.Number = int(n) + 1
			}
			return err
		})
	})
	return p, err
}
