package store

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// readPage runs a query in plain SQL and returns the items of a page. The error of a row that
// cannot be converted is none of the database, which may work at the next attempt.
func readPage[R, T any](ctx context.Context, r reader, p *page[R, T], query string, args ...any) ([]T, error) {
	if err := r.read(ctx, p, query, args...); err != nil {
		return nil, err
	}
	return p.items, p.err
}

// page is a model (see [bun.Model]) that reads rows of type R as items of type T
// until it has enough bytes, as [assets.Window] describes. It keeps no row.
type page[R, T any] struct {
	db       *bun.DB
	maxBytes int64 // 0: no limit
	convert  func(*R) (T, error)
	size     func(*T) int64

	items []T   // never nil
	err   error // of convert, after which no row is read
}

func newPage[R, T any](db *bun.DB, maxBytes int64, convert func(*R) (T, error), size func(*T) int64) *page[R, T] {
	return &page[R, T]{db: db, maxBytes: maxBytes, convert: convert, size: size, items: []T{}}
}

// Value implements [bun.Model].
func (p *page[R, T]) Value() any { return &p.items }

// ScanRows implements [bun.Model].
func (p *page[R, T]) ScanRows(_ context.Context, rows *sql.Rows) (int, error) {
	var row R // of every column in turn, so that nothing of the one before remains
	into, err := destinations(p.db, rows, &row)
	if err != nil {
		return 0, err
	}
	var bytes int64
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		var item T
		if item, p.err = p.convert(&row); p.err != nil {
			return len(p.items), nil //nolint:nilerr // readPage returns it
		}
		p.items = append(p.items, item)
		if p.maxBytes <= 0 {
			continue
		}
		if bytes += p.size(&p.items[len(p.items)-1]); bytes > p.maxBytes && len(p.items) > 1 {
			return len(p.items), nil
		}
	}
	return len(p.items), rows.Err()
}
