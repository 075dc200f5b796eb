package assets_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

// hanging is a store whose database does not respond to renewals of leases.
type hanging struct {
	*memory.Store
	leased atomic.Bool
	filled func(ctx context.Context) // by Fill; nil: nothing to do
}

func (s *hanging) LeaseFollower(ctx context.Context, name, holder string, d time.Duration) (assets.Lease, error) {
	if s.leased.Swap(true) {
		<-ctx.Done()
		return assets.Lease{}, ctx.Err()
	}
	return s.Store.LeaseFollower(ctx, name, holder, d)
}

func (s *hanging) Fill(ctx context.Context) error {
	if s.filled != nil {
		s.filled(ctx)
	}
	return nil
}

// TestWorkEndsWithItsLease: what works under a lease ends before another process takes it,
// also if a renewal hangs.
func TestWorkEndsWithItsLease(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(ctx context.Context, s *hanging, lib *assets.Library, work func(context.Context)) error{
		"Follow": func(ctx context.Context, _ *hanging, lib *assets.Library, work func(context.Context)) error {
			return lib.Follow(ctx, "jobs", func(ctx context.Context, _ []assets.Event) error {
				work(ctx)
				return nil
			})
		},
		"Run": func(ctx context.Context, s *hanging, lib *assets.Library, work func(context.Context)) error {
			s.filled = work
			return lib.Run(ctx)
		},
		"HoldLease": func(ctx context.Context, s *hanging, _ *assets.Library, work func(context.Context)) error {
			_ = assets.HoldLease(ctx, s, "assets/x", "holder", func(ctx context.Context) error {
				work(ctx)
				return nil
			})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := assetstest.Config()
				s := &hanging{Store: memory.New()}
				cfg.Store = s
				lib, err := assets.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				life(t, lib)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				began := time.Now()
				err = run(ctx, s, lib, func(ctx context.Context) {
					defer cancel()
					select {
					case <-ctx.Done():
					case <-time.After(time.Hour):
					}
					if took := time.Since(began); took > 30*time.Second {
						t.Errorf("the work has ended after %v", took)
					}
				})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestLockedWorkOutlastsItsLease: a renewal waits for a transaction that has locked the mark,
// which ends in its own time.
func TestLockedWorkOutlastsItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := assetstest.Config()
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		life(t, lib)
		ctx, cancel := context.WithCancel(t.Context())
		s := &hanging{Store: cfg.Store.(*memory.Store)}
		loop := assets.FollowLoop{Name: "jobs", Journal: s, Followers: s, Logger: cfg.Logger, Locked: true}
		loop.Deliver = func(ctx context.Context, lease assets.Lease, _ []assets.Event) (assets.Lease, error) {
			defer cancel()
			select {
			case <-ctx.Done():
				return lease, ctx.Err()
			case <-time.After(2 * time.Minute):
				return lease, errors.New("enough")
			}
		}
		began := time.Now()
		if err := loop.Run(ctx); err != nil || time.Since(began) != 2*time.Minute {
			t.Errorf("ended after %v, %v", time.Since(began), err)
		}
	})
}
