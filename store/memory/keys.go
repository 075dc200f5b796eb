package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/10ex/assets/apikey"
)

// keyring holds API keys outside of the state, so that recording a key's use never
// waits for a writer.
type keyring struct {
	mu       sync.RWMutex
	byPrefix map[string]apikey.Key
}

// AddKey implements [apikey.Store].
func (s *Store) AddKey(ctx context.Context, k apikey.Key) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if _, taken := s.keys.byPrefix[k.Prefix]; taken {
		return fmt.Errorf("memory store: %w", apikey.ErrPrefixTaken)
	}
	s.keys.byPrefix[k.Prefix] = copyKey(k)
	return nil
}

// Keys implements [apikey.Store].
func (s *Store) Keys(ctx context.Context, f apikey.Filter) ([]apikey.Key, error) {
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	s.keys.mu.RLock()
	defer s.keys.mu.RUnlock()
	keys := []apikey.Key{}
	for _, k := range s.keys.byPrefix {
		if emptyOrEqual(f.Workspace, k.Workspace) && emptyOrEqual(f.Prefix, k.Prefix) {
			keys = append(keys, copyKey(k))
		}
	}
	slices.SortFunc(keys, func(a, b apikey.Key) int { return strings.Compare(a.Prefix, b.Prefix) })
	return keys, nil
}

// ChangeKey implements [apikey.Store].
func (s *Store) ChangeKey(ctx context.Context, prefix string, c apikey.Change) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	k, ok := s.keys.byPrefix[prefix]
	if !ok {
		return notFound("key %s", prefix)
	}
	if c.LastUsedAt != 0 {
		k.LastUsedAt = c.LastUsedAt
	}
	if k.RevokedAt == 0 {
		k.RevokedAt = c.RevokedAt
	}
	s.keys.byPrefix[prefix] = k
	return nil
}

func copyKey(k apikey.Key) apikey.Key {
	k.Scopes = slices.Clone(k.Scopes)
	return k
}
