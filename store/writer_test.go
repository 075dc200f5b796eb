package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// together runs calls of Update so that on SQLite they wait in this order for the turn to
// write, and thus share a batch. It returns their errors.
func together(t *testing.T, st *store.Store, calls ...func() error) []error {
	t.Helper()
	store.SetBatchTime(st, time.Hour)
	return queued(t, st, calls...)
}

// queued runs calls that wait in this order for the turn to write.
func queued(t *testing.T, st *store.Store, calls ...func() error) []error {
	t.Helper()
	queues := st.DB().Dialect().Name() == dialect.SQLite
	errs := make([]error, len(calls))
	var wg sync.WaitGroup
	store.HoldTurn(st, func() {
		for i, call := range calls {
			wg.Go(func() { errs[i] = call() })
			for queues && store.Queued(st) <= i && t.Context().Err() == nil {
				runtime.Gosched()
			}
		}
	})
	wg.Wait()
	return errs
}

// putOf returns a call that stores the i-th asset.
func putOf(t *testing.T, st *store.Store, i int) func() error {
	return func() error { return sqltest.Put(t.Context(), st, i) }
}

var errMember = errors.New("the member fails")

// badMembers are calls that write the i-th asset and then fail.
var badMembers = []struct {
	name string
	call func(t *testing.T, st *store.Store, i int) error
	want error
}{
	{"returns an error", func(t *testing.T, st *store.Store, i int) error {
		return st.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil), errMember)
		})
	}, errMember},
	{"panics", func(t *testing.T, st *store.Store, i int) (err error) {
		defer func() { err, _ = recover().(error) }()
		return st.Update(t.Context(), func(tx assets.Tx) error {
			_ = tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil)
			panic(errMember)
		})
	}, errMember},
	{"is cancelled between statements", func(t *testing.T, st *store.Store, i int) error {
		ctx, cancel := context.WithCancel(t.Context())
		return st.Update(ctx, func(tx assets.Tx) error {
			err := tx.PutAsset(ctx, sqltest.NewAsset(i), nil)
			cancel()
			return errors.Join(err, tx.AddReview(ctx, "w", assets.Review{ID: sqltest.NewAsset(i).ID, AssetID: sqltest.NewAsset(i).ID}))
		})
	}, context.Canceled},
	{"is cancelled before its end", func(t *testing.T, st *store.Store, i int) error {
		ctx, cancel := context.WithCancel(t.Context())
		return st.Update(ctx, func(tx assets.Tx) error {
			defer cancel()
			return tx.PutAsset(ctx, sqltest.NewAsset(i), nil)
		})
	}, context.Canceled},
	{"loses a race", func(t *testing.T, st *store.Store, i int) error {
		return st.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil); err != nil {
				return err
			}
			a, err := tx.Asset(t.Context(), "w", sqltest.NewAsset(contested).ID)
			if err == nil && a.Revision != 0 {
				err = assets.ErrPreconditionFailed
			}
			return err
		})
	}, assets.ErrPreconditionFailed},
}

const (
	batchOf   = 5  // calls
	contested = 99 // the asset of a race
)

// TestBadMemberOfABatchDBF01 has a call that fails at each position among calls that share
// a commit: it is undone, the others are committed.
func TestBadMemberOfABatchDBF01(t *testing.T) {
	for _, bad := range badMembers {
		t.Run(bad.name, func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, st *store.Store) {
				sqltest.MustPut(t, st, contested)
				for position := range batchOf {
					checkBatch(t, st, position, func(i int) error { return bad.call(t, st, i) }, bad.want)
				}
			})
		})
	}
}

// checkBatch runs batchOf calls, of which the one at a position fails.
func checkBatch(t *testing.T, st *store.Store, position int, bad func(i int) error, want error) {
	t.Helper()
	first := position * batchOf // asset
	var calls []func() error
	for i := first; i < first+batchOf; i++ {
		call := putOf(t, st, i)
		if i == first+position {
			call = func() error { return bad(i) }
		}
		calls = append(calls, call)
	}
	for i, err := range together(t, st, calls...) {
		if i == position && !errors.Is(err, want) {
			t.Errorf("call %d fails: %v, want %v", i, err, want)
		}
		if i != position && err != nil {
			t.Errorf("call %d beside %d, which fails: %v", i, position, err)
		}
	}
	for i := first; i < first+batchOf; i++ {
		_, err := st.Asset(t.Context(), "w", sqltest.NewAsset(i).ID)
		if failed := i == first+position; failed != errors.Is(err, assets.ErrNotFound) {
			t.Errorf("asset %d of call %d (it fails: %v): %v", i, i-first, failed, err)
		}
	}
}

