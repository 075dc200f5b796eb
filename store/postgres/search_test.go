package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// multiply makes n rows of the one that is there, titled
// "common group<0…999> own<i>", as an older library left them.
func multiply(t *testing.T, db *bun.DB, n int) {
	t.Helper()
	var columns []string
	err := db.NewRaw("SELECT attname FROM pg_attribute WHERE attrelid = 'asset_perspectives'::regclass AND attnum > 0 ORDER BY attnum").Scan(t.Context(), &columns)
	if err != nil {
		t.Fatal(err)
	}
	number := "lpad(to_hex(i), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0')"
	values := strings.NewReplacer(
		",id,", ","+number+",",
		",title,", ",'common group' || i % 1000 || ' own' || i,",
	).Replace(strings.Join(columns, ","))
	for _, query := range []string{
		fmt.Sprintf("INSERT INTO asset_perspectives (%s) SELECT %s FROM asset_perspectives, generate_series(0, %d) AS numbers (i)", strings.Join(columns, ","), values, n-1),
		"DELETE FROM asset_search",
		"INSERT INTO asset_meta (name, value) VALUES ('search_pending', '')",
	} {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

// TestVolumeSearchPlans: of 100,000 assets, made searchable by Migrate, a page
// of what is found is one statement that reads the words' index and looks up
// what that names.
func TestVolumeSearchPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return tx.PutAsset(t.Context(), newAsset(0), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	multiply(t, st.DB(), 100_000)
	if _, err := store.New(st.DB(), store.Options{Relaxed: true}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("rows that are not searchable: %v, want ErrSchema", err)
	}
	if err := store.Migrate(t.Context(), st.DB()); err != nil {
		t.Fatal(err)
	}
	t.Run("never analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
}

func searchPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	for _, c := range []struct {
		words   []string
		finds   int // of a page
		matches float64
	}{
		{[]string{"own77777"}, 1, 1},
		{[]string{"common", "group7", "own7"}, 12, 12},
		{[]string{"group77", "common"}, pageLimit, 100},
		{[]string{"group77"}, pageLimit, 11 * 100}, // and group770 to 779
		{[]string{"missing"}, 0, 0},
	} {
		for _, w := range []assets.Window{{Limit: pageLimit}, {Limit: pageLimit, Ascending: true}} {
			plain := assets.Filter{Words: c.words}
			full := plain
			full.Types, full.Since = []assets.Type{assets.TypeCopy}, "0"
			for _, f := range []assets.Filter{plain, full} {
				e := explain(t, db, func(st assets.Store) error {
					page, err := st.Assets(t.Context(), "w", f, w)
					if len(page) != c.finds {
						t.Errorf("%v: %d on the page, want %d", c.words, len(page), c.finds)
					}
					return err
				})
				switch {
				case !e.walks("asset_search_words"), e.most("Seq Scan") >= 0:
					t.Fatalf("%v: the plan does not read the index of words:\n%s", c.words, e.text)
				case e.most("Gather") >= 0:
					t.Fatalf("%v: several processes are started to read the index:\n%s", c.words, e.text)
				case e.read() > 2*c.matches+pageLimit: // in the index, in its table, and looked up
					t.Errorf("%v: %v rows were read for %v matches:\n%s", c.words, e.read(), c.matches, e.text)
				}
			}
		}
	}
}
