package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// fillDisk leaves no page to grow by. The pragma is one connection's, so the
// pool has one.
func fillDisk(t *testing.T, db *bun.DB) {
	t.Helper()
	db.SetMaxOpenConns(1)
	var pages int
	if err := db.NewRaw("PRAGMA page_count").Scan(t.Context(), &pages); err != nil {
		t.Fatal(err)
	}
	limitPages(t, db, pages)
}

func limitPages(t *testing.T, db *bun.DB, pages int) {
	t.Helper()
	if err := db.NewRaw("PRAGMA max_page_count = ?", pages).Scan(t.Context(), &pages); err != nil {
		t.Fatal(err)
	}
}

// large is a review that does not fit on a full disk. Its INSERT is a plain
// one, for which SQLite undoes the whole transaction.
func large() assets.Review {
	return assets.Review{ID: newAsset(1).ID, AssetID: newAsset(1).ID, Comment: strings.Repeat("x", 1<<20)}
}

func unavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("got error %v, want ErrUnavailable", err)
	}
}

func TestDBF02FailedStatementEndsTheTransaction(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	mustPut(t, st, 0)
	fillDisk(t, st.DB())
	var first error
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutAsset(t.Context(), newAsset(1), nil); err != nil {
			return err
		}
		first = tx.AddReview(t.Context(), "w", large())
		for _, later := range []error{
			tx.PutAsset(t.Context(), newAsset(2), nil), // would be committed by itself
			tx.DeleteAsset(t.Context(), "w", newAsset(0).ID),
		} {
			if later == nil || !errors.Is(later, first) {
				t.Errorf("after the failure: %v, want %v", later, first)
			}
		}
		return nil // swallowed
	})
	unavailable(t, first)
	if !errors.Is(err, first) {
		t.Errorf("Update: %v, want %v", err, first)
	}
	mustHold(t, st, 3, 0)
}

func TestDBF02CancelledStatementEndsTheTransaction(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutAsset(t.Context(), newAsset(1), nil); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		unavailable(t, tx.AddReview(ctx, "w", large()))
		unavailable(t, tx.PutAsset(t.Context(), newAsset(2), nil))
		return nil
	})
	unavailable(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not wrap the context's error", err)
	}
	mustHold(t, st, 3)
	mustPut(t, st, 2)
}

func TestDBF02HostTransaction(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	hostTable(t, st.DB())
	fillDisk(t, st.DB())
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('a')"); err != nil {
			t.Fatal(err)
		}
		unavailable(t, st.In(tx).Update(ctx, func(own assets.Tx) error { return own.AddReview(ctx, "w", large()) }))
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('b')"); err == nil {
			t.Error("the host's next statement committed by itself")
		}
		return nil
	})
	unavailable(t, err)
	if n := campaigns(t, st.DB()); n != 0 {
		t.Errorf("%d rows of the host's stayed, want none", n)
	}
}

func TestDBF02HostSwallowsItsOwnFailure(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	hostTable(t, st.DB())
	fillDisk(t, st.DB())
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES (?)", strings.Repeat("x", 1<<20)); err == nil {
			t.Fatal("the disk is not full")
		}
		unavailable(t, put(ctx, st.In(tx), 1))
		return nil
	})
	unavailable(t, err)
	mustHold(t, st, 2)
}

// TestDBF02HostCancelledInMidInsert: SQLite undoes the whole transaction, and
// what the host goes on with must not be committed by itself.
func TestDBF02HostCancelledInMidInsert(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	hostTable(t, st.DB())
	const endless = "INSERT INTO campaigns WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n"
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := put(ctx, st.In(tx), 0); err != nil {
			t.Fatal(err)
		}
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := tx.ExecContext(brief, endless); err == nil {
			t.Fatal("the statement was not cancelled")
		}
		unavailable(t, put(ctx, st.In(tx), 1))
		return nil
	})
	unavailable(t, err)
	mustHold(t, st, 2)
	if n := campaigns(t, st.DB()); n != 0 {
		t.Errorf("%d rows of the host's stayed, want none", n)
	}
}

func TestDBF05DiskFull(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	mustPut(t, st, 0)
	fillDisk(t, st.DB())
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return errors.Join(tx.PutAsset(t.Context(), newAsset(1), nil), tx.AddReview(t.Context(), "w", large()))
	})
	unavailable(t, err)
	mustHold(t, st, 2, 0)
	limitPages(t, st.DB(), 1<<30)
	mustPut(t, st, 1)
	mustHold(t, st, 2, 0, 1)
}

func TestDBF05ReadOnlyFile(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	mustPut(t, st, 0)
	st.DB().SetMaxOpenConns(1)
	setQueryOnly := func(on bool) {
		if _, err := st.DB().ExecContext(t.Context(), "PRAGMA query_only = ?", on); err != nil {
			t.Fatal(err)
		}
	}
	setQueryOnly(true) // the same SQLITE_READONLY, also for a superuser
	unavailable(t, put(t.Context(), st, 1))
	mustHold(t, st, 2, 0)
	setQueryOnly(false)
	mustPut(t, st, 1)
}

func TestDBF05LockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	other := openPath(t, path, store.Options{})
	st := openPath(t, path, store.Options{LockWait: 50 * time.Millisecond})
	patient := openPath(t, path, store.Options{})
	mustPut(t, st, 0)
	err := other.RunInTx(t.Context(), func(context.Context, bun.Tx) error {
		unavailable(t, put(t.Context(), st, 1))

		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := put(ctx, patient, 1)
		unavailable(t, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not wrap the context's error", err)
		}
		mustHold(t, st, 2, 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, st, 1)
}

func TestDBF06CorruptPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	st, err := openClosing(t, path, func(st *store.Store) int64 {
		mustPut(t, st, 0)
		var page int64
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			return tx.AddReview(t.Context(), "w", assets.Review{ID: newAsset(1).ID, AssetID: newAsset(0).ID})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = st.DB().NewRaw("SELECT rootpage FROM sqlite_schema WHERE name = 'asset_reviews'").Scan(t.Context(), &page)
		if err != nil {
			t.Fatal(err)
		}
		return page
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Reviews(t.Context(), "w", newAsset(0).ID, 0, 0); err == nil || assets.Code(err) != "internal_error" {
		t.Errorf("what lies on the page: %v, want an internal error", err)
	}
	mustHold(t, st, 1, 0)
	if _, err := st.Versions(t.Context(), "w", newAsset(0).ID); err != nil {
		t.Errorf("the rest: %v", err)
	}
	mustPut(t, st, 1)
}

// openClosing destroys the page that prepare answers and opens the file again.
func openClosing(t *testing.T, path string, prepare func(*store.Store) int64) (*store.Store, error) {
	t.Helper()
	const pageSize = 4096
	before := openPath(t, path, store.Options{})
	page := prepare(before.Store)
	if err := before.Close(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	_, err = file.WriteAt([]byte(strings.Repeat("\xff", pageSize)), (page-1)*pageSize)
	return openPath(t, path, store.Options{}).Store, errors.Join(err, file.Close())
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a?b#c%20 d.db")
	mustPut(t, openPath(t, path, store.Options{}), 0)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%q has mode %v", suffix, info.Mode())
		}
	}
}