// TestMemberFillsTheDiskDBF02: SQLite rolls back the whole batch. The other members run
// again, alone.
func TestMemberFillsTheDiskDBF02(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, store.Options{})
	st.DB().SetMaxOpenConns(1) // the pragma is one of the connection
	full := func(t *testing.T, i int) error {
		return st.Update(t.Context(), func(tx assets.Tx) error {
			review := assets.Review{ID: sqltest.NewAsset(i).ID, AssetID: sqltest.NewAsset(i).ID, Comment: strings.Repeat("x", 4<<20)}
			return errors.Join(tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil), tx.AddReview(t.Context(), "w", review))
		})
	}
	for position := range batchOf {
		var pages int
		if err := st.DB().NewRaw("PRAGMA page_count").Scan(t.Context(), &pages); err != nil {
			t.Fatal(err)
		}
		if err := st.DB().NewRaw("PRAGMA max_page_count = ?", pages+500).Scan(t.Context(), &pages); err != nil { // 2 MB
			t.Fatal(err)
		}
		checkBatch(t, st, position, func(i int) error { return full(t, i) }, assets.ErrUnavailable)
	}
}

// TestSavepointIsLostDBF02: a statement about a savepoint fails. The members of the batch run
// again, alone.
func TestSavepointIsLostDBF02(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SAVEPOINT"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			st, f := openFaulty(t)
			once := sync.OnceFunc(func() { f.statement.Store(&query) })
			calls := make([]func() error, batchOf)
			for i := range calls {
				calls[i] = func() error {
					return st.Update(t.Context(), func(tx assets.Tx) error {
						if i == 2 {
							once()
						}
						err := tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil)
						if i == 3 {
							err = errors.Join(err, errMember)
						}
						return err
					})
				}
			}
			errs := together(t, st, calls...)
			if !errors.Is(errs[3], errMember) {
				t.Errorf("the member that fails: %v", errs[3])
			}
			if err := errors.Join(slices.Delete(errs, 3, 4)...); err != nil {
				t.Errorf("the others: %v", err)
			}
			if f.statement.Load() != nil {
				t.Error("no such statement ran")
			}
			sqltest.CheckStored(t, st, batchOf, 0, 1, 2, 4)
		})
	}
}

// TestCommitOfABatchFailsDBF02: the outcome is unknown to every member but one that has
// failed, wherever it is. That one has written nothing, and is told its own error only if it
// has read nothing of what was not committed.
func TestCommitOfABatchFailsDBF02(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]bool{"and did not happen": false, "and happened": true} {
		for position := range batchOf {
			t.Run(fmt.Sprintf("%s, %d fails", name, position), func(t *testing.T) {
				t.Parallel()
				st, f := openFaulty(t)
				f.keep.Store(kept)
				fault := errors.New("disk I/O error")
				var calls []func() error
				for i := range batchOf {
					calls = append(calls, func() error {
						return st.Update(t.Context(), func(tx assets.Tx) error {
							f.commit.Store(&fault)
							err := tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil)
							if i == position {
								err = errors.Join(err, errMember)
							}
							return err
						})
					})
				}
				for i, err := range together(t, st, calls...) {
					unknown, own := errors.Is(err, assets.ErrOutcomeUnknown), errors.Is(err, errMember)
					switch {
					case i != position && (!unknown || !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, fault)),
						i == position && i == 0 && (unknown || !own),
						i == position && i > 0 && (unknown || own || !errors.Is(err, assets.ErrUnavailable)):
						t.Errorf("member %d: %v", i, err)
					}
				}
				var stored []int
				for i := range batchOf {
					if kept && i != position {
						stored = append(stored, i)
					}
				}
				sqltest.CheckStored(t, st, batchOf, stored...)
				sqltest.MustPut(t, st, batchOf)
			})
		}
	}
}

// TestRefusalIsOfWhatIsCommittedDBF02: a call is refused because of what a member before it
// has written, and then a savepoint is lost or COMMIT fails. It is not refused for what
// nobody can find afterwards.
func TestRefusalIsOfWhatIsCommittedDBF02(t *testing.T) {
	t.Parallel()
	release := "RELEASE SAVEPOINT"
	for name, c := range map[string]struct {
		fail func(f *faults)
		want func(first, second error) bool
	}{
		"committed": {func(*faults) {}, func(first, second error) bool { return first == nil && errors.Is(second, assets.ErrUploadUsed) }},
		"the commit fails": {func(f *faults) { f.commit.Store(new(errors.New("disk I/O error"))) }, func(first, second error) bool {
			return errors.Is(first, assets.ErrOutcomeUnknown) && errors.Is(second, assets.ErrUnavailable) && !errors.Is(second, assets.ErrUploadUsed)
		}},
		"the batch is lost": {func(f *faults) { f.statement.Store(&release) }, func(first, second error) bool {
			return (first == nil) != (second == nil) && errors.Is(errors.Join(first, second), assets.ErrUploadUsed)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, f := openFaulty(t)
			use := func(fail func()) func() error {
				return func() error {
					return st.Update(t.Context(), func(tx assets.Tx) error {
						switch _, err := tx.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); {
						case err == nil:
							fail()
							return assets.ErrUploadUsed
						case !errors.Is(err, assets.ErrNotFound):
							return err
						}
						return tx.PutAsset(t.Context(), sqltest.NewAsset(0), nil)
					})
				}
			}
			once := sync.OnceFunc(func() { c.fail(f) })
			errs := together(t, st, use(once), use(once))
			if !c.want(errs[0], errs[1]) {
				t.Errorf("the first call: %v; the second: %v", errs[0], errs[1])
			}
		})
	}
}

