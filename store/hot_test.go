package store_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// TestHotStatementsArePreparedOnce: a connection of SQLite that has run a hot statement
// does not parse it again.
func TestHotStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	st, f := openFaulty(t)
	st.DB().SetMaxOpenConns(1)
	work := func(i int) {
		sqltest.MustPut(t, st, i)
		sqltest.FillReviews(t, st, 1, i, 1)
		putText(t, st, 10+i, text("long", 20_000)) // is queued to be indexed
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
	lists()
	if n := f.prepared.Load() - before; n != 0 {
		t.Errorf("%d statements were prepared again", n)
	}
	if before == 0 {
		t.Error("nothing is prepared")
	}
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
