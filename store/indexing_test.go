package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

const longText = 60_000 // bytes

// leaveUnindexed makes the long text of an asset wait again, as a process leaves it that is
// killed between the commit and the index.
func leaveUnindexed(t *testing.T, st *store.Store, a *assets.Asset) {
	t.Helper()
	_, err := st.DB().ExecContext(t.Context(),
		"INSERT INTO asset_unindexed (workspace, id, version, stamp, at) VALUES (?, ?, ?, 'killed', ?)",
		a.Workspace, a.ID, a.Version, assets.TimeOf(time.Now().Add(-time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, st.DB(), "DELETE FROM asset_words")
}

func wantBehind(t *testing.T, st *store.Store, least, most time.Duration) {
	t.Helper()
	if behind, err := st.WordsBehind(t.Context()); err != nil || behind < least || behind > most {
		t.Errorf("behind by %v, %v; want from %v to %v", behind, err, least, most)
	}
}

// TestLongTextsAreLeftToTheNext: a text that a killed process has left is found after
// IndexWords, after Migrate, and after the next call with a long text.
func TestLongTextsAreLeftToTheNext(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		a := putText(t, st, 0, text("first", longText))
		for name, next := range map[string]func(){
			"IndexWords": func() {
				if err := st.IndexWords(t.Context()); err != nil {
					t.Error(err)
				}
			},
			"Migrate": func() {
				if err := store.Migrate(t.Context(), st.DB()); err != nil {
					t.Error(err)
				}
			},
			"the next long text": func() { putText(t, st, 1, text("second", longText)) },
		} {
			wantBehind(t, st, 0, 0)
			leaveUnindexed(t, st, a)
			wantBehind(t, st, time.Minute, time.Hour)
			if n := matches(t, st, false, "first"); n != 0 {
				t.Fatalf("%d matches before", n)
			}
			next()
			wantBehind(t, st, 0, 0)
			if n := matches(t, st, false, "first"); n != 1 {
				t.Errorf("%s: %d matches", name, n)
			}
		}
	})
}

// TestLongTextsInTheHostsTransaction: nobody indexes after the host's commit, so the text
// is indexed before.
func TestLongTextsInTheHostsTransaction(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		rollBack := errors.New("roll back")
		for i, end := range []error{rollBack, nil} {
			err := st.RunInTx(t.Context(), func(_ context.Context, tx bun.Tx) error {
				putText(t, st.In(tx), i, text("hosted", longText))
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			wantBehind(t, st, 0, 0)
			if n := matches(t, st, false, "hosted"); n != i {
				t.Errorf("%d matches, want %d", n, i)
			}
		}
	})
}

// TestLongTextsChangeWhileTheyAreIndexed: calls that change the title of one asset with a
// long text, beside others that index, leave it found by its last title only, and texts of
// others are found as soon as their call has returned.
func TestLongTextsChangeWhileTheyAreIndexed(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		a := putText(t, st, 0, text("changing", longText))
		ctx, stop := context.WithCancel(t.Context())
		var others sync.WaitGroup
		others.Go(func() {
			for ctx.Err() == nil {
				if err := st.IndexWords(ctx); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		const writers, edits = 2, 4
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range edits {
					title := fmt.Sprintf("title%dx%d", w, i)
					err := st.Update(ctx, func(tx assets.Tx) error {
						now, err := tx.Asset(ctx, a.Workspace, a.ID)
						if err != nil {
							return err
						}
						now.Title = title
						return tx.PutAsset(ctx, now, nil)
					})
					if err != nil {
						t.Error(err)
					}
				}
				other := fmt.Sprintf("other%d", w)
				putText(t, st, 1+w, text(other, longText))
				if n := matches(t, st, false, other); n != 1 {
					t.Errorf("%d matches of %s", n, other)
				}
			})
		}
		writing.Wait()
		stop()
		others.Wait()
		if err := st.IndexWords(t.Context()); err != nil {
			t.Fatal(err)
		}
		last, err := st.Asset(t.Context(), a.Workspace, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for w := range writers {
			for i := range edits {
				title, want := fmt.Sprintf("title%dx%d", w, i), 0
				if title == last.Title {
					want = 1
				}
				if n := matches(t, st, false, title, "changing"); n != want {
					t.Errorf("%d matches of %s, want %d; the last title is %s", n, title, want, last.Title)
				}
			}
		}
		if strings.TrimSpace(last.Title) == "" {
			t.Error("no title")
		}
	})
}

// transactions is a query hook that counts the statements of each transaction that contain
// a text.
type transactions struct {
	text string

	mu     sync.Mutex
	open   int
	counts []int
}

// BeforeQuery implements [bun.QueryHook].
func (*transactions) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements [bun.QueryHook].
func (c *transactions) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case strings.Contains(e.Query, c.text):
		c.open++
	case e.Query == "COMMIT" && c.open > 0:
		c.counts, c.open = append(c.counts, c.open), 0
	}
}

// TestLongTextsAreIndexedInShortTransactions: a transaction ends with the text with which
// it has written 128 KiB of the index.
func TestLongTextsAreIndexedInShortTransactions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const texts = 10
		var all []*assets.Asset
		for i := range texts {
			all = append(all, putText(t, st, i, text(fmt.Sprint("word", i), 15_000)))
		}
		for _, a := range all {
			leaveUnindexed(t, st, a)
		}
		c := &transactions{text: "DELETE FROM asset_unindexed"}
		counted, err := store.New(st.DB().WithQueryHook(c), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := counted.IndexWords(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantBehind(t, st, 0, 0)
		sum := 0
		for _, n := range c.counts {
			sum += n
		}
		if sum != texts || slices.Max(c.counts) > texts/2 {
			t.Errorf("transactions index %v texts, want a part of %d in each", c.counts, texts)
		}
	})
}
