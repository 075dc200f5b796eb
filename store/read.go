package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// reader reads from the pool, a snapshot or a transaction.
type reader struct {
	engine engine
	db     *bun.DB      // builds queries
	conn   bun.IConn    // runs them
	sticky *stickyError // nil outside of an Update
}

// scan runs a query and reads its rows into the query's model.
func (r reader) scan(ctx context.Context, q *bun.SelectQuery) error {
	return r.statement(ctx, func(ctx context.Context) error { return q.Conn(r.conn).Scan(ctx) })
}

// read runs a query in plain SQL and reads its rows into dest.
func (r reader) read(ctx context.Context, dest any, query string, args ...any) error {
	return r.statement(ctx, func(ctx context.Context) error {
		return r.db.NewRaw(query, args...).Conn(r.conn).Scan(ctx, dest)
	})
}

// lock locks a name, not a row, until the transaction ends. A statement after it
// sees what the previous holder has committed.
func (r reader) lock(ctx context.Context, shared bool, name ...string) error {
	return r.statement(ctx, func(ctx context.Context) error { return r.engine.lock(ctx, r.conn, shared, name...) })
}

// Asset implements [assets.Reader]. Within an Update it locks the row.
func (r reader) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	var row perspectiveRow
	q := r.db.NewSelect().Model(&row).
		Where("workspace = ?", workspace).Where("perspective = ?", current).Where("id = ?", id)
	if r.sticky != nil {
		q = r.engine.lockRow(q)
	}
	if err := r.scan(ctx, q); err != nil {
		return nil, err
	}
	return row.asset()
}

// Version implements [assets.Reader].
func (r reader) Version(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	var row versionRow
	err := r.scan(ctx, r.db.NewSelect().Model(&row).
		Where("workspace = ?", workspace).Where("asset_id = ?", id).Where("number = ?", n))
	if err != nil {
		return assets.Version{}, err
	}
	return row.version()
}

// Versions implements [assets.Reader].
func (r reader) Versions(ctx context.Context, workspace string, id assets.ID) ([]assets.Version, error) {
	var rows []versionRow
	err := r.scan(ctx, r.db.NewSelect().Model(&rows).ExcludeColumn(unreadColumns(true)...).
		Where("workspace = ?", workspace).Where("asset_id = ?", id).Order("number"))
	if err != nil {
		return nil, err
	}
	versions := make([]assets.Version, len(rows))
	for i := range rows {
		if versions[i], err = rows[i].version(); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// Reviews implements [assets.Reader]. For one version the condition is a range and the
// order begins with the version, so that only asset_reviews_version fits both. With an
// equality Postgres may scan the primary key and filter, if its statistics are old, and
// so read all newer reviews of other versions.
func (r reader) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	var rows []reviewRow
	q := r.db.NewSelect().Model(&rows).
		Where("workspace = ?", workspace).Where("asset_id = ?", id)
	if n != 0 {
		q.Where("version BETWEEN ? AND ?", n, n).Order("version DESC")
	}
	q.Order("revision DESC", "id DESC")
	if limit > 0 {
		q.Limit(int64(limit))
	}
	if err := r.scan(ctx, q); err != nil {
		return nil, err
	}
	slices.Reverse(rows)
	reviews := make([]assets.Review, len(rows))
	for i := range rows {
		reviews[i] = rows[i].review()
	}
	return reviews, nil
}

// Requested implements [assets.Reader]. Within an Update it locks the key, also
// one that does not exist yet.
func (r reader) Requested(ctx context.Context, workspace, subject, operation, key string) (assets.Request, error) {
	if r.sticky != nil {
		if err := r.lock(ctx, false, lockRequest, workspace, subject, operation, key); err != nil {
			return assets.Request{}, err
		}
	}
	var row requestRow
	err := r.scan(ctx, r.db.NewSelect().Model(&row).
		Where("workspace = ?", workspace).Where("subject = ?", subject).
		Where("operation = ?", operation).Where("key = ?", key))
	if err != nil {
		return assets.Request{}, err
	}
	return row.request(), nil
}
