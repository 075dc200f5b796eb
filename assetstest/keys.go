package assetstest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// TestKeys tests an [apikey.Store]. open is as for [TestStore].
func TestKeys[S apikey.Store](t *testing.T, open func(t *testing.T) S) {
	for _, c := range keyCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&keysT{T: t, Store: open(t)})
		})
	}
}

// keysT is a subtest with its own store.
type keysT struct {
	*testing.T
	apikey.Store
}

var keyCases = []struct {
	name string
	run  func(*keysT)
}{
	{"every field comes back", func(t *keysT) {
		want := []apikey.Key{sampleKey("00000000", "w"), {Prefix: "11111111", Workspace: "w", Kind: assets.KindUser}}
		for i, s := range verbatim() {
			k := sampleKey(string([]byte{'2', '2', '2', '2', '2', '2', 'a' + byte(i/26), 'a' + byte(i%26)}), s)
			k.Name, k.Owner = s, s
			want = append(want, k)
		}
		t.add(want...)
		t.keysAre(apikey.Filter{}, want...)
		for _, k := range want {
			t.keysAre(apikey.Filter{Prefix: k.Prefix}, k)
		}
		for _, k := range want[2:] {
			t.keysAre(apikey.Filter{Workspace: k.Workspace}, k)
		}
	}},
	{"a taken prefix is refused", func(t *keysT) {
		t.add(sampleKey("aaaaaaaa", "w"))
		for _, workspace := range []string{"w", "x"} {
			k := sampleKey("aaaaaaaa", workspace)
			k.Name = "second"
			if err := t.AddKey(t.Context(), k); !errors.Is(err, apikey.ErrPrefixTaken) {
				t.Errorf("in workspace %s: %v, want ErrPrefixTaken", workspace, err)
			}
		}
		t.keysAre(apikey.Filter{}, sampleKey("aaaaaaaa", "w"))
	}},
	{"one of many keys with one prefix is taken", func(t *keysT) {
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = t.AddKey(t.Context(), sampleKey("aaaaaaaa", "w")) })
		}
		wg.Wait()
		added := 0
		for _, err := range errs {
			if err == nil {
				added++
			} else if !errors.Is(err, apikey.ErrPrefixTaken) {
				t.Errorf("%v, want ErrPrefixTaken", err)
			}
		}
		if added != 1 {
			t.Errorf("added %d times, want once", added)
		}
	}},
	{"filters select, by prefix", func(t *keysT) {
		a, b, c := sampleKey("aaaaaaaa", "w"), sampleKey("bbbbbbbb", "W"), sampleKey("cccccccc", "w")
		b.RevokedAt = 0
		t.add(c, a, b)
		t.keysAre(apikey.Filter{}, a, b, c)
		t.keysAre(apikey.Filter{Workspace: "w"}, a, c)
		t.keysAre(apikey.Filter{Workspace: "w", Prefix: "cccccccc"}, c)
		t.keysAre(apikey.Filter{Workspace: "w", Prefix: "bbbbbbbb"})
		t.keysAre(apikey.Filter{Prefix: "aaaa"})
		t.keysAre(apikey.Filter{Prefix: "AAAAAAAA"})
	}},
	{"a change touches its key and its fields only", func(t *keysT) {
		a, b := sampleKey("aaaaaaaa", "w"), sampleKey("bbbbbbbb", "w")
		a.RevokedAt = 0
		t.add(a, b)
		t.change("aaaaaaaa", apikey.Change{})
		t.keysAre(apikey.Filter{}, a, b)
		a.LastUsedAt = baseTime + 500
		t.change("aaaaaaaa", apikey.Change{LastUsedAt: a.LastUsedAt})
		t.keysAre(apikey.Filter{}, a, b)
		a.RevokedAt = baseTime + 600
		t.change("aaaaaaaa", apikey.Change{RevokedAt: a.RevokedAt})
		t.keysAre(apikey.Filter{}, a, b)
		t.change("aaaaaaaa", apikey.Change{RevokedAt: baseTime + 700})
		t.change("aaaaaaaa", apikey.Change{RevokedAt: baseTime})
		t.keysAre(apikey.Filter{}, a, b)
		if err := t.ChangeKey(t.Context(), "cccccccc", apikey.Change{LastUsedAt: 1}); !absent(err) {
			t.Errorf("unknown prefix: %v, want ErrNotFound", err)
		}
	}},
	{"results and arguments are copies", func(t *keysT) {
		given, want := sampleKey("aaaaaaaa", "w"), sampleKey("aaaaaaaa", "w")
		t.add(given)
		given.Scopes[0] = "scribbled"
		for range 2 {
			got := t.keysAre(apikey.Filter{}, want)
			got[0].Scopes[0] = "scribbled"
		}
	}},
	{"a change does not wait for a writer AUTH03", changeDuringUpdate},
	{"noting a use never undoes a revocation AUTH02", func(t *keysT) {
		for i := range 10 {
			k := sampleKey(string([]byte{'a', 'a', 'a', 'a', 'a', 'a', 'a', '0' + byte(i)}), "w")
			k.RevokedAt = 0
			t.add(k)
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					err := t.ChangeKey(t.Context(), k.Prefix, apikey.Change{LastUsedAt: baseTime + 9})
					if err != nil && !errors.Is(err, assets.ErrUnavailable) {
						t.Error(err)
					}
				})
			}
			t.change(k.Prefix, apikey.Change{RevokedAt: baseTime + 8})
			wg.Wait()
			got, err := t.Keys(t.Context(), apikey.Filter{Prefix: k.Prefix})
			if err != nil || len(got) != 1 || got[0].RevokedAt != baseTime+8 {
				t.Fatalf("after a revocation beside three uses: %v, %v", got, err)
			}
		}
	}},
}

