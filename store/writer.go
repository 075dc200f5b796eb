package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets"
)

// On SQLite one transaction writes at a time, and a commit takes about as long as its sync.
// Calls of Update that wait for each other therefore share a transaction, a batch. Each
// runs its function in a savepoint, in its own goroutine, one after the other.
//
// A call waits in the queue of the writer until it has the turn. With the turn it either
// joins the batch that is open or opens one:
//
//	no batch  --BEGIN-->                                         open
//	open      --a member ends, and the next in the queue joins--> open, the next has the turn
//	open      --a member ends otherwise: COMMIT-->               ended, the members return
//	open      --a savepoint is lost: ROLLBACK-->                 ended, the members run again, each alone
//
// A member ends by releasing its savepoint, or, if its function has failed or panicked, by
// rolling it back. Then it no longer has the turn, and waits until the batch has ended. The next
// in the queue joins if it is a call of Update, the batch has fewer than maxBatch members, and no
// more than maxBatchTime have passed since the BEGIN. Every other transaction, such as that of
// RunInTx, waits in the same queue and shares nothing.
//
// A member that has failed waits only if one before it has written and its error is not
// ErrUnavailable: the error may come from what it has read of that. It is returned if that is
// committed. Otherwise the member runs again, alone, if the batch was rolled back, and returns
// ErrUnavailable if COMMIT has failed.
//
// A savepoint is lost if it can neither be released nor rolled back: SQLite has rolled
// back the whole transaction, as it does when the disk is full.
const (
	maxBatch     = 64
	maxBatchTime = 5 * time.Millisecond
)

// Other processes get SQLite's lock only while nobody in this one has it. A writer that has
// not rested for restEvery therefore rests before it begins a transaction.
const (
	restEvery = 100 * time.Millisecond
	rest      = 2 * time.Millisecond
)

// errBatchLost is the result of a batch that was rolled back because of one member.
var errBatchLost = errors.New("store: the shared transaction was rolled back")

// writer gives one call at a time the turn to write, in the order in which they ask.
type writer struct {
	batchTime time.Duration // maxBatchTime, except in tests

	mu    sync.Mutex
	taken bool // a call has the turn
	queue []*waiter

	freed  time.Time // when a call last gave up the turn and no other waited
	rested time.Time // when nobody here last had the lock for as long as a rest
}

func newWriter() *writer { return &writer{batchTime: maxBatchTime} }

// waiter is a call that waits for the turn.
type waiter struct {
	joins bool        // an open batch
	turn  chan *batch // receives the turn once, with the batch if one is open
}

// take waits for the turn until ctx ends. It returns the batch that is open, if joins is
// set and there is one. The caller passes the turn on or releases it.
func (w *writer) take(ctx context.Context, joins bool) (*batch, error) {
	w.mu.Lock()
	if !w.taken {
		w.taken = true
		if now := time.Now(); now.Sub(w.freed) >= rest {
			w.rested = now
		}
		w.mu.Unlock()
		return nil, nil
	}
	me := &waiter{joins: joins, turn: make(chan *batch, 1)}
	w.queue = append(w.queue, me)
	w.mu.Unlock()

	select {
	case b := <-me.turn:
		return b, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.queue, me); i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
		return nil, ctx.Err()
	}
	return <-me.turn, nil // it came at the same time
}

// pass gives the turn to the next call in the queue if that may join b.
func (w *writer) pass(b *batch) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 || !w.queue[0].joins || b.members >= maxBatch || time.Since(b.began) > w.batchTime {
		return false
	}
	w.next(b)
	return true
}

// release ends the turn. No batch is open.
func (w *writer) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = len(w.queue) > 0
	if w.taken {
		w.next(nil)
	} else {
		w.freed = time.Now()
	}
}

// restIfDue rests if the writer has not for restEvery. Only who has the turn calls it.
func (w *writer) restIfDue(ctx context.Context) {
	if time.Since(w.rested) > restEvery {
		sleep(ctx, rest)
		w.rested = time.Now()
	}
}

func (w *writer) next(b *batch) {
	w.queue[0].turn <- b
	w.queue = slices.Delete(w.queue, 0, 1)
}

// batch is a transaction that several calls of Update share. Who has the turn uses it.
type batch struct {
	*transaction
	began   time.Time
	members int
	keeps   bool // a member has released its savepoint
	lost    bool // a savepoint is lost

	ended chan struct{}
	err   error         // of COMMIT, or errBatchLost; set when ended is closed
	took  time.Duration // of COMMIT; set when ended is closed
}

