package sqltest_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// TestSQLiteFilesHaveTheirOwnIDs opens two copies of the file.
func TestSQLiteFilesHaveTheirOwnIDs(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for range 2 {
		st, err := sqlite.OpenExisting(t.Context(), sqltest.SQLite(t), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		id, last, err := st.State(t.Context())
		if err != nil || last.Position != 0 || len(id) < 26 {
			t.Errorf("%q, %v, %v", id, last, err)
		}
		ids[id] = true
	}
	if len(ids) != 2 {
		t.Errorf("both files have the id %v", ids)
	}
}
