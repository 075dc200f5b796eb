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
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// fillDisk leaves no page into which the file could grow. The pragma applies to one
// connection, so the pool has only one.
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

// large returns a review that does not fit on a full disk. When its plain INSERT
// fails, SQLite rolls the whole transaction back.
func large() assets.Review {
	return assets.Review{ID: sqltest.NewAsset(1).ID, AssetID: sqltest.NewAsset(1).ID, Comment: strings.Repeat("x", 1<<20)}
}

func TestFailedStatementEndsTheTransactionDBF02(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.MustPut(t, st, 0)
	fillDisk(t, st.DB())
	var first error
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutAsset(t.Context(), sqltest.NewAsset(1), nil); err != nil {
			return err
		}
		first = tx.AddReview(t.Context(), "w", large())
		for _, later := range []error{
			tx.PutAsset(t.Context(), sqltest.NewAsset(2), nil), // would commit by itself
			tx.DeleteAsset(t.Context(), "w", sqltest.NewAsset(0).ID),
		} {
			if later == nil || !errors.Is(later, first) {
				t.Errorf("after the failure: %v, want %v", later, first)
			}
		}
		return nil // ignored
	})
	sqltest.CheckUnavailable(t, first)
	if !errors.Is(err, first) {
		t.Errorf("Update: %v, want %v", err, first)
	}
	sqltest.CheckStored(t, st, 3, 0)
}

func TestCancelledStatementEndsTheTransactionDBF02(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.PutAsset(t.Context(), sqltest.NewAsset(1), nil); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		sqltest.CheckUnavailable(t, tx.AddReview(ctx, "w", large()))
		sqltest.CheckUnavailable(t, tx.PutAsset(t.Context(), sqltest.NewAsset(2), nil))
		return nil
	})
	sqltest.CheckUnavailable(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not wrap the context's error", err)
	}
	sqltest.CheckStored(t, st, 3)
	sqltest.MustPut(t, st, 2)
}

func TestFailedStatementEndsTheHostTransactionDBF02(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.HostTable(t, st.DB())
	fillDisk(t, st.DB())
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('a')"); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, st.In(tx).Update(ctx, func(own assets.Tx) error { return own.AddReview(ctx, "w", large()) }))
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('b')"); err == nil {
			t.Error("the host's next statement committed by itself")
		}
		return nil
	})
	sqltest.CheckUnavailable(t, err)
	if n := sqltest.HostRows(t, st.DB()); n != 0 {
		t.Errorf("%d rows of the host's stayed, want none", n)
	}
}

func TestHostIgnoresItsOwnFailureDBF02(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.HostTable(t, st.DB())
	fillDisk(t, st.DB())
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES (?)", strings.Repeat("x", 1<<20)); err == nil {
			t.Fatal("the disk is not full")
		}
		sqltest.CheckUnavailable(t, sqltest.Put(ctx, st.In(tx), 1))
		return nil
	})
	sqltest.CheckUnavailable(t, err)
	sqltest.CheckStored(t, st, 2)
}

// TestHostIsCancelledDuringInsertDBF02 checks that later statements of the host do not
// commit by themselves: SQLite rolls the whole transaction back.
func TestHostIsCancelledDuringInsertDBF02(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.HostTable(t, st.DB())
	const endless = "INSERT INTO campaigns WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n"
	err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := sqltest.Put(ctx, st.In(tx), 0); err != nil {
			t.Fatal(err)
		}
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := tx.ExecContext(brief, endless); err == nil {
			t.Fatal("the statement was not cancelled")
		}
		sqltest.CheckUnavailable(t, sqltest.Put(ctx, st.In(tx), 1))
		return nil
	})
	sqltest.CheckUnavailable(t, err)
	sqltest.CheckStored(t, st, 2)
	if n := sqltest.HostRows(t, st.DB()); n != 0 {
		t.Errorf("%d rows of the host's stayed, want none", n)
	}
}

func TestDiskIsFullDBF05(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.MustPut(t, st, 0)
	fillDisk(t, st.DB())
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return errors.Join(tx.PutAsset(t.Context(), sqltest.NewAsset(1), nil), tx.AddReview(t.Context(), "w", large()))
	})
	sqltest.CheckUnavailable(t, err)
	sqltest.CheckStored(t, st, 2, 0)
	limitPages(t, st.DB(), 1<<30)
	sqltest.MustPut(t, st, 1)
	sqltest.CheckStored(t, st, 2, 0, 1)
}

func TestFileIsReadOnlyDBF05(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	sqltest.MustPut(t, st, 0)
	st.DB().SetMaxOpenConns(1)
	setQueryOnly := func(on bool) {
		if _, err := st.DB().ExecContext(t.Context(), "PRAGMA query_only = ?", on); err != nil {
			t.Fatal(err)
		}
	}
	setQueryOnly(true) // SQLITE_READONLY as with a read-only file, also for root
	sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 1))
	sqltest.CheckStored(t, st, 2, 0)
	setQueryOnly(false)
	sqltest.MustPut(t, st, 1)
}

func TestLockIsHeldByAnotherProcessDBF05(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	other := openPath(t, path, store.Options{})
	st := openPath(t, path, store.Options{LockWait: 50 * time.Millisecond})
	withDeadline := openPath(t, path, store.Options{})
	sqltest.MustPut(t, st, 0)
	err := other.RunInTx(t.Context(), func(context.Context, bun.Tx) error {
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 1))

		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := sqltest.Put(ctx, withDeadline, 1)
		sqltest.CheckUnavailable(t, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not wrap the context's error", err)
		}
		sqltest.CheckStored(t, st, 2, 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sqltest.MustPut(t, st, 1)
}

func TestPageIsCorruptDBF06(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	st, err := reopenDamaged(t, path, func(st *store.Store) int64 {
		sqltest.MustPut(t, st, 0)
		var page int64
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			return tx.AddReview(t.Context(), "w", assets.Review{ID: sqltest.NewAsset(1).ID, AssetID: sqltest.NewAsset(0).ID})
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
	if _, err := st.Reviews(t.Context(), "w", sqltest.NewAsset(0).ID, 0, 0); err == nil || assets.Code(err) != "internal_error" {
		t.Errorf("rows on the page: %v, want an internal error", err)
	}
	sqltest.CheckStored(t, st, 1, 0)
	if _, err := st.Versions(t.Context(), "w", sqltest.NewAsset(0).ID); err != nil {
		t.Errorf("the rest: %v", err)
	}
	sqltest.MustPut(t, st, 1)
}

// reopenDamaged overwrites the page that prepare returns and opens the file again.
func reopenDamaged(t *testing.T, path string, prepare func(*store.Store) int64) (*store.Store, error) {
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

func TestFileIsOnlyItsOwners(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a?b#c%20 d.db")
	sqltest.MustPut(t, openPath(t, path, store.Options{}), 0)
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
