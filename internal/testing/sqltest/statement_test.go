package sqltest_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

func TestLastStatement(t *testing.T) {
	t.Parallel()
	got := sqltest.LastStatement(t, open(t).DB(), func(st assets.Store) error {
		if _, err := st.Count(t.Context(), "first", assets.Filter{}); err != nil {
			return err
		}
		_, err := st.Count(t.Context(), "last", assets.Filter{})
		return err
	})
	if !strings.HasPrefix(got, "SELECT") || !strings.Contains(got, "'last'") {
		t.Errorf("got %s", got)
	}
}
