package approval

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/10ex/assets"
)

// askRule asks the host's rule, in a goroutine of its own: a rule that does
// not honour ctx must not keep the asset locked.
func (p Policy) askRule(ctx context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error {
	if p.Rule == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	by.Scopes = slices.Clone(by.Scopes)
	answer := make(chan error, 1)
	shown := clone(a)
	go func() {
		verdict := errors.New("approval: the host's rule ended its goroutine")
		defer func() {
			if v := recover(); v != nil {
				verdict = fmt.Errorf("approval: the host's rule panicked: %v\n%s", v, debug.Stack())
			}
			answer <- verdict
		}()
		verdict = ruling(p.Rule(ctx, by, shown, r))
	}()
	select {
	case verdict := <-answer:
		if ctx.Err() == nil {
			return verdict
		}
	case <-ctx.Done():
	}
	return errors.New("approval: the host's rule outlived its context")
}

// ruling keeps a refusal and makes everything else an internal error that
// wraps nothing, so that no sentinel of the host's back ends passes as ours.
func ruling(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, assets.ErrRefused):
		return assets.Errorf(assets.ErrRefused, "%s", err.Error())
	}
	return errors.New("approval: the host's rule failed: " + err.Error())
}

// clone copies an asset with all it refers to.
func clone(a *assets.Asset) *assets.Asset {
	c := *a
	c.Provenance = cloneProvenance(a.Provenance)
	if a.Tags != nil {
		c.Tags = make(assets.Tags, len(a.Tags))
		for key, values := range a.Tags {
			c.Tags[key] = slices.Clone(values)
		}
	}
	c.Versions = slices.Clone(a.Versions)
	for i := range c.Versions {
		c.Versions[i].Provenance = cloneProvenance(c.Versions[i].Provenance)
	}
	c.Reviews = slices.Clone(a.Reviews)
	return &c
}

func cloneProvenance(p assets.Provenance) assets.Provenance {
	p.Parameters = slices.Clone(p.Parameters)
	p.DerivedFrom = slices.Clone(p.DerivedFrom)
	p.Inputs = slices.Clone(p.Inputs)
	return p
}
