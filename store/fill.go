package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// searchPending is the name of the row of asset_meta that exists while rows of an
// older library are not searchable yet, or not by the present rules. Its value is the
// key of the last row that is, as JSON; empty if there is none.
const searchPending = "search_pending"

const (
	fillRows    = 200                    // of a batch at most
	fillTime    = 100 * time.Millisecond // after which a batch is committed, so that other writers get their turn
	fillLogging = 10 * time.Second       // between two lines of the log
)

// fillKey is the key of a row of the list table.
type fillKey struct {
	Workspace   string    `json:"workspace"`
	Perspective string    `json:"perspective"`
	ID          assets.ID `json:"id"`
}

func (r *perspectiveRow) fillKey() fillKey { return fillKey{r.Workspace, r.Perspective, r.ID} }

// fill makes all rows of a database with a schema searchable, in transactions of a few
// rows. It goes on where an earlier one was interrupted. Several processes may run it at
// once.
func fill(ctx context.Context, e engine, db *bun.DB, schema int) error {
	pending, err := searchIsPending(ctx, db)
	if err != nil || !pending {
		return e.translate(err)
	}
	var total int
	if err := db.NewRaw("SELECT count(*) FROM asset_perspectives").Scan(ctx, &total); err != nil {
		return e.translate(err)
	}
	s := &Store{
		reader:    reader{engine: e, db: db, conn: db},
		lockWait:  defaultLockWait,
		writeSlot: make(chan struct{}, 1),
		schema:    schema,
		log:       slog.Default(),
	}
	logged, rows := time.Now(), 0
	for done := false; !done; {
		n := 0
		err := s.transact(ctx, s.lockWait, func(tx bun.Tx) (err error) {
			n, done, err = s.unit(tx).fillBatch(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("store: making older assets searchable, which the next call of Migrate goes on with: %w", err)
		}
		rows += n
		if time.Since(logged) > fillLogging {
			logged = time.Now()
			s.log.InfoContext(ctx, "making older assets searchable; searches miss some until it is done", "rows", rows, "of", total)
		}
	}
	return nil
}

// searchIsPending reports whether some rows are not searchable yet.
func searchIsPending(ctx context.Context, db bun.IDB) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM asset_meta WHERE name = ?", searchPending).Scan(ctx, &n)
	return n > 0, err
}

// fillBatch makes the next rows searchable and returns their number, and whether they
// were the last.
func (u *unit) fillBatch(ctx context.Context) (n int, done bool, err error) {
	if err := u.lock(ctx, false, lockMigrations); err != nil {
		return 0, false, err
	}
	var value string
	err = u.read(ctx, &value, "SELECT value FROM asset_meta WHERE name = ?", searchPending)
	if errors.Is(err, assets.ErrNotFound) { // another process was faster
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	var last fillKey
	if value != "" {
		if err := json.Unmarshal([]byte(value), &last); err != nil {
			return 0, false, fmt.Errorf("store: %s of asset_meta: %w", searchPending, err)
		}
	}
	rows, err := u.nextRows(ctx, last)
	if err != nil {
		return 0, false, err
	}
	if len(rows) == 0 {
		_, err := u.exec(ctx, "DELETE FROM asset_meta WHERE name = ?", searchPending)
		return 0, true, err
	}
	// At least one row, also on a machine that is so busy that the time has passed.
	for began := time.Now(); n < len(rows) && (n == 0 || time.Since(began) < fillTime); n++ {
		a, err := rows[n].asset()
		if err != nil {
			return 0, false, err
		}
		if err := u.putWords(ctx, &rows[n], a); err != nil {
			return 0, false, err
		}
	}
	last = rows[n-1].fillKey()
	text, err := json.Marshal(last)
	if err != nil {
		return 0, false, err
	}
	_, err = u.exec(ctx, "UPDATE asset_meta SET value = ? WHERE name = ?", string(text), searchPending)
	return n, false, err
}

// nextRows returns and locks rows after the last, all of one perspective: a writer
// locks the current row of an asset before the approved one.
func (u *unit) nextRows(ctx context.Context, last fillKey) ([]perspectiveRow, error) {
	const after = "(workspace, perspective, id) > (?, ?, ?)"
	key := []any{last.Workspace, last.Perspective, last.ID}
	next := u.db.NewSelect().Table("asset_perspectives").Column("workspace", "perspective").
		Where(after, key...).Order("workspace", "perspective", "id").Limit(1)
	var rows []perspectiveRow
	err := u.scan(ctx, u.engine.lockRow(u.db.NewSelect().Model(&rows).
		Where(after, key...).Where("(workspace, perspective) = (?)", next).
		Order("workspace", "perspective", "id").Limit(fillRows)))
	return rows, err
}
