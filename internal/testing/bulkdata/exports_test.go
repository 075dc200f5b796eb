package bulkdata_test

import (
	"testing"

	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

func TestFreeze(t *testing.T) {
	t.Parallel()
	st := open(t)
	const n = 20
	entries, err := bulkdata.Freeze(t.Context(), st, n)
	if err != nil || len(entries) != n {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	record, err := st.Export(t.Context(), bulkdata.Workspace, bulkdata.ID(n))
	if err != nil || record.Plan.Items != n || record.Stale {
		t.Errorf("%+v, %v", record, err)
	}
	got, err := st.Entries(t.Context(), bulkdata.Workspace, bulkdata.ID(n), export.SectionPayload, entries[7].At[export.SectionPayload], 1)
	if err != nil || len(got) != 1 || got[0].AssetID != bulkdata.ID(7) {
		t.Errorf("%+v, %v; want the eighth entry", got, err)
	}
}
