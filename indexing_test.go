package assets_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

// behindStore is a store with a text that has waited to be indexed.
type behindStore struct {
	*memory.Store
	behind  time.Duration
	index   func(ctx context.Context) error
	indexed int
}

func (s *behindStore) WordsBehind(context.Context) (time.Duration, error) { return s.behind, nil }

func (s *behindStore) IndexWords(ctx context.Context) error {
	s.indexed++
	return s.index(ctx)
}

// TestSearchesIndexWhatIsLeft: lists and counts by words index what has waited for longer
// than half a second, and nothing else does. A search does not fail when that fails or
// hangs, and the next one tries again.
func TestSearchesIndexWhatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &behindStore{Store: memory.New(), index: func(context.Context) error { return nil }}
		cfg := assetstest.Config()
		cfg.Store, cfg.Logger = s, slog.New(slog.NewTextHandler(&log, nil))
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		by := assetstest.User("w", "ann")
		search := func(words string, indexed int) {
			t.Helper()
			before, q := s.indexed, assets.Query{Search: words}
			if _, err := lib.List(t.Context(), by, q); err != nil {
				t.Error(err)
			}
			if _, err := lib.Counts(t.Context(), by, assets.CountQuery{Query: q}); err != nil {
				t.Error(err)
			}
			if n := s.indexed - before; n != indexed {
				t.Errorf("a list and counts of %q, behind by %v: indexed %d times, want %d", words, s.behind, n, indexed)
			}
		}
		search("word", 0)
		s.behind = 500 * time.Millisecond
		search("word", 0)
		s.behind++
		search("word", 2)
		search("", 0)
		search("!", 0)
		if log.Len() > 0 {
			t.Errorf("logged: %s", &log)
		}

		s.index = func(context.Context) error { return errors.New("no space") }
		search("word", 2)
		if !strings.Contains(log.String(), "no space") {
			t.Errorf("logged: %s", &log)
		}
		s.index = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		began := time.Now()
		search("word", 2)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("two searches took %v while indexing hangs", took)
		}
	})
}
