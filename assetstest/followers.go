package assetstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// FollowerStore is a store with its journal and the marks of followers.
type FollowerStore interface {
	JournalStore
	assets.Followers
}

// TestFollowers tests an [assets.Followers] that is part of a store. open is as for
// [TestStore].
func TestFollowers[S FollowerStore](t *testing.T, open func(t *testing.T) S) {
	for _, c := range followerCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			c.run(&followerT{journalT: journalT{storeT: storeT{T: t, Store: s}, Journal: s}, Followers: s})
		})
	}
}

// followerT is a subtest with its own store.
type followerT struct {
	journalT
	assets.Followers
}

var followerCases = []struct {
	name string
	run  func(*followerT)
}{
	{"a mark moves under its lease", func(t *followerT) {
		l := t.lease("jobs", "one")
		if l.Position != 0 || l.Name != "jobs" || l.Holder != "one" || l.Fence < 1 {
			t.Errorf("a new name has %+v", l)
		}
		l = t.moves(l, 3)
		l = t.moves(l, 3)
		l = t.moves(l, 4)
		if again := t.lease("jobs", "one"); again != l {
			t.Errorf("renewed, the lease is %+v, was %+v", again, l)
		}
		back := l
		back.Position = 3
		t.refuses(back, 5)
		t.refuses(l, 3)
		other := l
		other.Name = "mail"
		t.refuses(other, 5)
		if l := t.lease("mail", "two"); l.Position != 0 {
			t.Errorf("another name begins at %+v", l)
		}
	}},
	{"one holder at a time", func(t *followerT) {
		first := t.lease("jobs", "one")
		if _, err := t.LeaseFollower(t.Context(), "jobs", "two", time.Minute); !errors.Is(err, assets.ErrLeased) {
			t.Errorf("a second holder: %v", err)
		}
		first = t.moves(first, 7)
		t.ok(t.ReleaseFollower(t.Context(), first))
		second := t.lease("jobs", "two")
		if second.Position != 7 || second.Fence <= first.Fence {
			t.Errorf("the next holder has %+v after %+v", second, first)
		}
		t.refuses(first, 8)
		t.ok(t.ReleaseFollower(t.Context(), first)) // it is another's
		t.moves(second, 8)
		if _, err := t.LeaseFollower(t.Context(), "jobs", "one", time.Minute); !errors.Is(err, assets.ErrLeased) {
			t.Errorf("the first holder again: %v", err)
		}
	}},
	{"a lease ends with its time", func(t *followerT) {
		first, err := t.LeaseFollower(t.Context(), "jobs", "one", 0)
		t.ok(err)
		first = t.moves(first, 1) // nobody else wanted it
		second := t.lease("jobs", "two")
		if second.Fence <= first.Fence || second.Position != 1 {
			t.Errorf("the next holder has %+v after %+v", second, first)
		}
		t.refuses(first, 2)
	}},
	{"of several at once one gets the lease", func(t *followerT) {
		leased := make(chan assets.Lease, 8)
		t.concurrently(8, func(i int) error {
			l, err := t.LeaseFollower(t.Context(), "jobs", fmt.Sprint(i), time.Minute)
			if err == nil {
				leased <- l
			}
			if errors.Is(err, assets.ErrLeased) {
				return nil
			}
			return err
		})
		if len(leased) != 1 {
			t.Errorf("%d have the lease", len(leased))
		}
	}},
	{"a mark is set", func(t *followerT) {
		t.ok(t.PutFollower(t.Context(), "jobs", 5))
		first := t.lease("jobs", "one")
		if first.Position != 5 {
			t.Errorf("the mark is at %+v", first)
		}
		t.ok(t.PutFollower(t.Context(), "jobs", 2))
		t.refuses(first, 6)
		second := t.lease("jobs", "two")
		if second.Position != 2 || second.Fence <= first.Fence {
			t.Errorf("after it was set: %+v after %+v", second, first)
		}
		t.ok(t.DeleteFollower(t.Context(), "jobs"))
		t.ok(t.DeleteFollower(t.Context(), "jobs"))
		t.refuses(second, 3)
		if l := t.lease("jobs", "three"); l.Position != 0 {
			t.Errorf("a name that was removed begins at %+v", l)
		}
	}},
	{"a new name begins with the oldest event", func(t *followerT) {
		for n := range 5 {
			t.record(sampleEvent("w", n))
		}
		_, err := t.PruneEvents(t.Context(), baseTime+3)
		t.ok(err)
		if l := t.lease("jobs", "one"); l.Position != 3 {
			t.Errorf("it begins at %+v", l)
		}
	}},
}

func (t *followerT) lease(name, holder string) assets.Lease {
	t.Helper()
	l, err := t.LeaseFollower(t.Context(), name, holder, time.Minute)
	t.ok(err)
	return l
}

func (t *followerT) moves(l assets.Lease, to int64) assets.Lease {
	t.Helper()
	moved, err := t.MoveFollower(t.Context(), l, to)
	t.ok(err)
	l.Position = to
	if moved != l {
		t.Errorf("moved to %+v, want %+v", moved, l)
	}
	return moved
}

func (t *followerT) refuses(l assets.Lease, to int64) {
	t.Helper()
	if moved, err := t.MoveFollower(t.Context(), l, to); !errors.Is(err, assets.ErrLeased) {
		t.Errorf("%+v moved to %+v, %v; want ErrLeased", l, moved, err)
	}
}
