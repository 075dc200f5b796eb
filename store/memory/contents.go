package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
)

// contents are the small contents. They are not part of a state: a key is written once, and
// nobody knows it before the version that has it is committed. Those of an Update that was
// cancelled at its very end stay, with keys that no version has.
type contents struct {
	mu    sync.Mutex
	byKey map[string][]byte
}

func (c *contents) add(more map[string][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = map[string][]byte{}
	}
	maps.Copy(c.byKey, more)
}

// having returns those of the keys that have a content.
func (c *contents) having(keys []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(keys, func(key string) bool { return c.byKey[key] == nil })
}

func (c *contents) remove(keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		delete(c.byKey, key)
	}
}

// ReadContents implements [assets.Contents].
func (s *Store) ReadContents(ctx context.Context, keys []string) (map[string][]byte, error) {
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	s.contents.mu.Lock()
	defer s.contents.mu.Unlock()
	found := map[string][]byte{}
	for _, key := range keys {
		if content, ok := s.contents.byKey[key]; ok {
			found[key] = bytes.Clone(content)
		}
	}
	return found, nil
}

// unnamed returns the keys that no version has any more.
func (s *state) unnamed(keys []string) []string {
	if len(keys) == 0 {
		return nil
	}
	return (&state{workspaces: s.workspaces}).unreferenced(keys, 0)
}
