package assets_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// collector is the fn of a Follow.
type collector struct {
	mu        sync.Mutex
	positions []int64
	enough    chan struct{} // is closed by the event at the position until
	until     int64
}

func newCollector(until int64) *collector {
	return &collector{enough: make(chan struct{}), until: until}
}

func (c *collector) add(_ context.Context, events []assets.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		c.positions = append(c.positions, e.Position)
		if e.Position == c.until {
			close(c.enough)
		}
	}
	return nil
}

// upTo returns the numbers from first to last.
func upTo(first, last int64) (all []int64) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// TestFollow: a follower goes on where the one before it has ended.
func TestFollow(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		life(t, lib)
		for first := int64(1); first < 10; first += 3 {
			c := newCollector(first + 2)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- lib.Follow(ctx, "jobs", c.add) }()
			<-c.enough
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if !slices.Equal(c.positions, upTo(first, first+2)) {
				t.Errorf("from %d: %v", first, c.positions)
			}
			life(t, lib)
		}
		if all := lib.Following(); len(all) != 0 {
			t.Errorf("still following: %+v", all)
		}
	})
}

// TestFollowBatches: a follower gets at most FollowRows events at once, however far it is
// behind, and fewer if they are large.
func TestFollowBatches(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		for _, c := range []struct{ events, comment, most int }{
			{2*assets.FollowRows + 1, 0, assets.FollowRows},
			{150, 4 * assets.MaxComment, assets.FollowBytes / (4 * assets.MaxComment)},
		} {
			err := cfg.Store.Update(t.Context(), func(tx assets.Tx) error {
				for range c.events {
					e := assets.Event{Workspace: "w", Type: assets.EventEdited, Data: assets.EventData{Comment: strings.Repeat("x", c.comment)}}
					if err := tx.AddEvent(t.Context(), e); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			got, most := 0, 0
			err = backends.Library(t, cfg).Follow(ctx, "jobs", func(_ context.Context, events []assets.Event) error {
				if got, most = got+len(events), max(most, len(events)); got == c.events {
					cancel()
				}
				return nil
			})
			cancel()
			if err != nil || got != c.events || most > c.most {
				t.Errorf("%d events, at most %d at once, %v; want %d, at most %d", got, most, err, c.events, c.most)
			}
		}
	})
}

// TestFollowRepeatsWhatFailed: what fn refuses comes again.
func TestFollowRepeatsWhatFailed(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	life(t, lib)
	c := newCollector(3)
	var calls atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- lib.Follow(ctx, "jobs", func(ctx context.Context, events []assets.Event) error {
			if calls.Add(1) == 1 {
				return errors.New("the queue is away")
			}
			if all := lib.Following(); len(all) != 1 || all[0].Failures != 1 || all[0].Err == nil || !all[0].Leads || all[0].Name != "jobs" {
				t.Errorf("the state is %+v", all)
			}
			return c.add(ctx, events)
		})
	}()
	<-c.enough
	cancel()
	if err := <-ended; err != nil || !slices.Equal(c.positions, upTo(1, 3)) {
		t.Errorf("%v, %v", c.positions, err)
	}
}

