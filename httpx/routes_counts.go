package httpx

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type countsInput struct{ filterInput }

func (in *countsInput) query() assets.CountQuery {
	return assets.CountQuery{Query: in.filterInput.query()}
}

func (in *countsInput) Validate() error {
	q := in.query()
	return q.Validate()
}

func (a *api) counts() rest.Route {
	op := readOperation("count_assets", "/counts")
	op.Group, op.Summary = groupAssets, "Count assets by status"
	op.Description = "Counts the assets that a list with these filters and without a status has on all its pages. `in_force` counts those of them that have an approved version, whatever the status of the current one. It reads every asset that matches, so it is as slow as there are assets; one that takes longer than a few seconds is 503."
	op.Response = assets.Counts{Draft: 12, PendingReview: 3, Approved: 40, Archived: 5, InForce: 41}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *countsInput) (rest.Reply[assets.Counts], error) {
			c, err := a.lib.Counts(ctx, by, in.query())
			return rest.Reply[assets.Counts]{Body: c}, err
		})
}
