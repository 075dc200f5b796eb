package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestFreezeReadsApprovedVersions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		fillCatalog(t, st) // 0, 2 and 4 are approved
		update(t, st, func(tx assets.Tx) error {
			for _, i := range []int{0, 2, 4} {
				id := sqltest.NewAsset(i).ID
				for _, approval := range []assets.Approval{assets.ApprovalWithdrawn, assets.ApprovalGiven} {
					if err := tx.PutVersion(t.Context(), "w", assets.Version{AssetID: id, Number: 1, Key: fmt.Sprint("key ", i), CRC32: 7, Approval: approval}); err != nil {
						return err
					}
				}
				for revision := range int64(3) {
					r := assets.Review{ID: sqltest.NewAsset(int(revision)).ID, AssetID: id, Version: 1, Revision: revision, Action: assets.ActionApprove, ToStatus: assets.StatusApproved}
					if revision == 2 {
						r.ToStatus = assets.StatusPendingReview // one approval of a quorum
					}
					if err := tx.AddReview(t.Context(), "w", r); err != nil {
						return err
					}
				}
			}
			return nil
		})
		refused := errors.New("refused")
		record := export.Record{ID: sqltest.NewAsset(9).ID, Workspace: "w"}
		err := st.Freeze(t.Context(), record, export.Quota{}, func(f export.Freezing) (export.Plan, error) {
			page, err := f.Approved(t.Context(), assets.Filter{}, assets.Window{Limit: 10, Ascending: true})
			var got []string
			for _, c := range page {
				got = append(got, fmt.Sprint(c.Key, " crc ", c.CRC32, " withdrawn ", c.Withdrawals, " approved by ", c.Approval.Revision))
			}
			want := []string{
				"key 0 crc 7 withdrawn 1 approved by 1", "key 2 crc 7 withdrawn 1 approved by 1", "key 4 crc 7 withdrawn 1 approved by 1",
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
			return export.Plan{}, refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("Freeze: %v, want the error of fn", err)
		}
	})
}

// TestFreezeThatFailsLeavesNothing writes more entries than one batch has, and fails
// because the plan has another number of them.
func TestFreezeThatFailsLeavesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 600
		entries := make([]export.Entry, n)
		for i := range entries {
			entries[i] = export.Entry{AssetID: bulkdata.ID(i), Version: 1}
			for section := range entries[i].At {
				entries[i].At[section] = int64(i)
			}
		}
		update(t, st, func(tx assets.Tx) error {
			return tx.PutVersion(t.Context(), bulkdata.Workspace, assets.Version{AssetID: bulkdata.ID(0), Number: 1, Key: "bulk"})
		})
		record := export.Record{ID: bulkdata.ID(n), Workspace: bulkdata.Workspace}
		freeze := func(items int64) error {
			return st.Freeze(t.Context(), record, export.Quota{}, func(f export.Freezing) (export.Plan, error) {
				return export.Plan{Items: items}, f.Add(t.Context(), entries)
			})
		}
		if err := freeze(n + 1); err == nil {
			t.Error("Freeze accepts a plan with more items than entries")
		}
		for _, table := range []string{"asset_exports", "asset_export_entries"} {
			var rows int
			if err := st.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &rows); err != nil || rows != 0 {
				t.Errorf("%s has %d rows, %v", table, rows, err)
			}
		}
		if err := freeze(n); err != nil {
			t.Error(err)
		}
	})
}
