package following_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// An event must reach followers within these times of its insert (p99). A machine that does
// other work besides is given 20 times as long; ASSETS_TEST_QUIET=1 is for one that does not.
const (
	lateLimit = 500 * time.Millisecond
	turnLimit = time.Second // of FollowTx on SQLite, which waits for its turn with each batch
	busy      = 20
)

// checkLate checks how far a follower is behind the commits.
func checkLate(t *testing.T, name string, limit, p50, p99 time.Duration) {
	t.Helper()
	t.Logf("%s: behind the insert: p50 %v, p99 %v", name, p50, p99)
	if os.Getenv("ASSETS_TEST_QUIET") != "1" {
		limit *= busy
	}
	if p99 > limit {
		t.Errorf("%s is %v behind (p99), want at most %v", name, p99, limit)
	}
}

// followAll runs followers until each has seen the last event, which write commits at the
// end. Each sees all positions.
func followAll(t *testing.T, followers map[string]func(context.Context, func([]assets.Event) error) error, write func() (commits int)) map[string]*seen {
	t.Helper()
	all := map[string]*seen{}
	var wg sync.WaitGroup
	for name, run := range followers {
		all[name] = newSeen()
		wg.Go(func() {
			if err := all[name].follow(t.Context(), run); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	commits := write()
	wg.Wait()
	for name, s := range all {
		t.Logf("%s: %d events", name, s.position)
		if s.position != int64(commits) || !s.done {
			t.Errorf("%s has seen %d events, %d were committed", name, s.position, commits)
		}
	}
	return all
}

// TestVolumeFollowersOnPostgres: 16 writers in three processes, of which each has a follower
// of another kind, while another database of the server has a transaction open.
func TestVolumeFollowersOnPostgres(t *testing.T) {
	if url := os.Getenv(databaseVariable); url != "" {
		followInProcess(t, url)
		return
	}
	for name, through := range map[string]func(testing.TB, string) string{
		"directly": func(_ testing.TB, url string) string { return url }, "pgbouncer": pgtest.Pooled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := sqltest.Postgres(t)
			hold(t)
			st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = st.Close() })
			prepare(t, st.Store)
			processes := map[string]*process{}
			for kind, writers := range map[string]int{"Follow": 6, "FollowTx": 5, "reading": 5} {
				processes[kind] = startProcess(t, through(t, url), kind, writers)
			}
			for kind := range processes {
				awaitMark(t, st.Store, kind+writtenMark)
			}
			writeLast(t, st.Store)
			for kind, p := range processes {
				p.wait(t, kind)
			}
			state, err := st.JournalState(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for kind, p := range processes {
				if p.seen.Position != state.Last || p.seen.Events != state.Last {
					t.Errorf("%s has seen %d events up to %d, %d were committed", kind, p.seen.Events, p.seen.Position, state.Last)
				}
				checkLate(t, kind, lateLimit, p.seen.P50, p.seen.P99)
			}
			checkFollowed(t, st.Store, state.Last)
		})
	}
}

// hold keeps a write transaction open in another database of the server.
func hold(t *testing.T) {
	t.Helper()
	holdIn(t, sqltest.Postgres(t))
}

// holdIn keeps a write transaction open in a database.
func holdIn(t testing.TB, url string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), "CREATE TABLE held ()"); err != nil {
		t.Fatal(err)
	}
}

// fileVariable is the environment variable that makes the test binary a process that writes
// to a file and follows it.
const fileVariable = "ASSETS_TEST_FOLLOW"

// TestVolumeFollowersOnSQLite: 16 writers in two processes, of which each has followers.
func TestVolumeFollowersOnSQLite(t *testing.T) {
	if path := os.Getenv(fileVariable); path != "" {
		followInChild(t, path)
		return
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	st, err := sqlite.Open(t.Context(), path, store.Options{Relaxed: true, LockWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	prepare(t, st.Store)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestVolumeFollowersOnSQLite$", "-test.v")
	child.Env = append(os.Environ(), fileVariable+"="+path)
	ended := make(chan error, 1)
	var output []byte
	go func() {
		var err error
		output, err = child.CombinedOutput()
		ended <- err
	}()
	// The child writes too, so that only the journal knows how many commits there are.
	all := followAll(t, map[string]func(context.Context, func([]assets.Event) error) error{
		"Follow": byMark(library(t, st.Store), "one"), "FollowTx": byTransaction(st.Store, "two"),
	}, func() int {
		writeAll(t, writers/2, st.Store)
		awaitMark(t, st.Store, "child")
		writeLast(t, st.Store)
		state, err := st.JournalState(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int(state.Last)
	})
	state, err := st.JournalState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkFollowed(t, st.Store, state.Last)
	checkLate(t, "Follow", lateLimit, all["Follow"].percentile(50), all["Follow"].percentile(99))
	checkLate(t, "FollowTx", turnLimit, all["FollowTx"].percentile(50), all["FollowTx"].percentile(99))
	if err := <-ended; err != nil {
		t.Errorf("the child: %v\n%s", err, output)
	}
}

// awaitMark waits until the child has written all that it writes: it then has a mark.
func awaitMark(t *testing.T, st *store.Store, name string) {
	t.Helper()
	for {
		var n int
		if err := st.DB().NewRaw("SELECT count(*) FROM asset_followers WHERE name = ?", name).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// followInChild writes, and follows what both processes write.
func followInChild(t *testing.T, path string) {
	st, err := sqlite.Open(t.Context(), path, store.Options{Relaxed: true, LockWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s := newSeen()
	ended := make(chan error, 1)
	go func() { ended <- s.follow(t.Context(), byReading(st)) }()
	if writeAll(t, writers/2, st.Store) == 0 {
		t.Error("nothing was written")
	}
	if err := st.PutFollower(t.Context(), "child", 0); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || !s.done {
		t.Errorf("%v, done: %t", err, s.done)
	}
}
