package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestState(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		id, latest, err := st.State(t.Context())
		if err != nil || len(id) < 26 || latest != (blob.Mark{}) {
			t.Errorf("%q, %v, %v; want a random id and no mark", id, latest, err)
		}
		addEvents(t, st, 3)
		moved, err := st.MoveMark(t.Context(), blob.Mark{}, false)
		if err != nil || moved.Position != 3 {
			t.Errorf("moved to %v, %v; want the third event", moved, err)
		}
		if again, latest, err := st.State(t.Context()); err != nil || again != id || latest != moved {
			t.Errorf("%q, %v, %v; want the same id and the third event", again, latest, err)
		}
	})
}

// TestVolumeMoveMarkKeepsFewMarks: the row of asset_meta does not grow, and is written only if
// the marks change.
func TestVolumeMoveMarkKeepsFewMarks(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		recorded := func() (text string) {
			t.Helper()
			if err := st.DB().NewRaw("SELECT value FROM asset_meta WHERE name = 'marks'").Scan(t.Context(), &text); err != nil {
				t.Fatal(err)
			}
			return text
		}
		from := blob.Mark{}
		for range 40 {
			addEvents(t, st, 1)
			next, err := st.MoveMark(t.Context(), from, false)
			if err != nil || next.Position <= from.Position {
				t.Fatalf("from %v to %v, %v", from, next, err)
			}
			from = next
		}
		before := recorded()
		if again, err := st.MoveMark(t.Context(), from, false); err != nil || again != from || recorded() != before || len(before) > 2000 {
			t.Errorf("moved again to %v, %v; %d bytes recorded:\n%s\n%s", again, err, len(before), before, recorded())
		}
	})
}

// TestCondemn condemns more keys than one statement takes. Keys of a version, and of
// an upload that can still be used, are left out.
func TestCondemn(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 1100
		keys := make([]string, n)
		for i := range keys {
			keys[i] = fmt.Sprintf("key-%04d", i)
		}
		update(t, st, func(tx assets.Tx) error {
			for i, u := range []assets.Upload{
				{Key: keys[1], ExpiresAt: 10},
				{Key: keys[2], ExpiresAt: 10, UsedAt: 1}, // used
				{Key: keys[3], ExpiresAt: 5},             // expired
			} {
				u.ID, u.Workspace = sqltest.NewAsset(i).ID, "w"
				if err := tx.PutUpload(t.Context(), u); err != nil {
					return err
				}
			}
			return tx.PutVersion(t.Context(), "w", assets.Version{AssetID: sqltest.NewAsset(0).ID, Number: 1, Key: keys[0]})
		})
		putVersion := func() error {
			return st.Update(t.Context(), func(tx assets.Tx) error {
				return tx.PutVersion(t.Context(), "w", assets.Version{AssetID: sqltest.NewAsset(1).ID, Number: 1, Key: keys[n-1]})
			})
		}
		condemn := func(dry bool, want []string) {
			t.Helper()
			got, err := st.Condemn(t.Context(), keys, 5, dry)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("dry %v: %d keys, %v; want %d", dry, len(got), err, len(want))
			}
		}
		condemn(true, keys[2:])
		if err := putVersion(); err != nil {
			t.Errorf("after a dry run: %v", err)
		}
		condemn(false, keys[2:n-1])
		update(t, st, func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", sqltest.NewAsset(1).ID) })
		condemn(false, keys[2:])
		sqltest.CheckUnavailable(t, putVersion())
	})
}

func TestExpire(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		update(t, st, func(tx assets.Tx) error {
			for i := range 3 {
				at := assets.Time(i)
				if err := tx.PutRequest(t.Context(), "w", assets.Request{Key: fmt.Sprint(i), At: at}); err != nil {
					return err
				}
				if err := tx.PutUpload(t.Context(), assets.Upload{ID: sqltest.NewAsset(i).ID, Workspace: "w", ExpiresAt: at}); err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := st.Condemn(t.Context(), []string{"swept"}, 1, false); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			before assets.Time
			want   int
		}{{0, 0}, {1, 2}, {1, 0}, {2, 3}, {3, 2}} {
			if n, err := st.Expire(t.Context(), step.before); err != nil || n != step.want {
				t.Errorf("before %d: %d, %v; want %d", step.before, n, err, step.want)
			}
		}
	})
}
