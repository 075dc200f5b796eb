package httpx_test

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
)

// watched is a database that notes what it is asked, apart from keys, and
// fails when it is told to.
type watched struct {
	backends.Database
	asked []string
	fail  func(method string) error
}

func (w *watched) ask(method string) error {
	w.asked = append(w.asked, method)
	if w.fail != nil {
		return w.fail(method)
	}
	return nil
}

func (w *watched) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	if err := w.ask("View"); err != nil {
		return err
	}
	return w.Database.View(ctx, fn)
}

func (w *watched) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return w.Database.Update(ctx, func(tx assets.Tx) error {
		if err := w.ask("Update"); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (w *watched) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	if err := w.ask("Asset"); err != nil {
		return nil, err
	}
	return w.Database.Asset(ctx, workspace, id)
}

func (w *watched) Assets(ctx context.Context, workspace string, f assets.Filter, win assets.Window) ([]*assets.Asset, error) {
	if err := w.ask("Assets"); err != nil {
		return nil, err
	}
	return w.Database.Assets(ctx, workspace, f, win)
}

func (w *watched) Freeze(ctx context.Context, r export.Record, fn func(export.Freezing) (export.Plan, error)) error {
	if err := w.ask("Freeze"); err != nil {
		return err
	}
	return w.Database.Freeze(ctx, r, fn)
}

func (w *watched) Export(ctx context.Context, workspace string, id assets.ID) (export.Record, error) {
	if err := w.ask("Export"); err != nil {
		return export.Record{}, err
	}
	return w.Database.Export(ctx, workspace, id)
}

func (w *watched) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	if err := w.ask("Exports"); err != nil {
		return nil, err
	}
	return w.Database.Exports(ctx, workspace, before, limit)
}
