package apikey_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/store/memory"
)

// TestKeysAgainstModel lets several processes use keys of two workspaces in
// random order, and compares every result with that of a simple model.
func TestKeysAgainstModel(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func() apikey.Store{
		"map":    func() apikey.Store { return new(mapStore) },
		"memory": func() apikey.Store { return memory.New() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				m := &model{clock: newClock()}
				store := open()
				m.rings = []*apikey.Ring{newRing(t, store, m.clock), newRing(t, store, m.clock)}
				rt.Repeat(map[string]func(*rapid.T){
					"mint": m.mint, "authenticate": m.authenticate, "revoke": m.revoke, "wait": m.wait, "list": m.list,
				})
			})
		})
	}
}

type model struct {
	clock *clock
	rings []*apikey.Ring
	keys  []mintedKey
}

// mintedKey is what the model knows of a key.
type mintedKey struct {
	bearer  string
	key     apikey.Key
	revoked bool
}

func (m *model) ring(t *rapid.T) *apikey.Ring { return rapid.SampledFrom(m.rings).Draw(t, "process") }

func (m *model) pick(t *rapid.T) *mintedKey {
	if len(m.keys) == 0 {
		t.Skip("no key yet")
	}
	return &m.keys[rapid.IntRange(0, len(m.keys)-1).Draw(t, "key")]
}

func workspaces() *rapid.Generator[string] { return rapid.SampledFrom([]string{"acme", "globex"}) }

func (m *model) mint(t *rapid.T) {
	in := newKey()
	in.Workspace = workspaces().Draw(t, "workspace")
	if rapid.Bool().Draw(t, "expires") {
		in.ExpiresAt = assets.TimeOf(m.clock.now()).Add(time.Minute)
	}
	bearer, k, err := m.ring(t).Mint(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	m.keys = append(m.keys, mintedKey{bearer: bearer, key: k})
}

func (m *model) authenticate(t *rapid.T) {
	f := m.pick(t)
	actor, err := m.ring(t).Authenticate(t.Context(), f.bearer)
	expired := f.key.ExpiresAt != 0 && assets.TimeOf(m.clock.now()) >= f.key.ExpiresAt
	switch {
	case f.revoked || expired:
		if err != assets.ErrUnauthorized {
			t.Fatalf("revoked %t, expired %t: %v", f.revoked, expired, err)
		}
	case err != nil:
		t.Fatal(err)
	case actor.Workspace != f.key.Workspace || actor.KeyPrefix != assets.Optional(f.key.Prefix):
		t.Fatalf("%+v is the actor of %+v", actor, f.key)
	default:
		now := assets.TimeOf(m.clock.now())
		if last := f.key.LastUsedAt; last == 0 || now >= last.Add(time.Minute) {
			f.key.LastUsedAt = now
		}
	}
}

func (m *model) revoke(t *rapid.T) {
	f, workspace := m.pick(t), workspaces().Draw(t, "workspace")
	err := m.ring(t).Revoke(t.Context(), workspace, f.key.Prefix)
	if workspace != f.key.Workspace {
		if err != assets.ErrNotFound {
			t.Fatalf("another workspace's key: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	f.revoked = true
}

func (m *model) wait(t *rapid.T) {
	m.clock.move(time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds")) * time.Second)
}

func (m *model) list(t *rapid.T) {
	workspace := workspaces().Draw(t, "workspace")
	want := []apikey.Key{}
	for _, f := range m.keys {
		if f.key.Workspace == workspace && !f.revoked {
			want = append(want, f.key)
		}
	}
	slices.SortFunc(want, func(a, b apikey.Key) int { return slices.Compare([]byte(a.Prefix), []byte(b.Prefix)) })
	got, err := m.ring(t).List(t.Context(), workspace)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}
