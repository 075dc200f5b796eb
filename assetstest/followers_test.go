package assetstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

func followersSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestFollowers[assetstest.FollowerStore])(t, seed)
}

func TestVolumeFollowers(t *testing.T) { accepts(t, followersSuite) }

func TestVolumeFollowersRefuses(t *testing.T) {
	refuses(
		t, followersSuite,
		fault[wholeStore]{"everybody gets the lease", func(s wholeStore) wholeStore { return leasesToAll{s} }, "one holder at a time"},
		fault[wholeStore]{"a mark moves without its lease", func(s wholeStore) wholeStore { return movesAnyMark{s} }, "a lease ends with its time"},
		fault[wholeStore]{"a mark moves back", func(s wholeStore) wholeStore { return movesBack{s} }, "a mark moves under its lease"},
		fault[wholeStore]{"a mark cannot be removed", func(s wholeStore) wholeStore { return neverForgets{s} }, "a mark is set"},
		fault[wholeStore]{"a new name begins before the oldest event", func(s wholeStore) wholeStore { return beginsAtZero{s} }, "a new name begins with the oldest event"},
	)
}

type leasesToAll struct{ wholeStore }

func (s leasesToAll) LeaseFollower(ctx context.Context, name, _ string, d time.Duration) (assets.Lease, error) {
	return s.wholeStore.LeaseFollower(ctx, name, "everybody", d)
}

type movesAnyMark struct{ wholeStore }

func (s movesAnyMark) MoveFollower(ctx context.Context, l assets.Lease, to int64) (assets.Lease, error) {
	if moved, err := s.wholeStore.MoveFollower(ctx, l, to); err == nil {
		return moved, nil
	}
	l.Position = to
	return l, s.PutFollower(ctx, l.Name, to)
}

type movesBack struct{ wholeStore }

func (s movesBack) MoveFollower(ctx context.Context, l assets.Lease, to int64) (assets.Lease, error) {
	moved, err := s.wholeStore.MoveFollower(ctx, l, max(to, l.Position))
	moved.Position = to
	return moved, err
}

type neverForgets struct{ wholeStore }

func (neverForgets) DeleteFollower(context.Context, string) error { return nil }

type beginsAtZero struct{ wholeStore }

func (s beginsAtZero) LeaseFollower(ctx context.Context, name, holder string, d time.Duration) (assets.Lease, error) {
	l, err := s.wholeStore.LeaseFollower(ctx, name, holder, d)
	if l.Fence == 1 {
		l.Position = 0
	}
	return l, err
}
