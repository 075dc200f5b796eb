package assets_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

// TestTotalOfOneSnapshot: a page and its total agree although another asset is
// committed between them.
func TestTotalOfOneSnapshot(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		maker := library(t, cfg)
		cfg.Store = &interruptedStore{cfg.Store, func() { tagged(t, maker, ann, nil) }}
		lib := library(t, cfg)
		for before := range int64(3) {
			page, err := lib.List(t.Context(), ann, assets.Query{IncludeTotal: true})
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(page.Items)) != before || *page.Total != before {
				t.Errorf("%d assets with a total of %d, want %d", len(page.Items), *page.Total, before)
			}
		}
	})
}

// interruptedStore lets something happen after each list that it answers.
type interruptedStore struct {
	assets.Store
	after func()
}

func (s *interruptedStore) Assets(ctx context.Context, ws string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	defer s.after()
	return s.Store.Assets(ctx, ws, f, w)
}

func (s *interruptedStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.Store.View(ctx, func(r assets.Snapshot) error { return fn(&interruptedSnapshot{r, s.after}) })
}

type interruptedSnapshot struct {
	assets.Snapshot
	after func()
}

func (s *interruptedSnapshot) Assets(ctx context.Context, ws string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	defer s.after()
	return s.Snapshot.Assets(ctx, ws, f, w)
}
