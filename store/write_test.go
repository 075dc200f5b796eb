package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// tagRows returns the rows of asset_tags as perspective:key=value, with * if counted.
func tagRows(t *testing.T, st *store.Store) (rows []string) {
	t.Helper()
	err := st.DB().NewRaw("SELECT perspective || ':' || key || '=' || value || CASE counted WHEN 1 THEN '*' ELSE '' END FROM asset_tags").
		Scan(t.Context(), &rows)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

func TestPutAssetReplacesTags(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		put := func(tags assets.Tags, status assets.Status, inForce bool) {
			a := sqltest.NewAsset(0)
			a.Tags, a.Status = tags, status
			var b *assets.Asset
			if inForce {
				b = sqltest.NewAsset(0)
				b.Tags, b.Status = tags, assets.StatusApproved
			}
			update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, b) })
		}
		for _, step := range []struct {
			tags     assets.Tags
			status   assets.Status
			approved bool
			want     string
		}{
			{assets.Tags{"channel": {"web", "tv"}}, assets.StatusDraft, false, "current:channel= current:channel=tv* current:channel=web*"},
			{assets.Tags{"channel": {"web"}}, assets.StatusDraft, false, "current:channel= current:channel=web*"},
			{assets.Tags{"channel": {"web"}}, assets.StatusArchived, false, "current:channel= current:channel=web"},
			{assets.Tags{"channel": {"web"}}, assets.StatusDraft, true, "approved:channel= approved:channel=web current:channel= current:channel=web*"},
			{assets.Tags{"channel": {"web"}}, assets.StatusDraft, false, "current:channel= current:channel=web*"},
			{nil, assets.StatusDraft, false, ""},
		} {
			put(step.tags, step.status, step.approved)
			if got := strings.Join(tagRows(t, st), " "); got != step.want {
				t.Errorf("%v %s, approved %v: rows %q, want %q", step.tags, step.status, step.approved, got, step.want)
			}
		}
	})
}

func TestPutVersionChangesTheApprovalOnly(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		id := sqltest.NewAsset(0).ID
		for _, v := range []assets.Version{
			{AssetID: id, Number: 1, Key: "first", Words: "a"},
			{AssetID: id, Number: 1, Key: "second", Words: "b", Approval: assets.ApprovalGiven},
		} {
			update(t, st, func(tx assets.Tx) error { return tx.PutVersion(t.Context(), "w", v) })
		}
		got, err := st.Version(t.Context(), "w", id, 1)
		if err != nil || got.Key != "first" || got.Words != "a" || got.Approval != assets.ApprovalGiven {
			t.Errorf("%+v, %v; want the first version with the second approval", got, err)
		}
	})
}

func TestDeleteAssetLeavesNoRow(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		a := sqltest.NewAsset(0)
		a.Tags = assets.Tags{"channel": {"web"}}
		update(t, st, func(tx assets.Tx) error {
			for _, err := range []error{
				tx.PutAsset(t.Context(), a, a),
				tx.PutVersion(t.Context(), "w", assets.Version{AssetID: a.ID, Number: 1, Approval: assets.ApprovalWithdrawn}),
				tx.AddReview(t.Context(), "w", assets.Review{ID: a.ID, AssetID: a.ID}),
			} {
				if err != nil {
					return err
				}
			}
			return tx.DeleteAsset(t.Context(), "w", a.ID)
		})
		tables := []string{"asset_perspectives", "asset_tags", "asset_versions", "asset_reviews", "asset_withdrawals", "asset_unindexed", "asset_contents"}
		if st.DB().Dialect().Name().String() == "pg" {
			tables = append(tables, "asset_words")
		} else {
			tables = append(tables, "asset_indexed")
		}
		for _, table := range tables {
			var n int
			if err := st.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &n); err != nil || n != 0 {
				t.Errorf("%s has %d rows, %v", table, n, err)
			}
		}
	})
}
