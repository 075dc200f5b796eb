package main

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// launch approves a hero and adds its campaign in one transaction.
func (h *host) launch(ctx context.Context, campaign string, hero *assets.Asset) error {
	return h.store.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		bound := h.lib.With(h.store.In(tx)) // inside, no other Library
		approved, err := bound.Review(ctx, editor, hero.ID, assets.Decision{
			Action: assets.ActionApprove, Version: hero.Version, SHA256: hero.Content.SHA256,
		})
		if err != nil {
			return err
		}
		return addCampaign(ctx, tx, campaign, approved)
	})
}

// announce adds a campaign although the agent's approval of the hero is refused: the
// refusal changes nothing, and the host's transaction continues. It returns the code
// of the refusal.
func (h *host) announce(ctx context.Context, campaign string, hero *assets.Asset) (refused string, err error) {
	err = h.store.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := h.lib.With(h.store.In(tx)).Review(ctx, agent, hero.ID, assets.Decision{Action: assets.ActionApprove, Version: hero.Version})
		if !errors.Is(err, assets.ErrKindCannotApprove) {
			return errors.Join(errors.New("the agent was not refused"), err)
		}
		refused = assets.Code(err)
		return addCampaign(ctx, tx, campaign, hero)
	})
	return refused, err
}

func addCampaign(ctx context.Context, tx bun.Tx, name string, hero *assets.Asset) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO campaigns (name, asset_id, version) VALUES (?, ?, ?)", name, hero.ID, hero.Version)
	return err
}
