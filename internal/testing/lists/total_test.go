package lists_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestTotalOfSnapshot: a page and its total agree although another asset is
// committed between the two queries.
func TestTotalOfSnapshot(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		maker := backends.Library(t, cfg)
		cfg.Store = &interruptedStore{cfg.Store, func() {
			if _, err := maker.Create(t.Context(), fixture.Ann, fixture.Copy("another")); err != nil {
				t.Fatal(err)
			}
		}}
		lib := backends.Library(t, cfg)
		for before := range int64(3) {
			page, err := lib.List(t.Context(), fixture.Ann, assets.Query{IncludeTotal: true})
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(page.Items)) != before || *page.Total != before {
				t.Errorf("%d assets with a total of %d, want %d", len(page.Items), *page.Total, before)
			}
		}
	})
}

// interruptedStore calls after at the end of each Assets.
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
