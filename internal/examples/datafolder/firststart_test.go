package datafolder_test

import (
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/pgtest"
)

// start opens a folder as a server does and closes it.
func start(t *testing.T, args ...string) (firstKey string, keys int, err error) {
	t.Helper()
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	storage := datafolder.Storage(flags, servercmd.Serving)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	data, err := storage.Open(t.Context(), servercmd.Serving, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", 0, err
	}
	all, err := data.Store.Keys(t.Context(), apikey.Filter{})
	return data.FirstKey, len(all), errors.Join(err, data.Close())
}

// places returns the arguments that name a new folder, with a database in it and
// with one elsewhere.
func places(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{
		"sqlite":   {"-data", t.TempDir()},
		"postgres": {"-data", t.TempDir(), "-db", pgtest.Durable(t)},
	}
}

// TestVanishedSigningKeyHOS11: without its signing key a server that has API keys,
// also if all are revoked, starts only if it is told to make another one. It makes
// no second administrator.
func TestVanishedSigningKeyHOS11(t *testing.T) {
	t.Parallel()
	for name, args := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := filepath.Join(args[1], "signing.key")
			if first, _, err := start(t, args...); err != nil || first == "" {
				t.Fatalf("the first start: %q, %v", first, err)
			}
			old, err := os.ReadFile(key)
			if err == nil {
				err = os.Remove(key)
			}
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, _, err := start(t, args...)
				if err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "-new-signing-key") {
					t.Fatalf("a start without the signing key: %v", err)
				}
				if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("a refused start leaves a signing key: %v", err)
				}
			}
			revokeAll(t, args)
			if _, _, err := start(t, args...); err == nil {
				t.Error("with revoked keys the start succeeds")
			}
			renewed := append(slices.Clip(args), "-new-signing-key")
			for range 2 { // the flag may stay
				if first, keys, err := start(t, renewed...); err != nil || first != "" || keys != 1 {
					t.Errorf("with the flag: key %q, %d keys, %v", first, keys, err)
				}
			}
			if first, keys, err := start(t, args...); err != nil || first != "" || keys != 1 {
				t.Errorf("afterwards: key %q, %d keys, %v", first, keys, err)
			}
			if made, err := os.ReadFile(key); err != nil || string(made) == string(old) {
				t.Errorf("no other signing key: %v", err)
			}
		})
	}
}

// TestVanishedAttestKeyHOS11: without its key of attestations a server that has signed some
// starts only if it is told to make another one. One that has signed none makes it.
func TestVanishedAttestKeyHOS11(t *testing.T) {
	t.Parallel()
	for name, args := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := filepath.Join(args[1], "attest.key")
			for range 2 { // nothing is signed yet
				if _, _, err := start(t, args...); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(key); err != nil {
					t.Fatal(err)
				}
			}
			attestOne(t, args)
			for range 2 {
				_, _, err := start(t, args...)
				if err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "-new-attest-key") {
					t.Fatalf("a start without the key: %v", err)
				}
				if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("a refused start leaves a key: %v", err)
				}
			}
			renewed := append(slices.Clip(args), "-new-attest-key")
			for _, args := range [][]string{renewed, renewed, args} { // the flag may stay
				if first, _, err := start(t, args...); err != nil || first != "" {
					t.Errorf("%v: key %q, %v", args, first, err)
				}
			}
			if _, err := os.Stat(key); err != nil {
				t.Error(err)
			}
		})
	}
}

// attestOne adds a signed attestation.
func attestOne(t *testing.T, args []string) {
	t.Helper()
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	storage := datafolder.Storage(flags, servercmd.ManagingKeys)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	data, err := storage.Open(t.Context(), servercmd.ManagingKeys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	err = data.Store.Update(t.Context(), func(tx assets.Tx) error {
		return tx.AddAttestations(t.Context(), []assets.Attestation{{
			Workspace: "w", AssetID: "01970000-0000-7000-8000-000000000001", Version: 1, Revision: 1,
			EventID: "01970000-0000-7000-8000-000000000002", Statement: []byte("{}"), KeyID: "key", Signature: []byte("signature"),
		}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func revokeAll(t *testing.T, args []string) {
	t.Helper()
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	storage := datafolder.Storage(flags, servercmd.ManagingKeys)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	data, err := storage.Open(t.Context(), servercmd.ManagingKeys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	all, err := data.Store.Keys(t.Context(), apikey.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if err := data.Store.ChangeKey(t.Context(), k.Prefix, apikey.Change{RevokedAt: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFirstStartHOS11: a first start that was interrupted after it had made its API
// key, and one after keys were minted, are first starts.
func TestFirstStartHOS11(t *testing.T) {
	t.Parallel()
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		if first, _, err := start(t, "-data", folder); err != nil || first == "" {
			t.Fatalf("%q, %v", first, err)
		}
		// as a start leaves it that is killed before it creates the signing key
		if err := errors.Join(os.Remove(filepath.Join(folder, "signing.key")), os.WriteFile(filepath.Join(folder, "first-start"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if first, _, err := start(t, "-data", folder); err != nil || first == "" {
			t.Errorf("the second attempt: %q, %v", first, err)
		}
		if _, err := os.Stat(filepath.Join(folder, "first-start")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after the first start: %v", err)
		}
	})
	t.Run("minted before", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		data, err := open(t, folder, servercmd.MintingKeys)
		if err != nil {
			t.Fatal(err)
		}
		ring, err := apikey.New(apikey.Config{Store: data.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ring.Mint(t.Context(), apikey.NewKey{Workspace: "w", Owner: "o", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}); err != nil {
			t.Fatal(err)
		}
		if first, _, err := start(t, "-data", folder); err != nil || first == "" {
			t.Errorf("the first start: %q, %v", first, err)
		}
	})
}

// TestConcurrentFirstStartsHOS11: one of several first starts returns a key, the
// others start too, and only that key is in force.
func TestConcurrentFirstStartsHOS11(t *testing.T) {
	t.Parallel()
	for name, args := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var firsts int
			var starts sync.WaitGroup
			for range 6 {
				starts.Go(func() {
					first, _, err := start(t, args...)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if first != "" {
						firsts++
					}
				})
			}
			starts.Wait()
			if firsts != 1 {
				t.Errorf("%d starts are the first", firsts)
			}
			if name == "postgres" {
				return // open knows SQLite only
			}
			data, err := open(t, args[1], servercmd.Serving)
			if err != nil {
				t.Fatal(err)
			}
			ring, err := apikey.New(apikey.Config{Store: data.Store})
			if err != nil {
				t.Fatal(err)
			}
			if valid, err := ring.ListAll(t.Context()); err != nil || len(valid) != 1 {
				t.Errorf("%d keys in force, %v", len(valid), err)
			}
		})
	}
}
