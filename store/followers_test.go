package store_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// TestFollowTx: what fn writes is committed with the mark, or neither is.
func TestFollowTx(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		execute(t, st.DB(), "CREATE TABLE effects (position BIGINT NOT NULL)")
		addEvents(t, st, 3)
		calls := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			done <- st.FollowTx(ctx, "campaigns", func(ctx context.Context, tx bun.Tx, events []assets.Event) error {
				for _, e := range events {
					if _, err := tx.ExecContext(ctx, "INSERT INTO effects (position) VALUES (?)", e.Position); err != nil {
						return err
					}
				}
				if calls++; calls == 1 {
					return errors.New("the effect is undone")
				}
				return nil
			})
		}()
		awaitEffects(t, st, 3)
		addEvents(t, st, 2)
		awaitEffects(t, st, 5)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		var first, last, rows int
		if err := st.DB().NewRaw("SELECT min(position), max(position), count(*) FROM effects").Scan(t.Context(), &first, &last, &rows); err != nil ||
			first != 1 || last != 5 || rows != 5 {
			t.Errorf("%d effects from %d to %d, %v; want 5 from 1", rows, first, last, err)
		}
		lease, err := st.LeaseFollower(t.Context(), "campaigns", "another", 0)
		if err != nil || lease.Position != 5 {
			t.Errorf("the mark is at %+v, %v", lease, err)
		}
	})
}

// TestFollowTxTakesNewerEvents: on SQLite a batch has what was committed while it waited for
// its turn, here by another process.
func TestFollowTxTakesNewerEvents(t *testing.T) {
	t.Parallel()
	path := sqltest.SQLite(t)
	var stores [2]*sqlite.Store
	for i := range stores {
		st, err := sqlite.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		stores[i] = st
	}
	st, other := stores[0].Store, stores[1].Store
	addEvents(t, st, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	batches := make(chan int)
	ended := make(chan error, 1)
	go func() {
		ended <- st.FollowTx(ctx, "campaigns", func(_ context.Context, _ bun.Tx, events []assets.Event) error {
			batches <- len(events)
			return nil
		})
	}()
	<-batches
	store.HoldTurn(st, func() {
		for range 2 {
			addEvents(t, other, 1)
			for store.Queued(st) == 0 {
				runtime.Gosched()
			}
		}
	})
	if n := <-batches; n != 2 {
		t.Errorf("a batch of %d events, want both", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestFollowTxIsObserved: a Library on the store shows the state of FollowTx and is told of
// each batch.
func TestFollowTxIsObserved(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		var mu sync.Mutex
		var codes []string
		cfg := assetstest.Config()
		cfg.Store = st
		cfg.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
			return ctx, func(out assets.Outcome) {
				mu.Lock()
				defer mu.Unlock()
				if op == (assets.Op{Name: "follow", Kind: assets.OpJob, Door: assets.DoorBackground}) {
					codes = append(codes, out.Code)
				}
			}
		}
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		addEvents(t, st, 1)
		refused := errors.New("the campaign cannot be launched")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		calls := 0
		err = st.FollowTx(ctx, "campaigns", func(context.Context, bun.Tx, []assets.Event) error {
			if calls++; calls == 1 {
				return refused
			}
			defer cancel()
			all := lib.Stats().Following
			if len(all) != 1 || all[0].Name != "campaigns" || !all[0].Leads || all[0].Failures != 1 || !errors.Is(all[0].Err, refused) {
				t.Errorf("the state is %+v", all)
			}
			return refused
		})
		if err != nil {
			t.Error(err)
		}
		if all := lib.Following(); len(all) > 0 {
			t.Errorf("still following: %+v", all)
		}
		if want := []string{"internal_error", "internal_error"}; !slices.Equal(codes, want) {
			t.Errorf("the batches ended with %q, want %q", codes, want)
		}
	})
}

// TestFollowTxRefusesReservedNames: they are those of the library's own followers.
func TestFollowTxRefusesReservedNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for _, name := range []string{"", "assets/webhooks"} {
			if err := st.FollowTx(t.Context(), name, nil); len(assets.FieldErrors(err)) != 1 {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

// awaitEffects waits until so many effects are committed.
func awaitEffects(t *testing.T, st *store.Store, want int) {
	t.Helper()
	for {
		changed := st.Changed() // before the count, so that no commit is missed
		var n int
		if err := st.DB().NewRaw("SELECT count(*) FROM effects").Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		if n >= want {
			return
		}
		<-changed
	}
}

// TestWaitingFollowerWritesNothing: who waits for a lease asks for it within a write of the
// same process, which on SQLite lets nobody else write.
func TestWaitingFollowerWritesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if _, err := st.LeaseFollower(t.Context(), "f", "first", time.Hour); err != nil {
			t.Fatal(err)
		}
		err := st.Update(t.Context(), func(assets.Tx) error {
			_, err := st.LeaseFollower(t.Context(), "f", "second", time.Hour)
			return err
		})
		if !errors.Is(err, assets.ErrLeased) {
			t.Errorf("another holder within a write: %v, want ErrLeased", err)
		}
	})
}
