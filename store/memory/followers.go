package memory

import (
	"context"
	"time"

	"github.com/10ex/assets"
)

// follower is what is kept of a follower.
type follower struct {
	lease assets.Lease
	until time.Time // the end of the lease
}

// LeaseFollower implements [assets.Followers].
func (s *Store) LeaseFollower(ctx context.Context, name, holder string, d time.Duration) (lease assets.Lease, err error) {
	err = s.change(ctx, func(next *state) error {
		f, known := next.followers[name]
		if !known {
			f.lease = assets.Lease{Name: name, Position: next.pruned}
		}
		if f.lease.Holder != holder {
			if f.lease.Holder != "" && time.Now().Before(f.until) {
				return assets.ErrLeased
			}
			f.lease.Holder = holder
			f.lease.Fence++
		}
		f.until = time.Now().Add(d)
		next.followers = withEntry(next.followers, name, f)
		lease = f.lease
		return nil
	})
	if err != nil {
		return assets.Lease{}, err
	}
	return lease, nil
}

// MoveFollower implements [assets.Followers].
func (s *Store) MoveFollower(ctx context.Context, l assets.Lease, to int64) (assets.Lease, error) {
	err := s.change(ctx, func(next *state) error {
		f, known := next.followers[l.Name]
		if !known || f.lease != l || to < l.Position {
			return assets.ErrLeased
		}
		l.Position = to
		f.lease = l
		next.followers = withEntry(next.followers, l.Name, f)
		return nil
	})
	if err != nil {
		return assets.Lease{}, err
	}
	return l, nil
}

// ReleaseFollower implements [assets.Followers].
func (s *Store) ReleaseFollower(ctx context.Context, l assets.Lease) error {
	return s.change(ctx, func(next *state) error {
		if f, known := next.followers[l.Name]; known && f.lease.Holder == l.Holder && f.lease.Fence == l.Fence {
			f.lease.Holder = ""
			next.followers = withEntry(next.followers, l.Name, f)
		}
		return nil
	})
}

// PutFollower implements [assets.Followers].
func (s *Store) PutFollower(ctx context.Context, name string, position int64) error {
	return s.change(ctx, func(next *state) error {
		fence := next.followers[name].lease.Fence + 1
		next.followers = withEntry(next.followers, name, follower{lease: assets.Lease{Name: name, Fence: fence, Position: position}})
		return nil
	})
}

// DeleteFollower implements [assets.Followers].
func (s *Store) DeleteFollower(ctx context.Context, name string) error {
	return s.change(ctx, func(next *state) error {
		next.followers = withoutEntries(next.followers, func(key string, _ follower) bool { return key == name })
		return nil
	})
}
