package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestAddKey(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		key := apikey.Key{Prefix: "abcdefgh", Workspace: "w", Scopes: []assets.Scope{assets.ScopeAll}}
		if err := st.AddKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		key.Workspace = "other"
		if err := st.AddKey(t.Context(), key); !errors.Is(err, apikey.ErrPrefixTaken) {
			t.Errorf("a second key with the prefix: %v, want ErrPrefixTaken", err)
		}
		for f, want := range map[apikey.Filter]int{{}: 1, {Workspace: "w"}: 1, {Workspace: "other"}: 0, {Prefix: "abcdefgh"}: 1, {Prefix: "x"}: 0} {
			if keys, err := st.Keys(t.Context(), f); err != nil || len(keys) != want {
				t.Errorf("%+v: %d keys, %v; want %d", f, len(keys), err, want)
			}
		}
	})
}

func TestKeysReportsMalformedRows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for _, set := range []string{"scopes = 'x'", "secret_sha256 = 'x'", "secret_sha256 = '00'"} {
			if _, err := st.DB().ExecContext(t.Context(), "DELETE FROM asset_keys"); err != nil {
				t.Fatal(err)
			}
			if err := st.AddKey(t.Context(), apikey.Key{Prefix: "abcdefgh"}); err != nil {
				t.Fatal(err)
			}
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_keys SET "+set); err != nil {
				t.Fatal(err)
			}
			if _, err := st.Keys(t.Context(), apikey.Filter{}); assets.Code(err) != "internal_error" {
				t.Errorf("%s: %v, want an internal error", set, err)
			}
		}
	})
}

func TestChangeKeyOfNoKey(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if err := st.ChangeKey(t.Context(), "abcdefgh", apikey.Change{LastUsedAt: 1}); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// TestRecordingAUseDoesNotWaitAUTH03 holds the write lock of SQLite: recording a use
// gives up soon, and a revocation waits.
func TestRecordingAUseDoesNotWaitAUTH03(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", testRecordingAUseDoesNotWait)
}

func testRecordingAUseDoesNotWait(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, store.Options{})
	if err := st.AddKey(t.Context(), apikey.Key{Prefix: "abcdefgh"}); err != nil {
		t.Fatal(err)
	}
	revoked := make(chan error, 1)
	err := st.RunInTx(t.Context(), func(context.Context, bun.Tx) error {
		go func() { revoked <- st.ChangeKey(t.Context(), "abcdefgh", apikey.Change{RevokedAt: 7}) }()
		start := time.Now()
		sqltest.CheckUnavailable(t, st.ChangeKey(t.Context(), "abcdefgh", apikey.Change{LastUsedAt: 5}))
		if waited := time.Since(start); waited > 2*time.Second {
			t.Errorf("it waited %v for the writer", waited)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-revoked; err != nil {
		t.Errorf("the revocation: %v", err)
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
