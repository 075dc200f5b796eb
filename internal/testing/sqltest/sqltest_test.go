package sqltest_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

func open(t *testing.T) *store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.InMemory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st.Store
}

// failures is a testing.TB that counts errors.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Errorf(string, ...any) { f.n++ }

func TestCheckStored(t *testing.T) {
	t.Parallel()
	st := open(t)
	sqltest.MustPut(t, st, 0)
	sqltest.MustPut(t, st, 2)
	for _, c := range []struct {
		stored []int
		errors int
	}{{[]int{0, 2}, 0}, {[]int{0}, 1}, {[]int{0, 1, 2}, 1}, {[]int{1}, 3}} {
		f := &failures{TB: t}
		if sqltest.CheckStored(f, st, 3, c.stored...); f.n != c.errors {
			t.Errorf("%v: %d errors, want %d", c.stored, f.n, c.errors)
		}
	}
}

func TestCheckUnavailable(t *testing.T) {
	t.Parallel()
	f := &failures{TB: t}
	sqltest.CheckUnavailable(f, nil)
	sqltest.CheckUnavailable(f, store.ErrSchema)
	if f.n != 2 {
		t.Errorf("%d errors, want 2", f.n)
	}
}

func TestIDsAscend(t *testing.T) {
	t.Parallel()
	for i := range 1100 {
		if a, b := sqltest.NewAsset(i).ID, sqltest.NewAsset(i+1).ID; a >= b {
			t.Fatalf("%s is not less than %s", a, b)
		}
	}
}
