package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// On SQLite, where one transaction writes at a time, the number of a row is its position:
// AUTOINCREMENT gives no number twice, and takes back those that are rolled back. On
// Postgres a row that was inserted earlier may be committed later, so that numbers of a
// sequence are no positions. There, the next to read the journal gives positions to
// the rows that are committed by then.

const (
	numberBatch = 10_000          // rows that one transaction numbers
	numberWait  = 2 * time.Second // for another process that is numbering
)

// position returns the column of asset_events that has the position.
func (e engine) position() string {
	if e.postgres() {
		return "pos"
	}
	return "seq"
}

// forUpdate returns what makes a SELECT lock its rows.
func (e engine) forUpdate() string {
	if e.postgres() {
		return " FOR UPDATE"
	}
	return ""
}

// numberForRead numbers rows before a read. If that fails, the read shows what is numbered.
func (s *Store) numberForRead(ctx context.Context) {
	err := s.number(ctx)
	failed := err != nil && ctx.Err() == nil
	if s.numberFails.Swap(failed) != failed && failed {
		s.log.LogAttrs(ctx, slog.LevelWarn, "the newest events cannot be numbered, so that they are not shown yet", slog.String("error", err.Error()))
	}
}

// NumberEvents implements [assets.EventNumberer].
func (s *Store) NumberEvents(ctx context.Context) error {
	if !s.engine.postgres() {
		return nil
	}
	return s.numberAll(ctx, func(int) {})
}

// numberAll numbers all rows that are committed when it is called. After each transaction it
// calls numbered with the number of positions that were given meanwhile.
func (s *Store) numberAll(ctx context.Context, numbered func(n int)) error {
	var newest int64
	if err := s.read(ctx, &newest, "SELECT coalesce(max(seq), 0) FROM asset_events WHERE pos IS NULL"); err != nil || newest == 0 {
		return err
	}
	var before, now struct{ First, Last int64 } // the first row without a position, and the last position
	for ; ; before = now {
		err := s.read(ctx, &now, "SELECT (SELECT coalesce(min(seq), 0) FROM asset_events WHERE pos IS NULL AND seq <= ?) AS first, last FROM asset_journal", newest)
		if err != nil {
			return err
		}
		if before.First > 0 {
			numbered(int(now.Last - before.Last))
		}
		if now.First == 0 {
			return nil
		}
		if now.First == before.First { // a newer program has migrated the database
			return s.checkUnchanged(ctx, s.db)
		}
		if err := s.number(ctx); err != nil {
			return err
		}
	}
}

// number gives positions to rows that are committed, at most numberBatch, in the order in
// which they were inserted: rows of one asset are inserted in the order of their commits,
// since its row is locked.
func (s *Store) number(ctx context.Context) error {
	if !s.engine.postgres() {
		return nil
	}
	pending, err := s.anyUnnumbered(ctx)
	if err != nil || !pending {
		return err
	}
	return s.retry(ctx, func() error {
		_, err := s.db.DB.ExecContext(ctx, fmt.Sprintf(numbering, numberWait.Milliseconds(), s.schema, numberBatch))
		return err
	})
}

// numbering is one transaction without a BEGIN: the server runs statements that arrive
// together in one, and commits it, so that no process can hold the lock while it pauses.
// Each statement sees what was committed before it. The third thus sees all rows of those
// that held the lock before. A program with another schema numbers nothing.
//
// A purge may delete rows while they are being numbered. The update then leaves them out, and
// nobody has their positions. The last position is therefore the highest one given, not
// their count.
const numbering = `SELECT set_config('lock_timeout', '%d', true);
SELECT 1 FROM asset_journal FOR UPDATE;
WITH next AS (
  SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM (
    SELECT seq FROM asset_events
    WHERE pos IS NULL AND (SELECT max(version) FROM asset_schema) = %d
    ORDER BY seq LIMIT %d
  ) AS unnumbered
), numbered AS (
  UPDATE asset_events AS e SET pos = j.last + next.n FROM next, asset_journal AS j WHERE e.seq = next.seq RETURNING e.pos
)
UPDATE asset_journal SET last = greatest(last, (SELECT max(pos) FROM numbered))`

// anyUnnumbered reports whether there are rows without a position.
func (s *Store) anyUnnumbered(ctx context.Context) (bool, error) {
	var n int
	err := s.read(ctx, &n, "SELECT count(*) FROM (SELECT 1 FROM asset_events WHERE pos IS NULL LIMIT 1) AS unnumbered")
	return n > 0, err
}

// positionsPending is the name of the row of asset_meta that exists until all rows of
// before there were positions have theirs.
const positionsPending = "positions_pending"

// numberOld numbers the rows of before there were positions. Others may read meanwhile;
// they number too.
func (s *Store) numberOld(ctx context.Context) error {
	name := backfill{pending: positionsPending}
	if pending, err := name.isPending(ctx, s.db); err != nil || !pending {
		return s.engine.translate(err)
	}
	progress := s.fills.begin(strings.TrimSuffix(positionsPending, "_pending"), 0)
	defer s.fills.end(progress)
	logged, rows := time.Now(), 0
	err := s.numberAll(ctx, func(n int) {
		rows += n
		s.fills.add(progress, n)
		if time.Since(logged) > fillLogging {
			logged = time.Now()
			s.log.InfoContext(ctx, "numbering the journal; the newest events are not shown until it is done", "rows", rows)
		}
	})
	if err != nil {
		return fmt.Errorf("store: numbering the journal, which the next call of Migrate or Fill goes on with: %w", err)
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, "DELETE FROM asset_meta WHERE name = ?", positionsPending)
		return err
	})
}
