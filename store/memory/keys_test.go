package memory_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	assetstest.TestKeys(t, open)
}

// TestKeysDoNotWaitForAWriter changes a key within an Update.
func TestKeysDoNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	s := memory.New()
	if err := s.AddKey(t.Context(), apikey.Key{Prefix: "abcdefgh"}); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(assets.Tx) error {
		return s.ChangeKey(context.WithoutCancel(t.Context()), "abcdefgh", apikey.Change{LastUsedAt: 5})
	})
	if keys, _ := s.Keys(t.Context(), apikey.Filter{}); err != nil || len(keys) != 1 || keys[0].LastUsedAt != 5 {
		t.Errorf("%+v, %v", keys, err)
	}
}

func TestKeysAreCopies(t *testing.T) {
	t.Parallel()
	s := memory.New()
	scopes := []assets.Scope{assets.ScopeAll}
	if err := s.AddKey(t.Context(), apikey.Key{Prefix: "abcdefgh", Scopes: scopes}); err != nil {
		t.Fatal(err)
	}
	scopes[0] = "changed"
	for range 2 {
		keys, err := s.Keys(t.Context(), apikey.Filter{})
		if err != nil || len(keys) != 1 || keys[0].Scopes[0] != assets.ScopeAll {
			t.Fatalf("%+v, %v", keys, err)
		}
		keys[0].Scopes[0] = "changed"
	}
}
