package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestUpload(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		id := sqltest.NewAsset(0).ID
		upload := assets.Upload{
			ID: id, Workspace: "w", CreatedBy: "ann", CreatedAt: 1, ExpiresAt: 2,
			Declared: assets.Content{MediaType: "text/plain", SizeBytes: -1, Filename: "a.txt"},
		}
		put := func(u assets.Upload) error {
			return st.Update(t.Context(), func(tx assets.Tx) error { return tx.PutUpload(t.Context(), u) })
		}
		arrived := upload
		arrived.Key, arrived.CRC32, arrived.Text, arrived.JSON, arrived.UsedAt = "key", 1<<32-1, true, true, 3
		arrived.Content = assets.Content{MediaType: "application/json", SizeBytes: 4, SHA256: "00"}
		for _, want := range []assets.Upload{upload, arrived} {
			if err := put(want); err != nil {
				t.Fatal(err)
			}
			got, err := st.Upload(t.Context(), "w", id)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-stored +read):\n%s", err, diff)
			}
		}
		if _, err := st.Upload(t.Context(), "other", id); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("of another workspace: %v, want ErrNotFound", err)
		}
		if _, err := st.Condemn(t.Context(), []string{"swept"}, 1, false); err != nil {
			t.Fatal(err)
		}
		arrived.Key = "swept"
		sqltest.CheckUnavailable(t, put(arrived))
	})
}
