package following_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

const (
	writers = 16
	shared  = 12 // assets that all of them change
)

// last is the type of the event behind all others.
const last = assets.EventPurged

// writeTime is how long writers write.
func writeTime() time.Duration {
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		return time.Minute
	}
	return 2 * time.Second
}

var errRolledBack = errors.New("rolled back on purpose")

// write changes random assets until the time has passed, and returns the number of
// commits. It sleeps in open transactions, and rolls one of twenty back.
func write(ctx context.Context, st assets.Store, until time.Time) (n int, err error) {
	pause := func(most time.Duration) { time.Sleep(rand.N(most)) }
	for time.Now().Before(until) {
		err := st.Update(ctx, func(tx assets.Tx) error {
			a, err := tx.Asset(ctx, "w", sqltest.NewAsset(rand.N(shared)).ID)
			if err != nil {
				return err
			}
			pause(2 * time.Millisecond)
			a.Revision++
			e := assets.Event{
				ID: a.ID, At: assets.TimeOf(time.Now()), Workspace: "w", Type: assets.EventEdited,
				Data: assets.EventData{AssetID: a.ID, AssetType: a.Type, Revision: a.Revision},
			}
			if err := errors.Join(tx.PutAsset(ctx, a, nil), tx.AddEvent(ctx, e)); err != nil {
				return err
			}
			pause(5 * time.Millisecond)
			if rand.N(20) == 0 {
				return errRolledBack
			}
			return nil
		})
		switch {
		case err == nil:
			n++
		case !errors.Is(err, errRolledBack):
			return n, err
		}
	}
	return n, nil
}

// writeAll runs so many writers, each on one of the stores.
func writeAll(t testing.TB, n int, stores ...*store.Store) (commits int) {
	t.Helper()
	until := time.Now().Add(writeTime())
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			n, err := write(t.Context(), stores[i%len(stores)], until)
			mu.Lock()
			defer mu.Unlock()
			commits += n
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return commits
}

// writeLast commits the last event.
func writeLast(t testing.TB, st assets.Store) {
	t.Helper()
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return tx.AddEvent(t.Context(), assets.Event{ID: sqltest.NewAsset(0).ID, At: assets.TimeOf(time.Now()), Workspace: "w", Type: last})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// seen is what one follower has seen.
type seen struct {
	position  int64
	revisions map[assets.ID]int64
	late      []time.Duration // behind the insert, which is up to 5 ms and a commit before the end of the transaction
	done      bool
}

func newSeen() *seen { return &seen{revisions: map[assets.ID]int64{}} }

// add checks that events follow what was seen.
func (s *seen) add(events []assets.Event) error {
	now := time.Now()
	for _, e := range events {
		if e.Position != s.position+1 {
			return fmt.Errorf("position %d follows %d", e.Position, s.position)
		}
		s.position = e.Position
		if e.Type == last {
			s.done = true
			continue
		}
		if was, known := s.revisions[e.Data.AssetID]; known && e.Data.Revision != was+1 {
			return fmt.Errorf("revision %d of %s follows %d", e.Data.Revision, e.Data.AssetID, was)
		}
		s.revisions[e.Data.AssetID] = e.Data.Revision
		s.late = append(s.late, now.Sub(e.At.Time()))
	}
	return nil
}

// percentile returns the lateness that so many of a hundred events do not exceed.
func (s *seen) percentile(n int) time.Duration {
	slices.Sort(s.late)
	if len(s.late) == 0 {
		return 0
	}
	return s.late[(len(s.late)-1)*n/100]
}

// errWrong ends a follower that has seen something wrong.
var errWrong = errors.New("wrong order")

// follow runs a follower until it has seen the last event. run is Follow or FollowTx.
func (s *seen) follow(ctx context.Context, run func(context.Context, func([]assets.Event) error) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := run(ctx, func(events []assets.Event) error {
		if err := s.add(events); err != nil {
			cancel(fmt.Errorf("%w: %w", errWrong, err))
			return err
		}
		if s.done {
			cancel(nil)
		}
		return nil
	})
	if cause := context.Cause(ctx); errors.Is(cause, errWrong) {
		err = cause
	}
	return err
}

// library returns a Library of its own on a store.
func library(t testing.TB, st assets.Store) *assets.Library {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Store = st
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// byMark follows with a mark that the store keeps.
func byMark(lib *assets.Library, name string) func(context.Context, func([]assets.Event) error) error {
	return func(ctx context.Context, fn func([]assets.Event) error) error {
		return lib.Follow(ctx, name, func(_ context.Context, events []assets.Event) error { return fn(events) })
	}
}

// byTransaction follows with a row in the table followed for each event, written with the
// mark.
func byTransaction(st *store.Store, name string) func(context.Context, func([]assets.Event) error) error {
	return func(ctx context.Context, fn func([]assets.Event) error) error {
		committed, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		highest := int64(0)
		return st.FollowTx(committed, name, func(txctx context.Context, tx bun.Tx, events []assets.Event) error {
			for _, e := range events {
				if _, err := tx.ExecContext(txctx, "INSERT INTO followed (position) VALUES (?)", e.Position); err != nil {
					return err
				}
				highest = e.Position
			}
			err := fn(events)
			if ctx.Err() != nil { // it ends when this batch is committed
				go awaitFollowed(st, highest, cancel)
			}
			return err
		})
	}
}

// awaitFollowed calls then when the row of a position is committed.
func awaitFollowed(st *store.Store, position int64, then func()) {
	defer then()
	for range 1000 {
		var n int
		err := st.DB().NewRaw("SELECT count(*) FROM followed WHERE position = ?", position).Scan(context.Background(), &n)
		if err != nil || n > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// byReading reads the journal from the last position it has seen.
func byReading(st assets.Journal) func(context.Context, func([]assets.Event) error) error {
	return func(ctx context.Context, fn func([]assets.Event) error) error {
		for after := int64(0); ctx.Err() == nil; {
			events, err := st.Events(ctx, after, 100)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the test has ended it
			}
			if err != nil {
				return err
			}
			if len(events) == 0 {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			after = events[len(events)-1].Position
			if err := fn(events); err != nil {
				return err
			}
		}
		return nil
	}
}

// prepare makes the assets and the table of byTransaction.
func prepare(t testing.TB, st *store.Store) {
	t.Helper()
	for i := range shared {
		sqltest.MustPut(t, st, i)
	}
	if _, err := st.DB().ExecContext(t.Context(), "CREATE TABLE followed (position BIGINT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
}

// checkFollowed checks that byTransaction has written each position once.
func checkFollowed(t testing.TB, st *store.Store, n int64) {
	t.Helper()
	var rows, highest int64
	err := st.DB().NewRaw("SELECT count(*), max(position) FROM followed").Scan(t.Context(), &rows, &highest)
	if err != nil || rows != n || highest != n {
		t.Errorf("%d rows up to %d, %v; want %d", rows, highest, err, n)
	}
}
