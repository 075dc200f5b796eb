package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestHotStatementsArePreparedOnce: a connection of SQLite that has run a hot statement
// does not parse it again.
func TestHotStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	st, f := openFaulty(t)
	st.DB().SetMaxOpenConns(1)
	var seen queryTexts
	st, err := store.New(st.DB().WithQueryHook(&seen), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.direct.Clear() // Migrate prepares nothing
	work := func(i int) {
		sqltest.MustPut(t, st, i)
		sqltest.FillReviews(t, st, 1, i, 1)
		a := putText(t, st, 10+i, text("long", 20_000)) // is queued to be indexed
		a.Version++
		update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) }) // shows the one before no more
		wantBehind(t, st, 0, 0)
		if _, err := st.Asset(t.Context(), "w", sqltest.NewAsset(i).ID); err != nil {
			t.Fatal(err)
		}
		if _, err := st.VersionsBefore(t.Context(), "w", sqltest.NewAsset(i).ID, assets.VersionWindow{Limit: 1}); err != nil {
			t.Fatal(err)
		}
	}
	lists := func() {
		one := assets.Filter{Statuses: []assets.Status{assets.StatusDraft}, Types: []assets.Type{assets.TypeCopy}}
		for _, filter := range []assets.Filter{{}, {Approved: true}, {Statuses: one.Statuses}, {Types: one.Types}, one} {
			for _, after := range []assets.ID{"", sqltest.NewAsset(0).ID} {
				if _, err := st.Assets(t.Context(), "w", filter, assets.Window{Limit: 1, After: after}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	work(0)
	lists()
	before := f.prepared.Load()
	work(1)
	seen.texts = nil
	lists()
	for _, text := range seen.texts {
		if !slices.Contains(store.CommonLists(st), text) {
			t.Errorf("a list is sent as %s", text)
		}
	}
	work(2)
	if n := f.prepared.Load() - before; n != 0 {
		t.Errorf("%d statements were prepared again", n)
	}
	if before == 0 {
		t.Error("nothing is prepared")
	}
	for _, text := range slices.Concat(store.CommonLists(st), store.QueueStatements(st)) {
		if !slices.Contains(seen.texts, text) {
			t.Errorf("not sent: %s", text)
		}
		if _, direct := f.direct.Load(text); direct {
			t.Errorf("not prepared: %s", text)
		}
	}
}

// queryTexts is a query hook that keeps the texts of queries.
type queryTexts struct{ texts []string }

func (*queryTexts) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (q *queryTexts) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	q.texts = append(q.texts, e.Query)
}

// TestNoStatementStaysPreparedDBF08: PostgreSQL keeps no statement on a connection.
func TestNoStatementStaysPreparedDBF08(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	st.DB().SetMaxOpenConns(1)
	sqltest.MustPut(t, st, 0)
	sqltest.CheckStored(t, st, 1, 0)
	var n int
	if err := st.DB().NewRaw("SELECT count(*) FROM pg_prepared_statements").Scan(t.Context(), &n); err != nil || n != 0 {
		t.Errorf("%d statements are prepared, %v", n, err)
	}
}
