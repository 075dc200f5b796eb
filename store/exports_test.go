package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestExports(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for _, n := range []int{2, 3, 4} { // the ids of the exports are those of the assets 2, 3 and 4
			if _, err := bulkdata.Freeze(t.Context(), st, n); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			workspace string
			before    assets.ID
			limit     int
			want      []int64 // the numbers of items
		}{
			{bulkdata.Workspace, "", 10, []int64{4, 3, 2}},
			{bulkdata.Workspace, "", 1, []int64{4}},
			{bulkdata.Workspace, bulkdata.ID(4), 10, []int64{3, 2}},
			{bulkdata.Workspace, "", 0, nil},
			{"other", "", 10, nil},
		} {
			records, err := st.Exports(t.Context(), c.workspace, c.before, c.limit)
			var got []int64
			for _, r := range records {
				got = append(got, r.Plan.Items)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s before %q, limit %d: %v, %v; want %v", c.workspace, c.before, c.limit, got, err, c.want)
			}
		}
		if _, err := st.Export(t.Context(), "other", bulkdata.ID(2)); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("of another workspace: %v, want ErrNotFound", err)
		}
	})
}

func TestEntries(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 5
		want, err := bulkdata.Freeze(t.Context(), st, n)
		if err != nil {
			t.Fatal(err)
		}
		for section := range export.SectionTagManifest + 1 {
			for i := range n {
				for at := range int64(2) { // where the entry begins, and within it
					got, err := st.Entries(t.Context(), bulkdata.Workspace, bulkdata.ID(n), section, want[i].At[section]+at, 2)
					if err != nil || len(got) != min(2, n-i) || got[0].AssetID != bulkdata.ID(i) {
						t.Errorf("section %d, entry %d+%d: %+v, %v", section, i, at, got, err)
					} else if (got[0].Document != nil) != (section == export.SectionMetadata) {
						t.Errorf("section %d: the document is %q", section, got[0].Document)
					}
				}
			}
		}
		if got, err := st.Entries(t.Context(), bulkdata.Workspace, bulkdata.ID(n), export.SectionPayload, 0, 0); err != nil || len(got) != 0 {
			t.Errorf("limit 0: %d entries, %v", len(got), err)
		}
		if _, err := st.Entries(t.Context(), bulkdata.Workspace, bulkdata.ID(n), export.SectionTagManifest+1, 0, 1); err == nil {
			t.Error("an unknown section is accepted")
		}
	})
}

func TestWithdrawalMakesAnExportStale(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 3
		if _, err := bulkdata.Freeze(t.Context(), st, n); err != nil {
			t.Fatal(err)
		}
		stale := func(want ...assets.Ref) {
			t.Helper()
			record, err := st.Export(t.Context(), bulkdata.Workspace, bulkdata.ID(n))
			if err != nil || record.Stale != (len(want) > 0) {
				t.Errorf("stale is %v, %v; want %v", record.Stale, err, len(want) > 0)
			}
			if got, err := st.StaleItems(t.Context(), bulkdata.Workspace, bulkdata.ID(n)); err != nil || !slices.Equal(got, want) {
				t.Errorf("stale items %v, %v; want %v", got, err, want)
			}
		}
		stale()
		for i, ref := range []assets.Ref{{AssetID: sqltest.NewAsset(9).ID, Version: 1}, {AssetID: bulkdata.ID(1), Version: 2}, {AssetID: bulkdata.ID(1), Version: 1}} {
			update(t, st, func(tx assets.Tx) error {
				return tx.PutVersion(t.Context(), bulkdata.Workspace, assets.Version{AssetID: ref.AssetID, Number: ref.Version, Approval: assets.ApprovalWithdrawn})
			})
			if i < 2 { // not in the export
				stale()
			} else {
				stale(ref)
			}
		}
	})
}