// share is Update in a batch. It returns errBatchLost if the batch was rolled back because
// of another member.
func (s *Store) share(ctx context.Context, fn func(assets.Tx) error) error {
	measure, began := assets.MeasureIn(ctx), time.Now()
	b, err := s.join(ctx)
	if err != nil {
		return err
	}
	measure.Attempt(time.Since(began))
	behind := b.keeps
	if err := s.runMember(ctx, b, fn); err != nil {
		if behind && !errors.Is(err, assets.ErrUnavailable) {
			err = b.confirm(ctx, err)
		}
		return err
	}
	<-b.ended
	measure.Commit(b.took)
	return b.err
}

// confirm returns the error of a member that has failed behind members that have written, if
// these are committed.
func (b *batch) confirm(ctx context.Context, failed error) error {
	select {
	case <-b.ended:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	switch {
	case b.err == nil:
		return failed
	case errors.Is(b.err, errBatchLost):
		return errBatchLost
	}
	// The outcome of this call is known: it has written nothing.
	return unavailable(fmt.Errorf("what was read before the call failed may not be committed: %s", b.err.Error()))
}

// join waits for the turn and returns the batch that is open, or opens one. Its schema
// cannot change: a migration waits for the turn, or for the lock that the batch holds.
func (s *Store) join(ctx context.Context) (*batch, error) {
	waiting, cancel := context.WithTimeout(ctx, s.lockWait)
	defer cancel()
	b, err := s.takeTurn(ctx, waiting, true)
	if b != nil || err != nil {
		return b, err
	}
	t, err := s.begin(waiting)
	if err != nil {
		s.writer.release()
		return nil, s.engine.waitError(ctx, err)
	}
	b = &batch{transaction: t, began: time.Now(), ended: make(chan struct{})}
	if err := s.checkUnchanged(context.WithoutCancel(ctx), t.tx); err != nil {
		s.end(b)
		return nil, err
	}
	return b, nil
}

// takeTurn waits for the turn to write until waiting ends, which ctx is a parent of.
func (s *Store) takeTurn(ctx, waiting context.Context, joins bool) (*batch, error) {
	if s.holds(ctx) {
		return nil, unavailable(errUnbound)
	}
	b, err := s.writer.take(waiting, joins)
	if err != nil {
		return nil, s.engine.waitError(ctx, err)
	}
	return b, nil
}

// runMember runs fn in a savepoint of the batch and gives the turn to the next call, or ends
// the batch, also if fn panics. It returns the error of fn. Its statements are detached from
// ctx, since SQLite may roll back all members when a statement is interrupted.
func (s *Store) runMember(ctx context.Context, b *batch, fn func(assets.Tx) error) error {
	b.members++
	keep := false
	defer func() {
		b.endMember(keep)
		if b.lost || !s.writer.pass(b) {
			s.end(b)
		}
	}()
	if b.lost = b.exec("SAVEPOINT asset_member") != nil; b.lost {
		return nil // share returns errBatchLost
	}
	u := s.unit(b.tx)
	u.detached = true
	if err := u.run(fn); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	keep = true
	return nil
}

// endMember ends the savepoint of the member that has the turn, and keeps what it wrote or
// rolls that back.
func (b *batch) endMember(keep bool) {
	if !b.lost && !keep {
		b.lost = b.exec("ROLLBACK TO SAVEPOINT asset_member") != nil
	}
	if !b.lost {
		b.lost = b.exec("RELEASE SAVEPOINT asset_member") != nil
	}
	b.keeps = b.keeps || keep
}

func (b *batch) exec(query string) error {
	_, err := b.tx.ExecContext(context.Background(), query)
	return err
}

// end commits the batch, or rolls it back if it is lost or has nothing to commit. It
// releases the turn and then wakes the members and those who wait for events.
func (s *Store) end(b *batch) {
	switch {
	case b.lost:
		b.rollback()
		b.err = errBatchLost
	case b.keeps:
		began := time.Now()
		b.err = b.commit()
		b.took = time.Since(began)
	default:
		b.rollback()
	}
	b.cancel()
	b.transaction.release()
	s.writer.release()
	if b.keeps && (b.err == nil || errors.Is(b.err, assets.ErrOutcomeUnknown)) {
		s.changed.Send()
	}
	close(b.ended)
}
