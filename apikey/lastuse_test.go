package apikey_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func TestAUTH03LastUseNotWritable(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	r := newRing(t, s, c)
	bearer, _ := mint(t, r, newKey())
	s.onChange = func(context.Context) error { return assets.ErrUnavailable }
	for range 10 {
		if _, err := r.Authenticate(t.Context(), bearer); err != nil {
			t.Fatal(err)
		}
		c.move(time.Second)
	}
	if len(s.changes) != 1 {
		t.Errorf("%d attempts within a minute", len(s.changes))
	}
	c.move(time.Minute)
	if _, err := r.Authenticate(t.Context(), bearer); err != nil || len(s.changes) != 2 {
		t.Errorf("a minute later: %v, %d attempts", err, len(s.changes))
	}
}

// TestAUTH03LastUseHangs: a store that never answers a write delays a request
// by a moment, also when the request itself was given up.
func TestAUTH03LastUseHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(mapStore)
		r := newRing(t, s, newClock())
		bearer, _ := mint(t, r, newKey())
		s.onChange = func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				t.Errorf("the request's end reached the write: %v", err)
			}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		if _, err := r.Authenticate(ctx, bearer); err != nil {
			t.Error(err)
		}
		if waited := time.Since(start); waited == 0 || waited > time.Second {
			t.Errorf("the request waited %s", waited)
		}
	})
}

func TestLastUseOnceAMinute(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	here, there := newRing(t, s, c), newRing(t, s, c)
	bearer, k := mint(t, here, newKey())
	var want []apikey.Change
	for range 5 {
		want = append(want, apikey.Change{LastUsedAt: assets.TimeOf(c.now())})
		for range 59 {
			for _, r := range []*apikey.Ring{here, there} {
				if _, err := r.Authenticate(t.Context(), bearer); err != nil {
					t.Fatal(err)
				}
			}
			c.move(time.Second)
		}
		c.move(time.Second)
	}
	if diff := cmp.Diff(want, s.changes); diff != "" {
		t.Error(diff)
	}
	if got := s.keys[k.Prefix].LastUsedAt; got != want[4].LastUsedAt {
		t.Errorf("last used at %s", got)
	}

	c.move(-time.Hour) // the clock was wrong: follow it
	if _, err := here.Authenticate(t.Context(), bearer); err != nil {
		t.Fatal(err)
	}
	if got := s.keys[k.Prefix].LastUsedAt; got != assets.TimeOf(c.now()) {
		t.Errorf("after a step back last used at %s, now %s", got, c.now())
	}
}

func TestLastUseOnceAtATime(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	bearer, _ := mint(t, r, newKey())
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := r.Authenticate(t.Context(), bearer); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.changes) != 1 {
		t.Errorf("%d writes", len(s.changes))
	}
}
