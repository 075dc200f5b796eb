package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestVolumeSearchPlans checks that a page of a search among 100,000 assets is one
// statement that reads the full-text index and looks up its matches, whether the
// tables were analysed or not.
func TestVolumeSearchPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.FillSearch(t, st.Store)
	t.Run("never analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
}

func searchPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	sqltest.EachSearch(t, sqltest.Searches, func(t *testing.T, s sqltest.Search, read func(assets.Store) error) {
		t.Helper()
		e := explain(t, db, read)
		switch {
		case !e.scans("asset_words_gin"), e.maxRows("Seq Scan") >= 0:
			t.Fatalf("%v: the plan does not read the full-text index:\n%s", s.Words, e.text)
		case e.maxRows("Gather") >= 0:
			t.Fatalf("%v: several processes read the index:\n%s", s.Words, e.text)
		case e.read() > float64(2*s.Matches+sqltest.SearchPage): // in the index, in its table, and looked up
			t.Errorf("%v: %v rows were read for %d matches:\n%s", s.Words, e.read(), s.Matches, e.text)
		}
	})
}

// TestLongTextsAreSearchedByTheIndex: the index alone is read of few rows with long
// texts too, whether the tables were analysed or not and however many rows have a word.
// Reading all rows with their words would take a hundred times as long.
func TestVolumeLongTextsAreSearchedByTheIndexHOS06(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	const n = 60
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			var words strings.Builder
			words.WriteString("common")
			for j := range 3000 {
				fmt.Fprintf(&words, " w%x", (i*3000+j)*7919)
			}
			a := sqltest.NewAsset(i)
			if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: a.ID, Number: 1, Words: words.String()}); err != nil {
				return err
			}
			if err := tx.PutAsset(t.Context(), a, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T) {
		t.Helper()
		for _, words := range [][]string{{"common"}, {"w"}, {"w1"}, {"w12345"}, {"common", "title", "w"}, {"missing"}} {
			for _, f := range []assets.Filter{{Words: words}, {Words: words, Types: []assets.Type{assets.TypeCopy}, Since: "0"}} {
				for name, read := range map[string]func(assets.Store) error{
					"page": func(st assets.Store) error {
						_, err := st.Assets(t.Context(), "w", f, assets.Window{Limit: 51})
						return err
					},
					"count": func(st assets.Store) error { _, err := st.Count(t.Context(), "w", f); return err },
				} {
					e := explain(t, st.DB(), read)
					if !e.scans("asset_words_gin") || e.maxRows("Seq Scan") >= 0 || e.maxRows("Gather") >= 0 || e.scans("asset_words_pkey") {
						t.Errorf("%v, %s: the plan does not read the full-text index alone:\n%s", words, name, e)
					}
				}
			}
		}
	}
	t.Run("never analysed", check)
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", check)
}

// TestLongReadsAreCancelled: a search that waits in the server ends there with its
// context, and its connection is free.
func TestLongReadsAreCancelledHOS06(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	st := openURL(t, url, store.Options{Relaxed: true})
	st.DB().SetMaxOpenConns(2)
	tx, err := st.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE asset_words IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	f := assets.Filter{Words: []string{"title"}}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := st.Assets(ctx, "w", f, assets.Window{Limit: 51})
		cancel()
		if !errors.Is(err, assets.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for pgtest.Count(t, url, waiting) > 0 { // until the server has read the cancellation
		runtime.Gosched()
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Assets(t.Context(), "w", f, assets.Window{Limit: 51}); err != nil {
		t.Error(err)
	}
}
