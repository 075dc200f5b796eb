package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	assetstest.TestLedger(t, open)
}

func TestDryCondemnChangesNothing(t *testing.T) {
	t.Parallel()
	s := memory.New()
	for _, dry := range []bool{true, false} {
		if keys, err := s.Condemn(t.Context(), []string{"key"}, 1, dry); err != nil || len(keys) != 1 {
			t.Errorf("dry %v: %v, %v", dry, keys, err)
		}
		want := 1
		if dry {
			want = 0
		}
		if n, err := s.Expire(t.Context(), 2); err != nil || n != want {
			t.Errorf("dry %v: %d records expired, %v; want %d", dry, n, err, want)
		}
	}
}
