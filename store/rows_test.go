package store_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestAssetIsReadAsItWasWritten stores assets with all fields and with as few as
// possible.
func TestAssetIsReadAsItWasWritten(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		least, most := sqltest.NewAsset(0), sqltest.NewAsset(1)
		most.CampaignID, most.ApprovedVersion, most.ApprovedAt, most.Submitted, most.EverApproved = "c", 1, 2, 3, true
		most.Tags = assets.Tags{"channel": {"web", "tv"}, "empty": {}}
		most.Provenance = assets.Provenance{
			AgentSlug: "agent", RunID: "run", TraceID: "trace", BrandID: "brand", BriefID: "brief", Model: "model",
			Parameters:  json.RawMessage(`{"b":1.50,"a":9007199254740993}`),
			DerivedFrom: []assets.Ref{{AssetID: least.ID, Version: 2}},
			Inputs:      []assets.Input{{Kind: "url", ID: "https://example.com/?a=1&b=2", SHA256: "00"}},
			SourceType:  "composite",
		}
		for _, want := range []*assets.Asset{least, most} {
			update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), want, nil) })
			got, err := st.Asset(t.Context(), "w", want.ID)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-stored +read):\n%s", err, diff)
			}
		}
	})
}

func TestMalformedListIsAnInternalError(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.MustPut(t, st, 0)
		for _, column := range []string{"tags", "derived_from", "inputs"} {
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_perspectives SET "+column+" = '{'"); err != nil {
				t.Fatal(err)
			}
			if _, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); assets.Code(err) != "internal_error" {
				t.Errorf("%s: %v, want an internal error", column, err)
			}
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_perspectives SET "+column+" = ''"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
