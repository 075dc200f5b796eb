package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// marksName is the name of the row of asset_meta that has the recorded marks, as JSON.
const marksName = "marks"

// State implements [blob.Ledger].
func (s *Store) State(ctx context.Context) (string, blob.Mark, error) {
	id, err := s.StoreID(ctx)
	if err != nil {
		return "", blob.Mark{}, err
	}
	marks, err := s.marks(ctx)
	return id, marks.Latest(), err
}

// MoveMark implements [blob.Ledger]. It is recorded in asset_meta, which nothing prunes.
func (s *Store) MoveMark(ctx context.Context, from blob.Mark, dry bool) (next blob.Mark, err error) {
	if err := s.number(ctx); err != nil {
		return blob.Mark{}, err
	}
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		if err := u.lock(ctx, false, lockMarks); err != nil {
			return err
		}
		marks, err := u.marks(ctx)
		if err != nil {
			return err
		}
		named, err := u.namedEvent(ctx, from)
		if err != nil {
			return err
		}
		at := u.engine.position()
		newest, err := u.event(ctx, "WHERE "+at+" IS NOT NULL ORDER BY "+at+" DESC LIMIT 1")
		if err != nil {
			return err
		}
		var recorded blob.Marks
		next, recorded, err = marks.Move(from, named, newest)
		if err != nil || dry || slices.Equal(recorded, marks) {
			return err
		}
		text, err := encodeList(recorded, len(recorded))
		if err != nil {
			return err
		}
		_, err = u.exec(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?)"+
			" ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value", marksName, text)
		return err
	})
	return next, err
}

// marks returns the recorded marks.
func (r reader) marks(ctx context.Context) (marks blob.Marks, err error) {
	text, err := r.meta(ctx, marksName)
	if err != nil {
		return nil, err
	}
	err = decodeList(text, &marks)
	return marks, err
}

// meta returns a value of asset_meta, or "".
func (r reader) meta(ctx context.Context, name string) (string, error) {
	var values []string
	if err := r.read(ctx, &values, "SELECT value FROM asset_meta WHERE name = ?", name); err != nil || len(values) == 0 {
		return "", err
	}
	return values[0], nil
}

// event returns a row of the journal, or nil.
func (r reader) event(ctx context.Context, which string, args ...any) (*assets.Event, error) {
	var rows []eventRow
	if err := r.read(ctx, &rows, "SELECT * FROM asset_events "+which, args...); err != nil || len(rows) == 0 {
		return nil, err
	}
	found, err := rows[0].event()
	return &found, err
}

// namedEvent returns the row that a mark may name, or nil. A mark without digest is of
// before there were positions: it has the number of the row.
func (r reader) namedEvent(ctx context.Context, m blob.Mark) (*assets.Event, error) {
	if m.Digest != "" {
		return r.event(ctx, "WHERE "+r.engine.position()+" = ?", m.Position)
	}
	found, err := r.event(ctx, "WHERE seq = ?", m.Position)
	if found != nil {
		found.Position = m.Position
	}
	return found, err
}

type condemnedRow struct {
	bun.BaseModel `bun:"table:asset_condemned"`

	Key string      `bun:"key,pk"`
	At  assets.Time `bun:"at"`
}

// condemnBatch is the maximum of keys in one statement.
const condemnBatch = 500

// Condemn implements [blob.Ledger]. PutVersion checks in its own transaction
// whether its key is condemned. One of the two comes first: SQLite has one
// writer, and on Postgres a lock excludes one while the other runs.
func (s *Store) Condemn(ctx context.Context, keys []string, at assets.Time, dry bool) ([]string, error) {
	var unreferenced []string
	err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		unreferenced = nil
		if err := u.lock(ctx, dry, lockContent); err != nil {
			return err
		}
		for batch := range slices.Chunk(keys, condemnBatch) {
			found, err := u.unreferenced(ctx, batch, at)
			if err != nil {
				return err
			}
			unreferenced = append(unreferenced, found...)
			if dry || len(found) == 0 {
				continue
			}
			if err := u.condemn(ctx, found, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return unreferenced, nil
}

// unreferenced returns the keys that neither a version refers to whose content was not
// erased, nor an upload that
// can still be used at the time.
func (u *unit) unreferenced(ctx context.Context, keys []string, at assets.Time) ([]string, error) {
	var found []string
	err := u.read(ctx, &found, "SELECT key FROM asset_versions WHERE key IN (?0) AND erased_at = 0"+
		" UNION SELECT key FROM asset_uploads WHERE key IN (?0) AND used_at = 0 AND expires_at > ?1", bun.List(keys), at)
	if err != nil {
		return nil, err
	}
	referenced := make(map[string]bool, len(found))
	for _, key := range found {
		referenced[key] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return referenced[key] }), nil
}

func (u *unit) condemn(ctx context.Context, keys []string, at assets.Time) error {
	rows := make([]condemnedRow, len(keys))
	for i, key := range keys {
		rows[i] = condemnedRow{Key: key, At: at}
	}
	return u.put(ctx, u.db.NewInsert().Model(&rows).On("CONFLICT (key) DO UPDATE").Set("at = EXCLUDED.at"))
}

// Expire implements [blob.Ledger]. With an error it returns the number of records
// removed before.
func (s *Store) Expire(ctx context.Context, before assets.Time) (int, error) {
	total := 0
	for _, query := range []string{
		"DELETE FROM asset_requests WHERE (workspace, subject, operation, key) IN" +
			" (SELECT workspace, subject, operation, key FROM asset_requests WHERE at < ? LIMIT ?)",
		"DELETE FROM asset_condemned WHERE key IN (SELECT key FROM asset_condemned WHERE at < ? LIMIT ?)",
		"DELETE FROM asset_uploads WHERE (workspace, id) IN" +
			" (SELECT workspace, id FROM asset_uploads WHERE expires_at < ? LIMIT ?)",
		"DELETE FROM asset_links WHERE (workspace, id) IN" +
			" (SELECT workspace, id FROM asset_links WHERE expires_at < ? LIMIT ?)",
	} {
		n, err := s.deleteInBatches(ctx, query, before, deleteBatch)
		total += n
		if err != nil {
			return total, err
		}
	}
	exports, err := s.expireExports(ctx, before)
	return total + exports, err
}
