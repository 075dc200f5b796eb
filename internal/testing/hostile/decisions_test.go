package hostile_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store"
)

// indexStatements is a query hook that counts the statements on the index of words.
type indexStatements struct {
	mu sync.Mutex
	n  int
}

// BeforeQuery implements [bun.QueryHook].
func (s *indexStatements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	return ctx
}

// AfterQuery implements [bun.QueryHook].
func (s *indexStatements) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	for _, table := range []string{"asset_words", "asset_indexed", "asset_unindexed", "asset_search", "asset_documents"} {
		if strings.Contains(e.Query, table) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.n++
			return
		}
	}
}

// since returns the number of statements since the last call.
func (s *indexStatements) since() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.n
	s.n = 0
	return n
}

// drafts makes assets under review, each with a text of so many bytes of different words.
func drafts(t *testing.T, lib *assets.Library, n, size int) (items []assets.BulkItem) {
	t.Helper()
	var words strings.Builder
	for i := 0; words.Len() < size; i++ {
		fmt.Fprintf(&words, "w%d ", i)
	}
	for i := range n {
		in := fixture.Copy(fmt.Sprintf("text%d %s", i, words.String()))
		in.Submit = true
		a, err := lib.Create(t.Context(), fixture.Bot, in)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, assets.BulkItem{AssetID: a.ID, Version: 1})
	}
	return items
}

// approveAll approves all items at once, and fails the test if one is refused.
func approveAll(t *testing.T, lib *assets.Library, items []assets.BulkItem) {
	t.Helper()
	results, err := lib.BulkReview(t.Context(), fixture.Ann, assets.BulkDecision{Action: assets.ActionApprove, Items: items})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
}

// TestBulkApprovalWritesNoWordsHOS07: a bulk approval runs no statement on the index of
// words, and searches among approved assets find them.
func TestBulkApprovalWritesNoWordsHOS07(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		sql, ok := db.(interface{ DB() *bun.DB })
		if !ok {
			t.Skip("it runs no statements")
		}
		index := new(indexStatements)
		st, err := store.New(sql.DB().WithQueryHook(index), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		lib := backends.Library(t, backends.Config(st, blob.NewMemory()))
		const n = 5
		items := drafts(t, lib, n, 64<<10)
		if index.since() < n {
			t.Fatal("the statements that index the texts are not seen")
		}
		approveAll(t, lib, items)
		if got := index.since(); got != 0 {
			t.Errorf("the approval ran %d statements on the index", got)
		}
		page, err := lib.List(t.Context(), fixture.Ann, assets.Query{Search: "w4321", Statuses: []assets.Status{assets.StatusApproved}})
		if err != nil || len(page.Items) != n {
			t.Errorf("%d of %d are found, %v", len(page.Items), n, err)
		}
	})
}

// TestVolumeBulkApprovalOfLongTextsHOS07: on a database that syncs, many assets with long
// texts are approved at once about as fast as those with short ones. All other writers of
// SQLite wait for a bulk approval.
func TestVolumeBulkApprovalOfLongTextsHOS07(t *testing.T) {
	n := 100
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		n = 500
	}
	const most = 10 // times as long
	lib := backends.Library(t, backends.FullSync().Config(t))
	var took [2]time.Duration
	for i, size := range []int{100, 64 << 10} {
		items := drafts(t, lib, n, size)
		began := time.Now()
		approveAll(t, lib, items)
		took[i] = time.Since(began)
	}
	t.Logf("%d short texts approved in %v, long ones in %v", n, took[0], took[1])
	if took[1] > most*took[0] {
		t.Errorf("long texts took %v, short ones %v", took[1], took[0])
	}
}
