package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestConnectionIsCutAroundCommitDBF03 checks that the outcome is then unknown, that
// the Update is not retried, and that the next call reads what was committed.
func TestConnectionIsCutAroundCommitDBF03(t *testing.T) {
	t.Parallel()
	proxy, url := newProxy(t, migrated(t))
	st := openURL(t, url, store.Options{Relaxed: true})
	for i, c := range []struct {
		name string
		cut  int32
		kept bool
	}{{"before", beforeCommit, false}, {"after", afterCommit, true}} {
		proxy.cut.Store(c.cut)
		runs := 0
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			runs++
			return tx.PutAsset(t.Context(), sqltest.NewAsset(i), nil)
		})
		if !errors.Is(err, assets.ErrOutcomeUnknown) || !errors.Is(err, assets.ErrUnavailable) || runs != 1 {
			t.Errorf("%s: got %v after %d runs, want ErrOutcomeUnknown after one", c.name, err, runs)
		}
		if proxy.cut.Load() != never {
			t.Errorf("%s: there was no COMMIT", c.name)
		}
		_, err = st.Asset(t.Context(), "w", sqltest.NewAsset(i).ID)
		if found := err == nil; found != c.kept {
			t.Errorf("%s: reading returned %v", c.name, err)
		}
	}
	sqltest.MustPut(t, st, 2)
}

// TestStatementEndsWithItsContextDBF03 runs a statement that takes longer than its
// context allows.
func TestStatementEndsWithItsContextDBF03(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := tx.ExecContext(brief, "SELECT pg_sleep(60)")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		sqltest.CheckUnavailable(t, sqltest.Put(ctx, st.In(tx), 0))
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	sqltest.CheckStored(t, st, 1)
	sqltest.MustPut(t, st, 0)
}

// TestServerIsRestartedDBF07 checks that the store reconnects by itself after the
// server was restarted.
func TestServerIsRestartedDBF07(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, url, store.Options{}) // with the default settings
	sqltest.MustPut(t, st, 0)
	for i, mode := range []string{"fast", "immediate"} {
		server.Stop(t, mode)
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 9))
		_, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID)
		sqltest.CheckUnavailable(t, err)
		server.Restart(t)
		checkRecovers(t, st, i+1)
	}
	sqltest.CheckStored(t, st, 3, 0, 1, 2)
}

// TestServerIsReadOnlyDBF07 checks that the store closes the connection to a server
// that has become read only, so that the next one may reach the primary.
func TestServerIsReadOnlyDBF07(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, url, store.Options{})
	st.DB().SetMaxOpenConns(1)
	sqltest.MustPut(t, st, 0)
	before := backend(t, st)
	server.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on")
	server.Exec(t, "SELECT pg_reload_conf()")
	eventually(t, func() bool { return sqltest.Put(t.Context(), st, 0) != nil })
	sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 1))
	sqltest.CheckStored(t, st, 2, 0) // reads still work
	if backend(t, st) == before {
		t.Error("the connection was kept")
	}
	if _, err := postgres.Open(t.Context(), url, store.Options{}); err == nil || !strings.Contains(err.Error(), "primary") {
		t.Errorf("Open: %v, want an error that names the reason", err)
	}
	server.Exec(t, "ALTER SYSTEM RESET default_transaction_read_only")
	server.Exec(t, "SELECT pg_reload_conf()")
	checkRecovers(t, st, 1)
	sqltest.CheckStored(t, st, 2, 0, 1)
}

// TestOpenRefusesWaitsThatEndDBF12: with synchronous standbys, Open refuses a
// statement_timeout, with which a commit that none of them confirms would succeed.
func TestOpenRefusesWaitsThatEndDBF12(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	impatient := url + "&statement_timeout=5000"
	openURL(t, impatient, store.Options{})
	server.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = 'other'")
	server.Exec(t, "SELECT pg_reload_conf()")
	defer func() { // so that the test's own statements do not wait
		server.Exec(t, "ALTER SYSTEM RESET synchronous_standby_names")
		server.Exec(t, "SELECT pg_reload_conf()")
	}()
	eventually(t, func() bool {
		return pgtest.Count(t, url, "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting <> ''") == 1
	})
	openURL(t, url, store.Options{})
	if _, err := postgres.Open(t.Context(), impatient, store.Options{}); err == nil || !strings.Contains(err.Error(), "statement_timeout") {
		t.Errorf("Open: %v, want an error that names statement_timeout", err)
	}
}

// backend returns the process of the server that a connection uses.
func backend(t *testing.T, st *postgres.Store) (pid int) {
	t.Helper()
	if err := st.DB().NewRaw("SELECT pg_backend_pid()").Scan(t.Context(), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// checkRecovers checks that the store works again within seconds, by itself.
func checkRecovers(t *testing.T, st *postgres.Store, i int) {
	t.Helper()
	eventually(t, func() bool {
		err := sqltest.Put(t.Context(), st, i)
		if err != nil {
			sqltest.CheckUnavailable(t, err)
		}
		return err == nil
	})
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the condition did not become true within 10 s")
		}
	}
}
