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
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestDBF03ConnectionCutAroundCommit: the outcome is unknown, and is not tried
// again; the next call finds what became of it.
func TestDBF03ConnectionCutAroundCommit(t *testing.T) {
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
			return tx.PutAsset(t.Context(), newAsset(i), nil)
		})
		if !errors.Is(err, assets.ErrOutcomeUnknown) || !errors.Is(err, assets.ErrUnavailable) || runs != 1 {
			t.Errorf("%s: got %v after %d runs, want ErrOutcomeUnknown after one", c.name, err, runs)
		}
		if proxy.cut.Load() != never {
			t.Errorf("%s: no COMMIT came by", c.name)
		}
		_, err = st.Asset(t.Context(), "w", newAsset(i).ID)
		if found := err == nil; found != c.kept {
			t.Errorf("%s: reading says %v", c.name, err)
		}
	}
	mustPut(t, st, 2)
}

// TestDBF03SilentServer: a statement ends with its context.
func TestDBF03SilentServer(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := tx.ExecContext(brief, "SELECT pg_sleep(60)")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		unavailable(t, put(ctx, st.In(tx), 0))
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	mustHold(t, st, 1)
	mustPut(t, st, 0)
}

func TestDBF04EscapesAreRefused(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	_, err := postgres.Open(t.Context(), url+"&standard_conforming_strings=off", store.Options{Relaxed: true})
	if err == nil || !strings.Contains(err.Error(), "standard_conforming_strings") {
		t.Errorf("got %v, want a refusal that names the setting", err)
	}
	st := openURL(t, url, store.Options{Relaxed: true})
	st.DB().SetMaxOpenConns(1)
	for range 2 { // a host that sets it on a connection of the pool loses that
		if _, err := st.DB().ExecContext(t.Context(), "SET standard_conforming_strings = off"); err != nil {
			t.Fatal(err)
		}
		a := newAsset(1)
		a.Title = `\' OR 1=1 --`
		err := st.Update(t.Context(), func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := st.Asset(t.Context(), "w", a.ID); err != nil || got.Title != a.Title {
			t.Errorf("read %+v, %v", got, err)
		}
	}
}

// TestDBF07Restart: the connections of the old server are lost, and new ones
// are made without a word.
func TestDBF07Restart(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, url, store.Options{}) // as it is shipped
	mustPut(t, st, 0)
	for i, mode := range []string{"fast", "immediate"} {
		server.Stop(t, mode)
		unavailable(t, put(t.Context(), st, 9))
		_, err := st.Asset(t.Context(), "w", newAsset(0).ID)
		unavailable(t, err)
		server.Restart(t)
		heals(t, st, i+1)
	}
	mustHold(t, st, 3, 0, 1, 2)
}

// TestDBF07ReadOnly: after a failover to a server that cannot be written, the
// connection is dropped, so that the next may find the one that can.
func TestDBF07ReadOnly(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, url, store.Options{})
	st.DB().SetMaxOpenConns(1)
	mustPut(t, st, 0)
	before := backend(t, st)
	server.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on")
	server.Exec(t, "SELECT pg_reload_conf()")
	eventually(t, func() bool { return put(t.Context(), st, 0) != nil })
	unavailable(t, put(t.Context(), st, 1))
	mustHold(t, st, 2, 0) // reads go on
	if backend(t, st) == before {
		t.Error("the connection was kept")
	}
	if _, err := postgres.Open(t.Context(), url, store.Options{}); err == nil || !strings.Contains(err.Error(), "primary") {
		t.Errorf("Open: %v, want a refusal that names the reason", err)
	}
	server.Exec(t, "ALTER SYSTEM RESET default_transaction_read_only")
	server.Exec(t, "SELECT pg_reload_conf()")
	heals(t, st, 1)
	mustHold(t, st, 2, 0, 1)
}

// backend answers which process of the server a connection talks to.
func backend(t *testing.T, st *postgres.Store) (pid int) {
	t.Helper()
	if err := st.DB().NewRaw("SELECT pg_backend_pid()").Scan(t.Context(), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// heals checks that the store works again within seconds, by itself.
func heals(t *testing.T, st *postgres.Store, i int) {
	t.Helper()
	eventually(t, func() bool {
		err := put(t.Context(), st, i)
		if err != nil {
			unavailable(t, err)
		}
		return err == nil
	})
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not become so")
		}
	}
}

func TestNewRefusesWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	url := migrated(t) // on a server with fsync=off
	if _, err := postgres.Open(t.Context(), url, store.Options{}); err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("got %v, want a refusal that names fsync", err)
	}
	_, err := postgres.Open(t.Context(), url+"&synchronous_commit=off", store.Options{})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("got %v, want a refusal that names synchronous_commit", err)
	}
}
