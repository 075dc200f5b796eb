package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// now returns the milliseconds of the database's clock, which the processes share.
func (e engine) now() string {
	if e.postgres() {
		return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
}

// LeaseFollower implements [assets.Followers].
func (s *Store) LeaseFollower(ctx context.Context, name, holder string, d time.Duration) (assets.Lease, error) {
	now := s.engine.now()
	// Most attempts are those of followers that wait. They must not write each time.
	var others int
	err := s.read(ctx, &others, "SELECT count(*) FROM asset_followers WHERE name = ? AND holder NOT IN ('', ?) AND until > "+now, name, holder)
	if err != nil {
		return assets.Lease{}, err
	}
	if others > 0 {
		return assets.Lease{}, assets.ErrLeased
	}
	var leased []struct{ Position, Fence int64 }
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		leased = nil
		return s.unit(tx).read(ctx, &leased, "INSERT INTO asset_followers AS f (name, position, holder, fence, until)"+
			" SELECT ?, pruned, ?, 1, "+now+" + ? FROM asset_journal WHERE true"+
			" ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until,"+
			" fence = f.fence + CASE WHEN f.holder = EXCLUDED.holder THEN 0 ELSE 1 END"+
			" WHERE f.holder IN ('', EXCLUDED.holder) OR f.until <= "+now+
			" RETURNING position, fence", name, holder, d.Milliseconds())
	})
	if err != nil {
		return assets.Lease{}, err
	}
	if len(leased) == 0 {
		return assets.Lease{}, assets.ErrLeased
	}
	return assets.Lease{Name: name, Holder: holder, Fence: leased[0].Fence, Position: leased[0].Position}, nil
}

// MoveFollower implements [assets.Followers].
func (s *Store) MoveFollower(ctx context.Context, l assets.Lease, to int64) (assets.Lease, error) {
	err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error { return s.unit(tx).moveFollower(ctx, l, to) })
	if err != nil {
		return assets.Lease{}, err
	}
	l.Position = to
	return l, nil
}

// moveFollower moves a mark. Its row stays locked until the commit.
func (u *unit) moveFollower(ctx context.Context, l assets.Lease, to int64) error {
	n, err := u.exec(ctx, "UPDATE asset_followers SET position = ? WHERE name = ? AND holder = ? AND fence = ? AND position = ? AND position <= ?",
		to, l.Name, l.Holder, l.Fence, l.Position, to)
	if err == nil && n == 0 {
		err = assets.ErrLeased
	}
	return err
}

// ReleaseFollower implements [assets.Followers].
func (s *Store) ReleaseFollower(ctx context.Context, l assets.Lease) error {
	return s.change(ctx, "UPDATE asset_followers SET holder = '' WHERE name = ? AND holder = ? AND fence = ?", l.Name, l.Holder, l.Fence)
}

// PutFollower implements [assets.Followers].
func (s *Store) PutFollower(ctx context.Context, name string, position int64) error {
	return s.change(ctx, "INSERT INTO asset_followers AS f (name, position, holder, fence, until) VALUES (?, ?, '', 1, 0)"+
		" ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position, holder = '', fence = f.fence + 1", name, position)
}

// DeleteFollower implements [assets.Followers].
func (s *Store) DeleteFollower(ctx context.Context, name string) error {
	return s.change(ctx, "DELETE FROM asset_followers WHERE name = ?", name)
}

// change runs one statement in a transaction of its own.
func (s *Store) change(ctx context.Context, query string, args ...any) error {
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, query, args...)
		return err
	})
}

// FollowTx calls fn with the events of all workspaces, in the order of their positions,
// until ctx has ended; it then returns nil. Each batch comes in a transaction that also
// moves the mark kept under name: what fn writes in it takes effect exactly once.
//
// fn is as that of RunInTx: it may run again, so it must do nothing but use tx, and it
// must not commit or roll back. Otherwise FollowTx is as [assets.Library.Follow], with
// the same names: if fn returns an error, nothing is committed, and the batch comes
// again later. Its state is among those of [assets.Library.Following], and its batches are
// told to what observes the Library. A context that ends during fn rolls the batch back. On
// SQLite, where nobody else can write meanwhile, the lease cannot be renewed during fn either:
// fn has 20 s, after which its context ends.
func (s *Store) FollowTx(ctx context.Context, name string, fn func(ctx context.Context, tx bun.Tx, events []assets.Event) error) error {
	if err := assets.CheckFollower(name); err != nil {
		return err
	}
	loop := &assets.FollowLoop{Name: name, Journal: s, Followers: s, Logger: s.log, States: &s.following, Locked: s.engine.postgres()}
	loop.Deliver = func(ctx context.Context, lease assets.Lease, events []assets.Event) (assets.Lease, error) {
		moved := lease
		err := s.followObserver().Job(ctx, assets.FollowJob, func(ctx context.Context) error {
			return s.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				if err := s.checkUnchanged(ctx, tx); err != nil {
					return err
				}
				batch, err := s.unit(tx).withNewer(ctx, events)
				if err != nil {
					return err
				}
				moved.Position = batch[len(batch)-1].Position
				if err := s.unit(tx).moveFollower(ctx, lease, moved.Position); err != nil {
					return err
				}
				return fn(ctx, tx, batch)
			})
		})
		if err != nil {
			return lease, err
		}
		return moved, nil
	}
	return loop.Run(ctx)
}

// withNewer returns a batch with the events behind it that were committed while the
// transaction waited for its turn. On Postgres it does not wait, and they may have no
// positions yet.
func (u *unit) withNewer(ctx context.Context, events []assets.Event) ([]assets.Event, error) {
	rows, bytes := assets.FollowRows-len(events), int64(assets.FollowBytes)
	for i := range events {
		bytes -= events[i].StoredBytes()
	}
	if u.engine.postgres() || rows <= 0 || bytes <= 0 {
		return events, nil
	}
	last := events[len(events)-1].Position
	newer, err := u.eventsAfter(ctx, last, rows, bytes)
	if err != nil || len(newer) == 0 || newer[0].Position != last+1 { // else some were pruned, or purged
		return events, err
	}
	return append(slices.Clip(events), newer...), nil
}

// Following implements [assets.OwnFollowers]: it returns the state of each FollowTx.
func (s *Store) Following() []assets.Following { return s.following.List() }

// ObserveFollowers implements [assets.OwnFollowers].
func (s *Store) ObserveFollowers(o assets.Observer) { s.observer.Store(&o) }

// followObserver returns the Observer of FollowTx, or nil.
func (s *Store) followObserver() assets.Observer {
	if o := s.observer.Load(); o != nil {
		return *o
	}
	return nil
}
