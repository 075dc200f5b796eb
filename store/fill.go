package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// backfill completes the rows of the list table that an older library has written.
type backfill struct {
	// pending is the name of the row of asset_meta that exists while rows are left. Its
	// value is the key of the last row that is complete, as JSON; empty if there is none.
	pending string
	doing   string // as in "making older assets searchable"
	until   string // what is not right before the end
	maxRows int    // of a batch
	columns []string

	// rows completes rows of one perspective, at least the first, and returns how many.
	rows func(ctx context.Context, u *unit, rows []perspectiveRow) (int, error)
}

// backfills returns what Migrate does after the schema is up to date, in this order.
func backfills() []backfill {
	return []backfill{
		{
			pending: "reviews_pending", doing: "adding the newest decisions to older assets", until: "lists show and find some without theirs",
			maxRows: 1000, columns: []string{"workspace", "perspective", "id"}, rows: fillReviews,
		},
		{
			pending: "search_pending", doing: "making older assets searchable", until: "searches miss some",
			maxRows: 200, rows: fillWords,
		},
	}
}

const (
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

// fill is Fill for a database of which there is no Store yet.
func fill(ctx context.Context, e engine, db *bun.DB, schema int) error {
	busyTimeout, err := e.busyTimeout(ctx, db)
	if err != nil {
		return e.translate(err)
	}
	s := &Store{
		reader:      reader{engine: e, hot: newHot(db, e), db: db, conn: db},
		lockWait:    defaultLockWait,
		writer:      newWriter(),
		busyTimeout: busyTimeout,
		indexSlot:   make(chan struct{}, 1),
		schema:      schema,
		log:         slog.Default(),
	}
	return s.Fill(ctx)
}

// Fill implements [assets.Filler]. Several processes may call it at once.
func (s *Store) Fill(ctx context.Context) error {
	for _, b := range backfills() {
		if err := s.fill(ctx, b); err != nil {
			return err
		}
	}
	if err := s.IndexWords(ctx); err != nil {
		return fmt.Errorf("store: making long texts searchable: %w", err)
	}
	return s.numberOld(ctx)
}

func (s *Store) fill(ctx context.Context, b backfill) error {
	pending, err := b.isPending(ctx, s.db)
	if err != nil || !pending {
		return s.engine.translate(err)
	}
	var total int
	if err := s.db.NewRaw("SELECT count(*) FROM asset_perspectives").Scan(ctx, &total); err != nil {
		return s.engine.translate(err)
	}
	progress := s.fills.begin(strings.TrimSuffix(b.pending, "_pending"), total)
	defer s.fills.end(progress)
	logged, rows := time.Now(), 0
	for done := false; !done; {
		n := 0
		err := s.transact(ctx, s.lockWait, func(tx bun.Tx) (err error) {
			n, done, err = s.unit(tx).fillBatch(ctx, b)
			return err
		})
		if err != nil {
			return fmt.Errorf("store: %s, which the next call of Migrate or Fill goes on with: %w", b.doing, err)
		}
		rows += n
		s.fills.add(progress, n)
		if time.Since(logged) > fillLogging {
			logged = time.Now()
			s.log.InfoContext(ctx, b.doing+"; "+b.until+" until it is done", "rows", rows, "of", total)
		}
	}
	return nil
}

// isPending reports whether some rows are not complete yet.
func (b *backfill) isPending(ctx context.Context, db bun.IDB) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM asset_meta WHERE name = ?", b.pending).Scan(ctx, &n)
	return n > 0, err
}

// anyPending reports whether some rows are not complete yet.
func anyPending(ctx context.Context, db bun.IDB) (bool, error) {
	for _, b := range append(backfills(), backfill{pending: positionsPending}) {
		if pending, err := b.isPending(ctx, db); pending || err != nil {
			return pending, err
		}
	}
	var waiting int // texts to index
	err := db.NewRaw("SELECT count(*) FROM (SELECT 1 FROM asset_unindexed LIMIT 1) AS waiting").Scan(ctx, &waiting)
	return waiting > 0, err
}

