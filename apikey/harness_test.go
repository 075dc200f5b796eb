package apikey_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// mapStore is a store that counts calls and can be made to fail.
type mapStore struct {
	mu      sync.Mutex
	keys    map[string]apikey.Key
	reads   int
	changes []apikey.Change // attempted, including failed ones

	onAdd, onKeys func() error
	onChange      func(context.Context) error
}

func (s *mapStore) AddKey(_ context.Context, k apikey.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onAdd != nil {
		if err := s.onAdd(); err != nil {
			return err
		}
	}
	if _, taken := s.keys[k.Prefix]; taken {
		return apikey.ErrPrefixTaken
	}
	if s.keys == nil {
		s.keys = map[string]apikey.Key{}
	}
	s.keys[k.Prefix] = k
	return nil
}

func (s *mapStore) Keys(_ context.Context, f apikey.Filter) ([]apikey.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.onKeys != nil {
		if err := s.onKeys(); err != nil {
			return nil, err
		}
	}
	var found []apikey.Key
	for _, k := range s.keys {
		if (f.Workspace == "" || k.Workspace == f.Workspace) && (f.Prefix == "" || k.Prefix == f.Prefix) {
			found = append(found, k)
		}
	}
	slices.SortFunc(found, func(a, b apikey.Key) int { return cmp.Compare(a.Prefix, b.Prefix) })
	return found, nil
}

func (s *mapStore) ChangeKey(ctx context.Context, prefix string, c apikey.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes = append(s.changes, c)
	if s.onChange != nil {
		if err := s.onChange(ctx); err != nil {
			return err
		}
	}
	k, ok := s.keys[prefix]
	if !ok {
		return assets.ErrNotFound
	}
	k.LastUsedAt = cmp.Or(c.LastUsedAt, k.LastUsedAt)
	k.RevokedAt = cmp.Or(k.RevokedAt, c.RevokedAt)
	s.keys[prefix] = k
	return nil
}

// clock is a clock that only moves when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newRing(t *testing.T, s apikey.Store, c *clock) *apikey.Ring {
	t.Helper()
	r, err := apikey.New(apikey.Config{Store: s, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// newKey returns valid input of Mint.
func newKey() apikey.NewKey {
	return apikey.NewKey{
		Workspace: "acme", Owner: "ada", Name: "laptop",
		Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	}
}

func mint(t *testing.T, r *apikey.Ring, in apikey.NewKey) (string, apikey.Key) {
	t.Helper()
	bearer, k, err := r.Mint(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return bearer, k
}

const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// forge returns a bearer with a correct checksum. That needs no knowledge of
// any key.
func forge(prefix string, secret [32]byte) string {
	sum := crc32.ChecksumIEEE([]byte(prefix + string(secret[:])))
	return "tnx_" + prefix + "_" + inBase62(new(big.Int).SetBytes(secret[:]), 43) + inBase62(big.NewInt(int64(sum)), 6)
}

func inBase62(n *big.Int, width int) string {
	text := make([]byte, width)
	rest, digit, base := new(big.Int).Set(n), new(big.Int), big.NewInt(62)
	for i := range text {
		rest.DivMod(rest, base, digit)
		text[width-1-i] = base62[digit.Int64()]
	}
	return string(text)
}

// secretOf returns the random bits of a bearer.
func secretOf(t *testing.T, bearer string) [32]byte {
	t.Helper()
	n := new(big.Int)
	for _, c := range bearer[13:56] {
		n.Mul(n, big.NewInt(62)).Add(n, big.NewInt(int64(strings.IndexRune(base62, c))))
	}
	return [32]byte(n.FillBytes(make([]byte, 32)))
}

func secretDigest(t *testing.T, bearer string) [32]byte {
	t.Helper()
	secret := secretOf(t, bearer)
	return sha256.Sum256(secret[:])
}

// prefixFrom returns a prefix that begins with a short word.
func prefixFrom(word string) string { return (word + "00000000")[:8] }