// changeDuringUpdate changes a key while an Update of the same store holds the
// writer's lock. It skips stores that keep keys only.
func changeDuringUpdate(t *keysT) {
	rows, ok := t.Store.(assets.Store)
	if !ok {
		t.Skip("the keys are kept apart from the rows")
	}
	k := sampleKey("aaaaaaaa", "w")
	t.add(k)
	changed := make(chan error, 1)
	err := rows.Update(t.Context(), func(tx assets.Tx) error {
		if err := tx.AddEvent(t.Context(), sampleEvent("w", 1)); err != nil {
			return err
		}
		go func() { changed <- t.ChangeKey(t.Context(), k.Prefix, apikey.Change{LastUsedAt: baseTime + 9}) }()
		select {
		case err := <-changed:
			if err != nil && !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%v, want ErrUnavailable or success", err)
			}
		case <-time.After(maxWait / 4):
			t.Error("ChangeKey waits for the writer")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := t.Keys(t.Context(), apikey.Filter{Workspace: "w"})
	if err != nil || len(keys) != 1 {
		t.Errorf("afterwards: %d keys, %v", len(keys), err)
	}
}

// add inserts keys that must be accepted.
func (t *keysT) add(keys ...apikey.Key) {
	t.Helper()
	for _, k := range keys {
		if err := t.AddKey(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
}

// change applies a change, and repeats it while the store is unavailable.
func (t *keysT) change(prefix string, c apikey.Change) {
	t.Helper()
	for {
		err := t.ChangeKey(t.Context(), prefix, c)
		if err == nil {
			return
		}
		if !errors.Is(err, assets.ErrUnavailable) || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// keysAre checks and returns what a filter selects.
func (t *keysT) keysAre(f apikey.Filter, want ...apikey.Key) []apikey.Key {
	t.Helper()
	got, err := t.Keys(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(got, func(a, b apikey.Key) int { return strings.Compare(a.Prefix, b.Prefix) }) {
		t.Errorf("keys of %+v are not in the order of their prefix", f)
	}
	if d := difference(got, want); d != "" {
		t.Fatalf("keys of %+v differ:\n%s", f, d)
	}
	return got
}

// sampleKey returns a revoked key with a value in every field.
func sampleKey(prefix, workspace string) apikey.Key {
	k := apikey.Key{
		Prefix:     prefix,
		Name:       "deploy",
		Workspace:  workspace,
		Owner:      "ann",
		Kind:       assets.KindAgent,
		Scopes:     []assets.Scope{assets.ScopeWrite, assets.ScopeRead},
		CreatedAt:  baseTime,
		LastUsedAt: baseTime + 1,
		ExpiresAt:  baseTime + 2,
		RevokedAt:  baseTime + 3,
	}
	for i := range k.SecretSHA256 {
		k.SecretSHA256[i] = byte(i * 9)
	}
	return k
}
