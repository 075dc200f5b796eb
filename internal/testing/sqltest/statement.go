package sqltest

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// LastStatement calls read with a store on db and returns the text of the last
// statement that it ran. A hot statement has placeholders for its arguments.
func LastStatement(t testing.TB, db *bun.DB, read func(assets.Store) error) string {
	t.Helper()
	last := &lastQuery{}
	st, err := store.New(db.WithQueryHook(last), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := read(st); err != nil {
		t.Fatal(err)
	}
	return last.text
}

// lastQuery is a query hook that keeps the text of the last query.
type lastQuery struct{ text string }

// BeforeQuery implements [bun.QueryHook].
func (*lastQuery) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements [bun.QueryHook].
func (l *lastQuery) AfterQuery(_ context.Context, e *bun.QueryEvent) { l.text = e.Query }
