package bulkdata

import (
	"context"
	"fmt"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Freeze stores an export of n entries, with the id of the n-th asset, and returns
// the entries. Their assets and contents do not exist.
func Freeze(ctx context.Context, st export.Store, n int) ([]export.Entry, error) {
	planner := export.NewPlanner(ID(n), "agent", 1)
	entries := make([]export.Entry, n)
	for i := range entries {
		var err error
		entries[i], err = planner.Add(export.Candidate{Key: "bulk", Asset: &assets.Asset{
			ID: ID(i), Version: 1, Type: assets.TypeCopy, Title: fmt.Sprint("Headline ", i),
			Content: assets.Content{MediaType: "text/plain", SizeBytes: 100, SHA256: strings.Repeat("0", 64)},
		}})
		if err != nil {
			return nil, fmt.Errorf("bulkdata: %w", err)
		}
	}
	r := export.Record{ID: ID(n), Workspace: Workspace, CreatedBy: "agent", CreatedAt: 1, ExpiresAt: 2}
	return entries, st.Freeze(ctx, r, export.Quota{}, func(f export.Freezing) (export.Plan, error) {
		return planner.Plan(), f.Add(ctx, entries)
	})
}
