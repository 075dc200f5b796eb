package store

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// reader reads from the pool, a snapshot or a transaction.
type reader struct {
	engine engine
	hot    *hot
	db     *bun.DB      // builds queries
	conn   bun.IConn    // runs them
	sticky *stickyError // nil outside of an Update

	detached bool // from the contexts of callers, in a transaction that is shared
}

// scan runs a query and reads its rows into the query's model.
func (r reader) scan(ctx context.Context, q *bun.SelectQuery) error {
	return r.statement(ctx, func(ctx context.Context) error { return q.Conn(r.conn).Scan(ctx) })
}

// read runs a query in plain SQL and reads its rows into dest.
func (r reader) read(ctx context.Context, dest any, query string, args ...any) error {
	return r.statement(ctx, func(ctx context.Context) error {
		return r.raw(query, args...).Scan(ctx, dest)
	})
}

// lock locks a name, not a row, until the transaction ends. A statement after it
// sees what the previous holder has committed.
func (r reader) lock(ctx context.Context, shared bool, name ...string) error {
	return r.statement(ctx, func(ctx context.Context) error { return r.engine.lock(ctx, r.conn, shared, name...) })
}

// Asset implements [assets.Reader]. Within an Update it locks the row.
func (r reader) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	query := r.hot.asset
	if r.sticky != nil {
		query = r.hot.lockedAsset
	}
	var row perspectiveRow
	if err := r.read(ctx, &row, query, workspace, current, id); err != nil {
		return nil, err
	}
	return row.asset()
}

// Version implements [assets.Reader].
func (r reader) Version(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	var row versionRow
	if err := r.read(ctx, &row, r.hot.version, workspace, id, n); err != nil {
		return assets.Version{}, err
	}
	return row.version()
}

// Versions implements [assets.Reader].
func (r reader) Versions(ctx context.Context, workspace string, id assets.ID) ([]assets.Version, error) {
	p := newPage(r.db, 0, (*versionRow).version, (*assets.Version).StoredBytes)
	return readPage(ctx, r, p, r.hot.versions, workspace, id)
}

// Reviews implements [assets.Reader]. For one version the condition is a range and the
// order begins with the version, so that only asset_reviews_decisions fits both. With an
// equality Postgres may scan the primary key and filter, if its statistics are old, and
// so read all newer reviews of other versions.
func (r reader) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	if limit <= 0 {
		limit = math.MaxInt
	}
	var reviews []assets.Review
	var err error
	if n == 0 {
		reviews, err = r.reviews(ctx, 0, r.hot.decisions, workspace, id, limit)
	} else {
		reviews, err = r.reviews(ctx, 0, r.hot.decisionsOfVersion, workspace, id, n, n, limit)
	}
	slices.Reverse(reviews)
	return reviews, err
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
	if err := r.read(ctx, &row, r.hot.request, workspace, subject, operation, key); err != nil {
		return assets.Request{}, err
	}
	return row.request(), nil
}
