package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// What a transaction has removed from a file of SQLite is still in three places: in blocks
// of the full-text index, which are rewritten when it is merged; in pages that were free
// before, and have a copy of a row from before it was changed; and in the write-ahead log,
// until a checkpoint truncates it.

const (
	scrubPages     = 500  // of the index that one transaction merges
	scrubZeros     = 1000 // free pages that one transaction overwrites
	scrubWait      = 20 * time.Second
	scrubRetry     = 50 * time.Millisecond
	scrubBusyWait  = 100 // milliseconds that others may have to wait for a checkpoint
	minFTSChanges  = 2   // a merge that changes fewer rows has done nothing
	zeroBlobHeader = 100 // bytes of a row beside its blob, about
)

// Scrub implements [assets.Purger]. On Postgres it does nothing: what was removed is in the
// tables until a VACUUM. Of one Store, only one Scrub runs at a time. Those of several
// processes only make each other's work longer: see overwriteFreePages.
func (s *Store) Scrub(ctx context.Context) error {
	if s.engine.postgres() {
		return nil
	}
	select {
	case s.scrubSlot <- struct{}{}:
		defer func() { <-s.scrubSlot }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	stamp, err := s.meta(ctx, unscrubbed)
	if err != nil || stamp == "" {
		return err
	}
	for _, index := range []bun.Ident{"asset_words", "asset_search"} {
		if err := s.mergeIndex(ctx, index); err != nil {
			return err
		}
	}
	if err := s.overwriteFreePages(ctx); err != nil {
		return err
	}
	// Before the row is removed, so that a killed process does not forget it.
	if err := s.truncateLog(ctx); err != nil {
		return err
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, "DELETE FROM asset_meta WHERE name = ? AND value = ?", unscrubbed, stamp)
		return err
	})
}

// overwritingTx runs fn in a write transaction in which what is removed is overwritten.
func (s *Store) overwritingTx(ctx context.Context, fn func(u *unit) error) error {
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		return u.overwriting(ctx, func() error { return fn(u) })
	})
}

// mergeIndex merges all blocks of an index into new ones, which have nothing of removed
// rows. The first step takes all segments as input, the others go on with that:
// https://www.sqlite.org/fts5.html#the_merge_command.
func (s *Store) mergeIndex(ctx context.Context, index bun.Ident) error {
	for pages := -scrubPages; ; pages = scrubPages {
		var before, after int64
		err := s.overwritingTx(ctx, func(u *unit) error {
			if err := u.read(ctx, &before, "SELECT total_changes()"); err != nil {
				return err
			}
			if _, err := u.exec(ctx, "INSERT INTO ? (?, rank) VALUES ('merge', ?)", index, index, pages); err != nil {
				return err
			}
			return u.read(ctx, &after, "SELECT total_changes()")
		})
		if err != nil {
			return err
		}
		if pages > 0 && after-before < minFTSChanges {
			return nil
		}
	}
}

// overwriteFreePages fills free pages with zeros until none is free, and makes them free
// again. Every page that was free before has then been written, even if another process has
// made its own zeros free meanwhile.
func (s *Store) overwriteFreePages(ctx context.Context) error {
	var size int64
	if err := s.read(ctx, &size, "PRAGMA page_size"); err != nil {
		return err
	}
	var last []int64 // the last row when no page was free
	for len(last) == 0 {
		err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
			u := s.unit(tx)
			var free int64
			if err := u.read(ctx, &free, "PRAGMA freelist_count"); err != nil {
				return err
			}
			if free == 0 {
				return u.read(ctx, &last, "SELECT coalesce(max(rowid), 0) FROM asset_zeros")
			}
			_, err := u.exec(ctx, "INSERT INTO asset_zeros (zeros) VALUES (zeroblob(?))", min(free, scrubZeros)*size-zeroBlobHeader)
			return err
		})
		if err != nil {
			return err
		}
	}
	// The last row is removed last. What others insert until then is behind it and left to
	// them, since they would fill what is removed of it for ever.
	_, err := s.deleteInBatches(ctx, "DELETE FROM asset_zeros WHERE rowid IN"+
		" (SELECT rowid FROM asset_zeros WHERE rowid <= ? ORDER BY rowid LIMIT ?)", last[0], 1)
	return err
}

// truncateLog copies the write-ahead log into the file and truncates it. It waits for reads
// that still use the log.
func (s *Store) truncateLog(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, scrubWait)
	defer cancel()
	for {
		done, err := s.tryTruncateLog(ctx)
		if done || err != nil {
			return err
		}
		if !sleep(ctx, scrubRetry) {
			return fmt.Errorf("store: the write-ahead log is still read: %w", assets.ErrUnavailable)
		}
	}
}

// tryTruncateLog does so once. It has the turn to write, and waits shortly for others:
// writers of other processes wait for it.
func (s *Store) tryTruncateLog(ctx context.Context) (done bool, err error) {
	if _, err := s.takeTurn(ctx, ctx, false); err != nil {
		return false, err
	}
	defer s.writer.release()
	t, err := open(ctx, s.engine, s.db)
	if err != nil {
		return false, s.engine.translate(err)
	}
	defer t.release()
	if err := t.setBusyTimeout(scrubBusyWait); err != nil {
		t.discard()
		return false, err
	}
	var busy, frames, copied int
	row := t.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	err = row.Scan(&busy, &frames, &copied)
	if restore := t.setBusyTimeout(s.busyTimeout); restore != nil {
		t.discard()
	}
	return busy == 0, s.engine.translate(err)
}
