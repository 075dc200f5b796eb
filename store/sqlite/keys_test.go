package sqlite_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/apikey"
)

func TestAUTH03NotingAUseDoesNotWait(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	if err := st.AddKey(t.Context(), apikey.Key{Prefix: "abcdefgh"}); err != nil {
		t.Fatal(err)
	}
	revoked := make(chan error, 1)
	err := st.RunInTx(t.Context(), func(context.Context, bun.Tx) error {
		go func() { revoked <- st.ChangeKey(t.Context(), "abcdefgh", apikey.Change{RevokedAt: 7}) }()
		start := time.Now()
		unavailable(t, st.ChangeKey(t.Context(), "abcdefgh", apikey.Change{LastUsedAt: 5}))
		if waited := time.Since(start); waited > 2*time.Second {
			t.Errorf("it waited %v for the writer", waited)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-revoked; err != nil {
		t.Errorf("a revocation waits for its turn: %v", err)
	}
	for _, c := range []apikey.Change{{LastUsedAt: 9}, {LastUsedAt: 8}, {RevokedAt: 10}} {
		if err := st.ChangeKey(t.Context(), "abcdefgh", c); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := st.Keys(t.Context(), apikey.Filter{})
	if err != nil || keys[0].RevokedAt != 7 || keys[0].LastUsedAt != 9 {
		t.Errorf("%+v, %v: want the first revocation and the latest use", keys, err)
	}
}
