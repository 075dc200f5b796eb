package approval

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/10ex/assets"
)

// callRule calls the host's rule in a goroutine of its own, so that a rule
// that ignores ctx does not keep the asset locked.
func (p Policy) callRule(ctx context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error {
	if p.Rule == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	by.Scopes = slices.Clone(by.Scopes)
	result := make(chan error, 1)
	before := clone(a)
	go func() {
		err := errors.New("approval: the host's rule ended its goroutine")
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("approval: the host's rule panicked: %v\n%s", v, debug.Stack())
			}
			result <- err
		}()
		err = ruleError(p.Rule(ctx, by, before, r))
	}()
	select {
	case err := <-result:
		if ctx.Err() == nil {
			return err
		}
	case <-ctx.Done():
	}
	return errors.New("approval: the host's rule did not return before the end of its context")
}

// ruleError returns an error that wraps ErrRefused if err does. For any other
// error it returns an internal error that wraps nothing, so that no sentinel
// from the host's own back ends is taken for one of the Library.
func ruleError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, assets.ErrRefused):
		return assets.Errorf(assets.ErrRefused, "%s", err.Error())
	}
	return errors.New("approval: the host's rule failed: " + err.Error())
}

// clone returns a deep copy of an asset.
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