// commits counts the commits in a write-ahead log that has not been reused:
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
func commits(t *testing.T, path string) (n int) {
	t.Helper()
	const header, frameHeader = 32, 24
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	frame := frameHeader + int(binary.BigEndian.Uint32(log[8:]))
	for at := header; at+frame <= len(log); at += frame {
		if pages := binary.BigEndian.Uint32(log[at+4:]); pages != 0 { // the size of the database after a commit
			n++
		}
	}
	return n
}

// TestBatchIsOneCommit checks who shares a commit.
func TestBatchIsOneCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	opened, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, opened.Close)
	st := opened.Store
	sqltest.HostTable(t, st.DB())
	host := func() error {
		return st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('a')")
			return err
		})
	}
	var many []func() error
	for i := range store.MaxBatch + 1 {
		many = append(many, putOf(t, st, i))
	}
	failing := func() error { return badMembers[0].call(t, st, 1) }
	for _, c := range []struct {
		name    string
		time    time.Duration
		calls   []func() error
		commits int
	}{
		{"updates share", time.Hour, many[:5], 1},
		{"at most so many", time.Hour, many, 2},
		{"none begins late", 0, many[:3], 3},
		{"the host's transaction shares nothing", time.Hour, []func() error{many[0], host, many[1], many[2]}, 3},
		{"those that fail write nothing", time.Hour, []func() error{failing, failing}, 0},
		{"those that fail have no commit of their own", time.Hour, []func() error{failing, many[0], failing}, 1},
	} {
		before := commits(t, path)
		store.SetBatchTime(st, c.time)
		for i, err := range queued(t, st, c.calls...) {
			if err != nil && !errors.Is(err, errMember) {
				t.Errorf("%s: call %d: %v", c.name, i, err)
			}
		}
		if n := commits(t, path) - before; n != c.commits {
			t.Errorf("%s: %d commits, want %d", c.name, n, c.commits)
		}
	}
}

// TestChangedIsSentAfterCommit: who waits for events is woken when those of the whole batch
// can be read, in the order of their positions.
func TestChangedIsSentAfterCommit(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, store.Options{})
	changed, woken := st.Changed(), make(chan []assets.Event)
	var calls []func() error
	for i := range batchOf {
		calls = append(calls, func() error {
			return st.Update(t.Context(), func(tx assets.Tx) error {
				select {
				case <-changed:
					t.Errorf("woken before the commit, in call %d", i)
				default:
				}
				return tx.AddEvent(t.Context(), assets.Event{ID: sqltest.NewAsset(i).ID, Type: assets.EventCreated, Workspace: "w", Data: assets.EventData{AssetID: sqltest.NewAsset(i).ID}})
			})
		})
	}
	go func() {
		<-changed
		events, _ := st.Events(t.Context(), 0, 10)
		woken <- events
	}()
	together(t, st, calls...)
	events := <-woken
	if len(events) != batchOf {
		t.Fatalf("%d events when woken, want %d", len(events), batchOf)
	}
	for i, e := range events {
		if e.ID != sqltest.NewAsset(i).ID {
			t.Errorf("event %d is of %s: not in the order of the batch", i, e.ID)
		}
	}
}

// TestOtherProcessGetsTheLock: writers of one process that never rest do not keep the lock
// from a writer of another. Its connections are of another pool, as those of a process are.
func TestOtherProcessGetsTheLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	var stores [2]*sqlite.Store
	for i := range stores {
		var err error
		if stores[i], err = sqlite.Open(t.Context(), path, store.Options{Relaxed: true}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stores[i].Close() })
	}
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for range 8 {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := stores[0].Update(t.Context(), func(assets.Tx) error {
					time.Sleep(5 * time.Millisecond) // as long as a batch
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 5 {
		if err := sqltest.Put(t.Context(), stores[1].Store, i); err != nil { // it waits for at most LockWait
			t.Errorf("another process: %v", err)
		}
	}
	close(stop)
	busy.Wait()
}

// TestBatchIsMeasured: an observer is told of the attempts and the commit of a batch.
func TestBatchIsMeasured(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Store = openSQLite(t, store.Options{})
	var created assets.Outcome
	cfg.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
		return ctx, func(o assets.Outcome) {
			if op.Name == "Create" {
				created = o
			}
		}
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Create(t.Context(), assetstest.User("acme", "ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "A", NewVersion: assets.NewVersion{Text: "a"}}); err != nil {
		t.Fatal(err)
	}
	if created.Attempts != 1 || created.Committed <= 0 || created.Waited <= 0 {
		t.Errorf("%d attempts, waited %v, committed within %v", created.Attempts, created.Waited, created.Committed)
	}
}
