package bulkdata_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

// TestVolumeIndexOnPostgres: copied words are found as those that the library has indexed.
func TestVolumeIndexOnPostgres(t *testing.T) {
	t.Parallel()
	st := backends.Postgres(t)
	if err := bulkdata.Fill(t.Context(), st, st.DB(), filled); err != nil {
		t.Fatal(err)
	}
	if err := bulkdata.Index(t.Context(), st, st.DB()); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"n000000000002": bulkdata.Named, "campaign": filled, "campa": filled, "indexed": 0} {
		if got := count(t, st, assets.Filter{Words: []string{word}}); got != want {
			t.Errorf("%d assets have %s, want %d", got, word, want)
		}
	}
	if got := count(t, st, assets.Filter{}); got != filled {
		t.Errorf("%d assets, want %d", got, filled)
	}
}
