package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestDeadlockIsRunAgain: two Updates lock two assets in opposite orders; the
// database undoes one of them, and both happen.
func TestDeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	mustPut(t, st, 0)
	mustPut(t, st, 1)
	met := make(chan struct{}) // both hold one lock
	runs := make(chan int, 2)
	swap := func(first, second int, meet func()) error {
		n := 0
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			n++
			for i, which := range []int{first, second} {
				a, err := tx.Asset(t.Context(), "w", newAsset(which).ID)
				if err != nil {
					return err
				}
				a.Revision++
				if err := tx.PutAsset(t.Context(), a, nil); err != nil {
					return err
				}
				if i == 0 && n == 1 {
					meet()
				}
			}
			return nil
		})
		runs <- n
		return err
	}
	done := make(chan error, 1)
	go func() { done <- swap(1, 0, func() { met <- struct{}{} }) }()
	if err := swap(0, 1, func() { <-met }); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := <-runs + <-runs; n < 3 {
		t.Errorf("%d runs: there was no deadlock", n)
	}
	for i := range 2 {
		if a, err := st.Asset(t.Context(), "w", newAsset(i).ID); err != nil || a.Revision != 3 {
			t.Errorf("asset %d: %+v, %v; want both changes", i, a, err)
		}
	}
}

// TestUpdatesRunSideBySide: a writer waits for those of its asset alone.
func TestUpdatesRunSideBySide(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	mustPut(t, st, 0)
	mustPut(t, st, 1)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if _, err := tx.Asset(t.Context(), "w", newAsset(0).ID); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return put(ctx, st, 1)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCondemnWaitsForVersions: a sweep does not condemn the content of a version
// that is about to be committed.
func TestCondemnWaitsForVersions(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	condemned := make(chan []string, 1)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: newAsset(0).ID, Number: 1, Key: "taken"}); err != nil {
			return err
		}
		go func() {
			keys, err := st.Condemn(t.Context(), []string{"taken", "free"}, 1, false)
			if err != nil {
				t.Error(err)
			}
			condemned <- keys
		}()
		select {
		case keys := <-condemned:
			return fmt.Errorf("%v were condemned before the commit", keys)
		case <-time.After(50 * time.Millisecond): // time to go wrong in
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if keys := <-condemned; len(keys) != 1 || keys[0] != "free" {
		t.Errorf("%v were condemned, want what no version names", keys)
	}
}

// TestHostTransaction: calls commit with the host, a refused one leaves its
// transaction usable, and what it swallows is not taken for committed.
func TestHostTransaction(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	if _, err := st.DB().ExecContext(t.Context(), "CREATE TABLE campaigns (name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := put(ctx, st.In(tx), 0); err != nil {
			return err
		}
		err := st.In(tx).Update(ctx, func(own assets.Tx) error {
			return errors.Join(own.PutAsset(ctx, newAsset(1), nil), refused)
		})
		if !errors.Is(err, refused) {
			t.Errorf("a refused call: %v", err)
		}
		mustHold(t, st.In(tx), 2, 0)
		mustHold(t, st, 2) // outside, nothing yet
		_, err = tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('launched')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, st, 2, 0)
	err = st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := put(ctx, st.In(tx), 1); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES (NULL)")
		if err == nil {
			t.Error("NULL was taken")
		}
		return nil // swallowed
	})
	unavailable(t, err)
	if errors.Is(err, assets.ErrOutcomeUnknown) {
		t.Errorf("%v: that it was rolled back is known", err)
	}
	mustHold(t, st, 2, 0)
}

// TestIDM06HostTransaction: a serialization failure in a transaction that the
// host began is an error of the call, which runs once; the host goes on.
func TestIDM06HostTransaction(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	mustPut(t, st, 0)
	if _, err := st.DB().ExecContext(t.Context(), "CREATE TABLE campaigns (name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	tx, err := st.DB().BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	mustHold(t, st.In(tx), 1, 0) // its snapshot
	mustPut(t, st, 0)            // meanwhile somebody else's change
	runs := 0
	err = st.In(tx).Update(t.Context(), func(own assets.Tx) error {
		runs++
		a, err := own.Asset(t.Context(), "w", newAsset(0).ID)
		if err != nil {
			return err
		}
		a.Revision = 9
		return own.PutAsset(t.Context(), a, nil)
	})
	unavailable(t, err)
	if failure, ok := errors.AsType[*pgconn.PgError](err); !ok || failure.Code != "40001" || runs != 1 {
		t.Errorf("%v after %d runs, want a serialization failure after one", err, runs)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO campaigns VALUES ('launched')"); err != nil {
		t.Errorf("the host's next statement: %v", err)
	}
	if err := errors.Join(put(t.Context(), st.In(tx), 1), tx.Commit()); err != nil {
		t.Errorf("the host's commit: %v", err)
	}
	mustHold(t, st, 2, 0, 1)
	if a, err := st.Asset(t.Context(), "w", newAsset(0).ID); err != nil || a.Revision == 9 {
		t.Errorf("the refused call is there: %+v, %v", a, err)
	}
}

// TestOrderIsThatOfBytes: whatever the collation of the database, a list is in
// the order in which Go compares.
func TestOrderIsThatOfBytes(t *testing.T) {
	t.Parallel()
	const name = "test_collated"
	server := pgtest.Start(t, "fsync=off")
	server.Exec(t, "CREATE DATABASE "+name+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
	if err := postgres.Migrate(t.Context(), server.URL(name)); err != nil {
		t.Fatal(err)
	}
	st := openURL(t, server.URL(name), store.Options{Relaxed: true})
	ids := []string{"A", "B", "Z", "_", "a", "b", "é", "😀"} // "a" < "A" < "b" in English
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for _, id := range ids {
			a := newAsset(0)
			a.ID, a.Tags = assets.ID(id), assets.Tags{id: {"x"}}
			if err := tx.PutAsset(t.Context(), a, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []assets.Filter{
		{},
		{Statuses: []assets.Status{assets.StatusDraft, assets.StatusApproved}},
		{IDs: []assets.ID{"b", "A", "a", "B", "Z", "_", "é", "😀"}},
	} {
		list, err := st.Assets(t.Context(), "w", f, assets.Window{Ascending: true, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, string(a.ID))
		}
		if strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("%+v: %v, want %v", f, got, ids)
		}
	}
	tags, err := st.TagCounts(t.Context(), "w", assets.TagWindow{Limit: 50})
	if err != nil || len(tags) != len(ids) {
		t.Fatalf("%d tags, %v", len(tags), err)
	}
	for i, tag := range tags {
		if tag.Key != ids[i] {
			t.Errorf("tag %d is %q, want %q", i, tag.Key, ids[i])
		}
	}
}