// TestFollowersOfOneName: one of two works, and the other takes over.
func TestFollowersOfOneName(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	life(t, lib)
	c := newCollector(6)
	first := make(chan int, 2)
	var ended sync.WaitGroup
	var cancels [2]context.CancelFunc
	for i := range cancels {
		var ctx context.Context
		ctx, cancels[i] = context.WithCancel(t.Context())
		ended.Go(func() {
			err := lib.Follow(ctx, "jobs", func(ctx context.Context, events []assets.Event) error {
				first <- i
				return c.add(ctx, events)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	leader := <-first
	cancels[leader]()
	life(t, lib)
	<-c.enough
	cancels[1-leader]()
	ended.Wait()
	if !slices.Equal(c.positions, upTo(1, 6)) {
		t.Errorf("%v", c.positions)
	}
}

// TestFollowReservedWithoutEvents: fn is called when the lease was taken, and again when it
// was not called for some time. That moves no mark.
func TestFollowReservedWithoutEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lib := assetstest.New(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		var calls []time.Duration
		began := time.Now()
		err := lib.FollowReserved(ctx, "assets/test", 15*time.Second, func(_ context.Context, events []assets.Event) error {
			if len(events) > 0 {
				t.Errorf("%d events", len(events))
			}
			calls = append(calls, time.Since(began).Round(time.Second))
			return nil
		})
		if want := []time.Duration{0, 15 * time.Second, 30 * time.Second, 45 * time.Second}; err != nil || !slices.Equal(calls, want) {
			t.Errorf("called at %v, %v", calls, err)
		}
	})
}

// TestResumeReserved: a mark that was pruned past moves to the oldest event, one behind the
// end back to the newest, and any other stays, as does that of a follower at work.
func TestResumeReserved(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		life(t, lib)
		if n, err := cfg.Store.(assets.Journal).PruneEvents(t.Context(), 1<<50); err != nil || n != 2 {
			t.Fatalf("%d pruned, %v", n, err)
		}
		life(t, lib)
		marks := cfg.Store.(assets.Followers)
		lease := func(holder string, d time.Duration) assets.Lease {
			t.Helper()
			l, err := marks.LeaseFollower(t.Context(), "assets/x", holder, d)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		for from, want := range map[int64]int64{0: 2, 1: 2, 2: 2, 4: 4, 6: 6, 7: 6} {
			if err := marks.PutFollower(t.Context(), "assets/x", from); err != nil {
				t.Fatal(err)
			}
			if err := lib.ResumeReserved(t.Context(), "assets/x"); err != nil {
				t.Fatal(err)
			}
			l := lease("another", time.Hour)
			if l.Position != want {
				t.Errorf("from %d to %d, want %d", from, l.Position, want)
			}
			if err := marks.ReleaseFollower(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		if err := marks.PutFollower(t.Context(), "assets/x", 0); err != nil {
			t.Fatal(err)
		}
		lease("another", time.Hour)
		if err := lib.ResumeReserved(t.Context(), "assets/x"); err != nil {
			t.Fatal(err)
		}
		if l := lease("another", 0); l.Position != 0 {
			t.Errorf("the mark of a follower at work moved to %d", l.Position)
		}
	})
}

func TestFollowAfterPruning(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.SkipEvents(t.Context(), "jobs"); err != nil {
		t.Fatal(err)
	}
	life(t, lib)
	if _, err := cfg.Store.(assets.Journal).PruneEvents(t.Context(), 1<<50); err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, []assets.Event) error { return nil }
	if err := lib.Follow(t.Context(), "jobs", nothing); !errors.Is(err, assets.ErrEventsPruned) {
		t.Errorf("pruned past: %v", err)
	}
	if err := lib.SkipEvents(t.Context(), "jobs"); err != nil {
		t.Fatal(err)
	}
	c := newCollector(4)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lib.Follow(ctx, "jobs", c.add) }()
	fixture.Draft(t, lib, false)
	<-c.enough
	cancel()
	if err := <-ended; err != nil || !slices.Equal(c.positions, upTo(4, 4)) {
		t.Errorf("%v, %v", c.positions, err)
	}
	if err := lib.Unfollow(t.Context(), "jobs"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", strings.Repeat("x", 256), "assets/", "assets/webhooks"} {
		for call, err := range map[string]error{
			"Follow": lib.Follow(t.Context(), name, nothing), "SkipEvents": lib.SkipEvents(t.Context(), name), "Unfollow": lib.Unfollow(t.Context(), name),
		} {
			if fields := assets.FieldErrors(err); len(fields) != 1 || fmt.Sprint(fields[0].Loc) != "[name]" {
				t.Errorf("%s of %q: %v", call, name, err)
			}
		}
	}
}
