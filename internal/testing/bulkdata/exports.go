package bulkdata

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// ExportStore is what Freeze writes to.
type ExportStore interface {
	assets.Store
	export.Store
}

// Freeze stores an export of n entries, with the id of the n-th asset, and returns
// the entries. Their assets, contents and attestations do not exist, and of their versions
// there is at least the first.
func Freeze(ctx context.Context, st ExportStore, n int) ([]export.Entry, error) {
	if _, err := st.Version(ctx, Workspace, ID(0), 1); errors.Is(err, assets.ErrNotFound) {
		err = st.Update(ctx, func(tx assets.Tx) error {
			return tx.PutVersion(ctx, Workspace, assets.Version{AssetID: ID(0), Number: 1, Key: "bulk"})
		})
		if err != nil {
			return nil, fmt.Errorf("bulkdata: %w", err)
		}
	}
	planner := export.NewPlanner(ID(n), "agent", 1)
	entries := make([]export.Entry, n)
	for i := range entries {
		var err error
		entries[i], err = planner.Add(export.Candidate{Key: "bulk", Asset: &assets.Asset{
			ID: ID(i), Version: 1, Type: assets.TypeCopy, Title: fmt.Sprint("Headline ", i),
			Content: assets.Content{MediaType: "text/plain", SizeBytes: 100, SHA256: strings.Repeat("0", 64)},
		}, Approval: assets.Review{Revision: 2}, Attestation: assets.Attestation{Revision: 2, Statement: []byte("{}"), KeyID: "key", Signature: []byte("signature")}})
		if err != nil {
			return nil, fmt.Errorf("bulkdata: %w", err)
		}
	}
	r := export.Record{ID: ID(n), Workspace: Workspace, CreatedBy: "agent", CreatedAt: 1, ExpiresAt: 2}
	return entries, st.Freeze(ctx, r, export.Quota{}, func(f export.Freezing) (export.Plan, error) {
		return planner.Plan(), f.Add(ctx, entries)
	})
}
