package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// text returns words of about the given number of bytes that begin with a word.
func text(word string, size int) string {
	var b strings.Builder
	b.WriteString(word)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, " w%d", i)
	}
	return b.String()
}

// putText stores the i-th asset with one version.
func putText(t *testing.T, st assets.Store, i int, words string) *assets.Asset {
	t.Helper()
	a := sqltest.NewAsset(i)
	put := func(tx assets.Tx) error {
		if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: a.ID, Number: 1, Words: words}); err != nil {
			return err
		}
		return tx.PutAsset(t.Context(), a, nil)
	}
	if err := st.Update(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	return a
}

// indexState describes everything that makes versions searchable: it changes with every
// write to that.
func indexState(t *testing.T, db *bun.DB) string {
	t.Helper()
	queries := []string{
		"SELECT coalesce(group_concat(id || ' ' || hex(block)), '') FROM (SELECT * FROM asset_words_data ORDER BY id)",
		"SELECT coalesce(group_concat(document || id || version), '') FROM asset_indexed",
	}
	if db.Dialect().Name() == dialect.PG {
		queries = []string{"SELECT coalesce(string_agg(ctid || ' ' || xmin || ' ' || xmax, ','), '') FROM asset_words"}
	}
	queries = append(queries, "SELECT CAST(count(*) AS TEXT) FROM asset_unindexed")
	var all []string
	for _, query := range queries {
		var state string
		if err := db.NewRaw(query).Scan(t.Context(), &state); err != nil {
			t.Fatal(err)
		}
		all = append(all, state)
	}
	return strings.Join(all, "\n")
}

// TestApprovalWritesNoWords: an approval, its withdrawal and a change of the status leave
// the search index as it is, whether the text is short or long, and searches follow them.
func TestApprovalWritesNoWords(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for i, words := range []string{text("short", 100), text("long", 60_000)} {
			a := putText(t, st, i, words)
			word, _, _ := strings.Cut(words, " ")
			before := indexState(t, st.DB())
			inForce := *a
			inForce.Status = assets.StatusApproved
			for _, approved := range []*assets.Asset{&inForce, nil, &inForce} {
				a.Revision++
				a.Status = assets.StatusDraft
				want := 0
				if approved != nil {
					a.Status, want = assets.StatusApproved, 1
				}
				update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, approved) })
				if indexState(t, st.DB()) != before {
					t.Errorf("%s, approved %v: the index was written", word, approved != nil)
				}
				if got := matches(t, st, true, word); got != want {
					t.Errorf("%s: %d matches in the approved perspective, want %d", word, got, want)
				}
				if got := matches(t, st, false, word); got != 1 {
					t.Errorf("%s: %d matches in the current perspective", word, got)
				}
			}
		}
	})
}

// TestVersionsAreIndexedOnce: there is one document for each version that a perspective
// shows, and none for any other.
func TestVersionsAreIndexedOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		table := "asset_indexed"
		if st.DB().Dialect().Name() == dialect.PG {
			table = "asset_words"
		}
		a := putText(t, st, 0, text("first", 100))
		step := func(name string, version, approved assets.Number, want string) {
			t.Helper()
			a.Version, a.CurrentVersion, a.ApprovedVersion = version, version, approved
			var shown *assets.Asset
			if approved > 0 {
				copied := *a
				copied.Version, shown = approved, &copied
			}
			update(t, st, func(tx assets.Tx) error {
				v := assets.Version{AssetID: a.ID, Number: version, Words: fmt.Sprintf("version%d", version)}
				if err := tx.PutVersion(t.Context(), "w", v); err != nil {
					return err
				}
				return tx.PutAsset(t.Context(), a, shown)
			})
			var versions []string
			if err := st.DB().NewRaw("SELECT CAST(version AS TEXT) FROM "+table+" ORDER BY version").Scan(t.Context(), &versions); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(versions, " "); got != want {
				t.Errorf("%s: versions %s are indexed, want %s", name, got, want)
			}
		}
		step("approved", 1, 1, "1")
		step("a draft", 2, 1, "1 2")
		step("another draft", 3, 1, "1 3")
		step("approved again", 3, 3, "3")
		step("a draft after that", 4, 3, "3 4")
		step("withdrawn", 4, 0, "4")
	})
}
