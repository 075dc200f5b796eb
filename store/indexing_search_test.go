package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// eachPair runs a test in parallel with two stores on one database of each kind, each with
// connections of its own, as two processes have.
func eachPair(t *testing.T, test func(t *testing.T, one, other *store.Store)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := sqltest.SQLite(t)
		open := func() *store.Store {
			st, err := sqlite.Open(t.Context(), path, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			closed(t, st.Close)
			return st.Store
		}
		test(t, open(), open())
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := sqltest.Postgres(t)
		open := func() *store.Store {
			st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
			if err != nil {
				t.Fatal(err)
			}
			closed(t, st.Close)
			return st.Store
		}
		test(t, open(), open())
	})
}

// wantFound checks how many assets a search of a process finds.
func wantFound(t *testing.T, st assets.Store, word string, want int) {
	t.Helper()
	if n := search(t, st, word); n != want {
		t.Errorf("%d assets with %s, want %d", n, word, want)
	}
}

// search returns how many assets a search of a process finds.
func search(t *testing.T, st assets.Store, word string) int {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Store = st
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	by := assetstest.User("w", "ann")
	page, err := lib.List(t.Context(), by, assets.Query{Search: word})
	if err != nil {
		t.Error(err)
	}
	return len(page.Items)
}

// TestSearchesFindWhatAnotherProcessHasLeft: what a process has left that was killed is
// found by the next search of another one. In a host's transaction a search indexes nothing.
func TestSearchesFindWhatAnotherProcessHasLeft(t *testing.T) {
	eachPair(t, func(t *testing.T, one, other *store.Store) {
		a := putText(t, one, 0, text("left", longText))
		leaveUnindexed(t, one, a)
		err := other.RunInTx(t.Context(), func(_ context.Context, tx bun.Tx) error {
			wantFound(t, other.In(tx), "left", 0)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		tries := 1
		for search(t, other, "left") == 0 && tries < 20 { // a busy machine may need more than 1 s
			tries++
		}
		t.Logf("found by search %d", tries)
		wantFound(t, other, "left", 1)
		wantBehind(t, other, 0, 0)
	})
}

// TestProcessesIndexTheSameTexts: two processes that find the same texts left, while both
// store others, index each once and find all.
func TestProcessesIndexTheSameTexts(t *testing.T) {
	eachPair(t, func(t *testing.T, one, other *store.Store) {
		const left, more = 20, 3
		for i := range left {
			putText(t, one, i, text(fmt.Sprintf("left%dx", i), 5_000))
		}
		for i := range left {
			leaveUnindexed(t, one, sqltest.NewAsset(i))
		}
		var working sync.WaitGroup
		for p, st := range []*store.Store{one, other} {
			working.Go(func() { search(t, st, "w10") }) // may end before all is indexed, after 1 s
			working.Go(func() {
				for i := range more {
					n := left + p*more + i
					word := fmt.Sprintf("new%dx", n)
					putText(t, st, n, strings.ReplaceAll(text(word, 20_000), " w", " v"))
					if found := matches(t, st, false, word); found != 1 {
						t.Errorf("%d assets with %s, want 1", found, word)
					}
				}
			})
		}
		working.Wait()
		if err := one.IndexWords(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, st := range []*store.Store{one, other} {
			wantBehind(t, st, 0, 0)
			for i := range left {
				wantFound(t, st, fmt.Sprintf("left%dx", i), 1)
			}
		}
	})
}

// TestRunInTxIndexesNothingElse: with the context of a host's transaction, a store that is
// not bound to it does not wait for it.
func TestRunInTxIndexesNothingElse(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		began := time.Now()
		err := st.RunInTx(t.Context(), func(ctx context.Context, _ bun.Tx) error {
			sqltest.CheckUnavailable(t, st.IndexWords(ctx))
			return nil
		})
		if took := time.Since(began); err != nil || took > 5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}
