package assets

import "context"

// UsageCount is what assets take.
type UsageCount struct {
	Assets   int64 `json:"assets"`
	Versions int64 `json:"versions"`
	Bytes    int64 `json:"bytes"` // of contents; one that several versions share counts once, an erased one not at all
}

// Usage is what the assets of a workspace take.
type Usage struct {
	Assets   int64               `json:"assets"`
	Versions int64               `json:"versions"`
	Bytes    int64               `json:"bytes"`   // as in UsageCount
	ByType   map[Type]UsageCount `json:"by_type"` // without types of which there are none
}

// Usage returns what the assets of the actor's workspace take, all at one time: archived
// ones too, but neither renditions nor uploads that no version names.
//
// It reads every version of the workspace, so it waits for its turn among the searches and
// has a deadline.
//
// It returns ErrUnauthorized, ErrForbiddenScope, or ErrUnavailable, also if it has waited
// as long as Limits.WorkWait or has read as long as Limits.SearchTime.
func (l *Library) Usage(ctx context.Context, by Actor) (_ Usage, err error) {
	ctx, op := l.observe(ctx, "Usage", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return Usage{}, err
	}
	u := Usage{}
	err = l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
		u.ByType, err = l.cfg.Store.UsageByType(ctx, by.Workspace)
		return err
	})
	if err != nil {
		return Usage{}, err
	}
	for _, c := range u.ByType {
		u.Assets += c.Assets
		u.Versions += c.Versions
		u.Bytes += c.Bytes
	}
	return u, nil
}
