package assets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Filler is what a [Store] has that completes older rows after a migration.
type Filler interface {
	// Fill completes rows that an earlier schema has left incomplete, in transactions of
	// a few rows, until none is left. If ctx ends before, the next Fill goes on.
	Fill(ctx context.Context) error
}

// Marked is what [Blobs] have whose bucket has a marker: an object that names the store
// that the bucket belongs to, and a row of its journal.
type Marked interface {
	// CheckMarker returns an error unless the bucket can be read and its marker names the
	// store and a journal row that the store has. It changes nothing.
	CheckMarker(ctx context.Context, s Store) error
	// MoveMarker makes the marker name the newest journal row, after the checks of
	// CheckMarker. A bucket without a marker gets one if it is empty or the store
	// references an object in it.
	MoveMarker(ctx context.Context, s Store) error
}

// BackgroundAttester is what an [Attester] has that does not sign all of its statements in
// the transaction of the decision.
type BackgroundAttester interface {
	// Run signs the statements in the Library's store that are not signed yet, until ctx
	// has ended, and then returns nil. It may run in any number of processes, and several
	// times in one.
	Run(ctx context.Context, lib *Library) error
}

// How Run works.
const (
	backgroundLease = ReservedFollowers + "background" // a name of Followers

	numberInterval = time.Second
	indexInterval  = time.Second // so late are texts that a killed process has left
	fillInterval   = time.Hour   // there is nothing to fill but after a migration
	scrubInterval  = time.Hour   // of what an erasure or a purge has not finished
	markerInterval = 24 * time.Hour
	signInterval   = time.Second // between two runs of what signs, which last
)

// job is work that is done in the background, again and again.
type job struct {
	name  string        // snake_case, as in Op.Name
	every time.Duration // from the end of one turn to the beginning of the next
	turn  func(ctx context.Context) error
	lasts bool // a turn is no job for the observer
}

// jobs returns what Run does. Each job does nothing if it has nothing to do, and goes on
// where an earlier turn, perhaps of another process, was interrupted.
func (l *Library) jobs() []job {
	var jobs []job
	if n, ok := StoreAs[EventNumberer](l.cfg.Store); ok { // so that readers find them numbered
		jobs = append(jobs, job{name: "number_events", every: numberInterval, turn: n.NumberEvents})
	}
	if w, ok := StoreAs[WordIndexer](l.cfg.Store); ok {
		jobs = append(jobs, job{name: "index_words", every: indexInterval, turn: w.IndexWords})
	}
	if f, ok := StoreAs[Filler](l.cfg.Store); ok {
		jobs = append(jobs, job{name: "fill_rows", every: fillInterval, turn: f.Fill})
	}
	if p, ok := StoreAs[Purger](l.cfg.Store); ok {
		jobs = append(jobs, job{name: "scrub", every: scrubInterval, turn: p.Scrub})
	}
	if b, ok := l.cfg.Blobs.(Marked); ok {
		jobs = append(jobs, job{name: "move_marker", every: markerInterval, turn: func(ctx context.Context) error {
			return b.MoveMarker(ctx, l.cfg.Store)
		}})
	}
	return jobs
}

// sign has statements signed until ctx has ended. It needs no lease of Run, since the
// attester has its own: the process that does the jobs may have no attester.
func (l *Library) sign(ctx context.Context) {
	a, ok := l.cfg.Attest.(BackgroundAttester)
	if !ok {
		return
	}
	// It lasts. What is observed are its turns, as those of a follower.
	l.repeat(ctx, job{name: "sign_statements", every: signInterval, lasts: true, turn: func(ctx context.Context) error {
		return a.Run(ctx, l)
	}})
}

// Run does what works in the background, until ctx has ended; it then returns nil:
//
//   - events get their positions before somebody reads them;
//   - long texts become searchable that a process has left when it was killed;
//   - rows that a migration has left incomplete are completed;
//   - what erasures and purges have left in files of the database is overwritten;
//   - statements of Config.Attest that were not signed with the decision are signed, if it
//     is a [BackgroundAttester], as that of package attest is;
//   - the marker of the bucket is moved when Run begins, and daily.
//
// Any number of processes may call Run. One of them works, under a lease; the others wait.
// One that was killed is replaced within 30 s. What fails is logged and tried again
// after 1 s, then 2 s, up to a minute, the marker up to an hour.
//
// Without Run a signer that signs late signs nothing, unless the host runs the attester
// itself. Nothing else needs Run: readers of events number them, the next search or call
// with a long text indexes those that are left, store.Migrate completes rows, the next
// erasure overwrites what is left, and sweeps move the marker. It returns an error if the store keeps no leases.
func (l *Library) Run(ctx context.Context) (err error) {
	_, op := l.observe(ctx, "Run", nil, "") // it lasts, so that what it calls is no part of it
	defer op.end(&err)
	marks, err := l.followers()
	if err != nil {
		return err
	}
	var signing sync.WaitGroup
	signing.Go(func() { l.sign(ctx) })
	defer signing.Wait()
	holder := rand.Text()
	for ctx.Err() == nil {
		err := l.runJobs(ctx, marks, holder)
		if err != nil && !errors.Is(err, ErrLeased) && ctx.Err() == nil {
			l.cfg.Logger.ErrorContext(ctx, "assets: the lease for work in the background is lost", "error", err.Error())
		}
		wait(ctx, leaseRetry)
	}
	return nil
}

// runJobs takes the lease and does the jobs as long as it has it.
func (l *Library) runJobs(ctx context.Context, marks Followers, holder string) error {
	return HoldLease(ctx, marks, backgroundLease, holder, func(ctx context.Context) error {
		var running sync.WaitGroup
		for _, j := range l.jobs() {
			running.Go(func() { l.repeat(ctx, j) })
		}
		running.Wait()
		return nil
	})
}

// repeat does a job until ctx has ended.
func (l *Library) repeat(ctx context.Context, j job) {
	for failures := 0; ctx.Err() == nil; {
		err := l.takeTurn(ctx, j)
		switch {
		case err == nil:
			failures = 0
			wait(ctx, j.every)
		case ctx.Err() == nil:
			failures++
			delay := backoff(failures, max(maxBackoff, j.every/24))
			l.cfg.Logger.ErrorContext(ctx, "assets: work in the background failed and will be tried again",
				"job", j.name, "failures", failures, "wait", delay, "error", err.Error())
			wait(ctx, delay)
		}
	}
}

// takeTurn does a job once. It turns a panic into an error.
func (l *Library) takeTurn(ctx context.Context, j job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v: %w\n%s", p, errInternal, debug.Stack())
		}
	}()
	if j.lasts {
		return j.turn(ctx)
	}
	return l.observer.Job(ctx, j.name, j.turn)
}

// backoff returns the wait after so many failures in a row.
func backoff(failures int, longest time.Duration) time.Duration {
	return min(followBackoff<<min(failures-1, 12), longest)
}