// fillBatch completes the next rows and returns their number, and whether they were the
// last.
func (u *unit) fillBatch(ctx context.Context, b backfill) (n int, done bool, err error) {
	if err := u.lock(ctx, false, lockMigrations); err != nil {
		return 0, false, err
	}
	var value string
	err = u.read(ctx, &value, "SELECT value FROM asset_meta WHERE name = ?", b.pending)
	if errors.Is(err, assets.ErrNotFound) { // another process was faster
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	var last fillKey
	if value != "" {
		if err := json.Unmarshal([]byte(value), &last); err != nil {
			return 0, false, fmt.Errorf("store: %s of asset_meta: %w", b.pending, err)
		}
	}
	rows, err := u.nextRows(ctx, b, last)
	if err != nil {
		return 0, false, err
	}
	if len(rows) == 0 {
		_, err := u.exec(ctx, "DELETE FROM asset_meta WHERE name = ?", b.pending)
		return 0, true, err
	}
	if n, err = b.rows(ctx, u, rows); err != nil {
		return 0, false, err
	}
	text, err := json.Marshal(rows[n-1].fillKey())
	if err != nil {
		return 0, false, err
	}
	_, err = u.exec(ctx, "UPDATE asset_meta SET value = ? WHERE name = ?", string(text), b.pending)
	return n, false, err
}

// nextRows returns and locks rows after the last, all of one perspective: a writer
// locks the current row of an asset before the approved one.
func (u *unit) nextRows(ctx context.Context, b backfill, last fillKey) ([]perspectiveRow, error) {
	const after = "(workspace, perspective, id) > (?, ?, ?)"
	key := []any{last.Workspace, last.Perspective, last.ID}
	next := u.db.NewSelect().Table("asset_perspectives").Column("workspace", "perspective").
		Where(after, key...).Order("workspace", "perspective", "id").Limit(1)
	var rows []perspectiveRow
	err := u.scan(ctx, u.engine.lockRow(u.db.NewSelect().Model(&rows).Column(b.columns...).
		Where(after, key...).Where("(workspace, perspective) = (?)", next).
		Order("workspace", "perspective", "id").Limit(int64(b.maxRows))))
	return rows, err
}

// fillWords makes the versions of rows searchable until the time of a batch has passed. It
// passes over those that are indexed already: with the row of the other perspective, or
// by a writer since the migration.
func fillWords(ctx context.Context, u *unit, rows []perspectiveRow) (n int, err error) {
	// At least one row, also on a machine that is so busy that the time has passed.
	for began := time.Now(); n < len(rows) && (n == 0 || time.Since(began) < fillTime); n++ {
		row := &rows[n]
		indexed, err := u.isIndexed(ctx, row.document())
		if err != nil {
			return 0, err
		}
		if indexed {
			continue
		}
		a, err := row.asset()
		if err != nil {
			return 0, err
		}
		if err := u.putDocument(ctx, row.document(), a); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// fillReviews adds the newest decision to rows that have none: on any version, and in
// the approved perspective on the version shown.
func fillReviews(ctx context.Context, u *unit, rows []perspectiveRow) (int, error) {
	first, last := &rows[0], &rows[len(rows)-1]
	version := ""
	if first.Perspective == approved {
		version = " AND r.version = p.version"
	}
	_, err := u.exec(ctx, "UPDATE asset_perspectives AS p SET (last_action, last_version, last_by, last_kind, last_at, last_comment) = ("+
		"SELECT r.action, r.version, r.reviewer, r.kind, r.at, nullif(r.comment, '') FROM asset_reviews AS r"+
		" WHERE r.workspace = p.workspace AND r.asset_id = p.id AND r."+decided+version+" ORDER BY r.revision DESC, r.id DESC LIMIT 1)"+
		" WHERE p.workspace = ? AND p.perspective = ? AND p.id BETWEEN ? AND ? AND p.last_action IS NULL",
		first.Workspace, first.Perspective, first.ID, last.ID)
	return len(rows), err
}
