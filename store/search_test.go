package store_test

import (
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func execute(t *testing.T, db *bun.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// matches returns the number of assets of workspace w that have the words.
func matches(t *testing.T, st assets.Store, approved bool, words ...string) int {
	t.Helper()
	list, err := st.Assets(t.Context(), "w", assets.Filter{Words: words, Approved: approved}, assets.Window{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestSearch(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		a := sqltest.NewAsset(0)
		a.Title, a.Tags = "Été à Paris", assets.Tags{"channel": {"web"}}
		a.Version, a.CurrentVersion = 2, 2
		shown := *a
		shown.Version = 1
		update(t, st, func(tx assets.Tx) error {
			for n, words := range []string{"winter text", "body text"} {
				v := assets.Version{AssetID: a.ID, Number: assets.Number(n + 1), Words: words}
				if err := tx.PutVersion(t.Context(), "w", v); err != nil {
					return err
				}
			}
			return tx.PutAsset(t.Context(), a, &shown)
		})
		for _, c := range []struct {
			words    []string
			approved bool
			want     int
		}{
			{[]string{"ete"}, false, 1},
			{[]string{"paris", "et"}, false, 1}, // the last is a prefix
			{[]string{"par", "ete"}, false, 0},  // the others are not
			{[]string{"body", "paris"}, false, 1},
			{[]string{"winter"}, false, 0},
			{[]string{"winter"}, true, 1},
			{[]string{"body"}, true, 0},
			{[]string{"paris", "text"}, true, 1},
			{[]string{}, false, 0},
			{nil, false, 1},
		} {
			if got := matches(t, st, c.approved, c.words...); got != c.want && c.words != nil {
				t.Errorf("%q, approved %v: %d matches, want %d", c.words, c.approved, got, c.want)
			}
		}
		update(t, st, func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", a.ID) })
		if n := matches(t, st, false, "paris"); n != 0 {
			t.Errorf("%d matches after the deletion", n)
		}
	})
}

// TestBeginningsOfWords: every beginning of a word finds it, and nothing else does.
func TestBeginningsOfWordsHOS06(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for i, title := range []string{"a", "ab", "abc", "abcd", "abcde", "ābcdef", "б", "бвгде", "pabc", "東京"} {
			a := sqltest.NewAsset(i)
			a.Title = title
			update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) })
		}
		for word, want := range map[string]int{
			"a": 6, "ab": 5, "abc": 4, "abcd": 3, "abcde": 2, "abcdef": 1, "abcdefg": 0,
			"б": 2, "бв": 1, "бвг": 1, "бвгд": 1, "p": 1, "pa": 1, "pabcd": 0, "東": 1, "京": 1, "東京": 1, "c": 0,
		} {
			if got := matches(t, st, false, word); got != want {
				t.Errorf("%s: %d matches, want %d", word, got, want)
			}
			if got := matches(t, st, false, word, word); got > want {
				t.Errorf("%s twice: %d matches", word, got)
			}
		}
	})
}
