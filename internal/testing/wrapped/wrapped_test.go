package wrapped_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/webhook"
)

// wrapper is a Store of a host. It has the methods of assets.Store and Unwrap only.
type wrapper struct{ assets.Store }

func (w wrapper) Unwrap() assets.Store { return w.Store }

// host is a Library on a wrapped store, with an approved asset.
type host struct {
	*assets.Library
	inner *sqlite.Store
	blobs *blob.Memory
	made  *assets.Asset
}

func newHost(t *testing.T, attested bool) host {
	t.Helper()
	h := host{inner: backends.SQLite(t, store.Options{}), blobs: blob.NewMemory()}
	cfg := backends.Config(wrapper{h.inner}, h.blobs)
	cfg.SmallContents, cfg.SigningKeys = assets.MaxSmallContents, [][]byte{bytes.Repeat([]byte{7}, 32)}
	if attested {
		attester, err := attest.New(attest.Config{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Attest = attester
	}
	h.Library = backends.Library(t, cfg)
	made, err := h.Create(t.Context(), fixture.Ann, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	h.made, err = h.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// capabilities has a use of everything that a Store may have besides its own methods, by
// the name of the interface as it is given to assets.StoreAs.
var capabilities = map[string]func(ctx context.Context, h host) error{
	"Journal": func(ctx context.Context, h host) error {
		page, err := h.Events(ctx, fixture.Ann, assets.EventQuery{})
		return has(len(page.Items) == 2, err)
	},
	"EventNumberer": direct(assets.EventNumberer.NumberEvents),
	"Followers": func(ctx context.Context, h host) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		seen := 0
		err := h.Follow(ctx, "host", func(_ context.Context, events []assets.Event) error {
			seen += len(events)
			cancel()
			return nil
		})
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return has(seen > 0, err)
	},
	"OwnFollowers": func(ctx context.Context, h host) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		following := false
		err := h.inner.FollowTx(ctx, "effects", func(context.Context, bun.Tx, []assets.Event) error {
			following = slices.ContainsFunc(h.Following(), func(f assets.Following) bool { return f.Name == "effects" })
			cancel()
			return nil
		})
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return has(following, err)
	},
	"StoreIdentifier": func(ctx context.Context, h host) error {
		id, err := h.inner.StoreID(ctx)
		if err != nil {
			return err
		}
		statement, err := h.Attestation(ctx, fixture.Ann, h.made.ID, assets.SelectApproved)
		return has(bytes.Contains(statement.Statement, []byte(id)), err)
	},
	"Attestations": func(ctx context.Context, h host) error {
		statement, err := h.Attestation(ctx, fixture.Ann, h.made.ID, assets.SelectApproved)
		return has(len(statement.Signature) > 0, err)
	},
	"Gauged": func(_ context.Context, h host) error { return has(h.Stats().Store.OpenConnections > 0, nil) },
	"Writable": func(ctx context.Context, h host) error {
		if err := h.inner.DB().Close(); err != nil {
			return err
		}
		return has(h.Check(ctx) != nil, nil)
	},
	"Contents": func(ctx context.Context, h host) error {
		for o, err := range h.blobs.List(ctx, "") {
			return errors.Join(errors.New(o.Key+" is in the bucket"), err)
		}
		f, err := h.Open(ctx, fixture.Ann, h.made.ID, assets.SelectApproved)
		if err != nil {
			return err
		}
		return f.Close()
	},
	"WordIndexer": direct(assets.WordIndexer.IndexWords),
	"Filler":      direct(assets.Filler.Fill),
	"Purger": func(ctx context.Context, h host) error {
		purged, err := h.PurgeWorkspace(ctx, fixture.Ann.Workspace)
		return has(purged.Rows > 0, err)
	},
	"condemner": func(ctx context.Context, h host) error { // an object that no row refers to is deleted
		made, err := h.Create(ctx, fixture.Ann, fixture.Copy(strings.Repeat("x", assets.MaxSmallContents+1)))
		if err != nil {
			return err
		}
		if err := h.Delete(ctx, fixture.Ann, made.ID, nil); err != nil {
			return err
		}
		purged, err := h.PurgeWorkspace(ctx, fixture.Ann.Workspace)
		return has(purged.Objects == 1, err)
	},
	"export.Store": func(ctx context.Context, h host) error {
		x, err := export.New(export.Config{Library: h.Library})
		if err != nil {
			return err
		}
		made, err := x.Create(ctx, fixture.Ann, export.Request{})
		return has(made.Items == 1, err)
	},
	"record.Store": func(ctx context.Context, h host) error {
		hooks, err := webhook.New(webhook.Config{Library: h.Library})
		if err != nil {
			return err
		}
		made, err := hooks.Create(ctx, fixture.Ann, webhook.NewWebhook{URL: "https://hooks.example/assets"})
		return has(made.Secret != "", err)
	},
	"apikey.Store": func(ctx context.Context, h host) error {
		keys, ok := assets.StoreAs[apikey.Store](h.Store())
		if !ok {
			return errMissing
		}
		ring, err := apikey.New(apikey.Config{Store: keys})
		if err != nil {
			return err
		}
		secret, _, err := ring.Mint(ctx, apikey.NewKey{Workspace: "acme", Owner: "ann", Name: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}})
		if err != nil {
			return err
		}
		_, err = ring.Authenticate(ctx, secret)
		return err
	},
	"blob.Ledger": func(ctx context.Context, h host) error {
		if err := h.blobs.MoveMarker(ctx, h.Store()); err != nil {
			return err
		}
		ledger, ok := assets.StoreAs[blob.Ledger](h.Store())
		if !ok {
			return errMissing
		}
		_, err := blob.Sweep(ctx, blob.SweepConfig{Bucket: h.blobs, Ledger: ledger})
		return err
	},
}

var errMissing = errors.New("the wrapped store is not found to have it")

// has returns err, or errMissing unless found.
func has(found bool, err error) error {
	if err == nil && !found {
		return errMissing
	}
	return err
}

// direct uses a capability that only Library.Run uses, at times of its own.
func direct[T any](use func(T, context.Context) error) func(ctx context.Context, h host) error {
	return func(ctx context.Context, h host) error {
		found, ok := assets.StoreAs[T](h.Store())
		if !ok {
			return errMissing
		}
		return use(found, ctx)
	}
}

// TestCapabilities uses each capability of a store that is wrapped.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	for name, use := range capabilities {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := use(t.Context(), newHost(t, name == "StoreIdentifier" || name == "Attestations")); err != nil {
				t.Error(err)
			}
		})
	}
}

var asked = regexp.MustCompile(`\bStoreAs\[([\w.]+)\]\(`)

// TestCapabilitiesAreAll compares the table with what the packages of the module ask a
// Store for.
func TestCapabilitiesAreAll(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS("../../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || path == "internal" || path == "examples") {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(filepath.Join("../../..", path))
		if err != nil {
			return err
		}
		for _, m := range asked.FindAllSubmatch(source, -1) {
			name := strings.TrimPrefix(string(m[1]), "assets.")
			if pkg := filepath.Base(filepath.Dir(path)); name == "Store" || name == "Ledger" {
				name = pkg + "." + name
			}
			found[name] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(capabilities)), slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		t.Errorf("the table has %v, the source asks for %v", got, want)
	}
}
