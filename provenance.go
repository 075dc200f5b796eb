package assets

import (
	"context"
	"errors"
	"fmt"
)

// HostThing is a kind of thing of the host that assets refer to; see
// [Config].Exists.
type HostThing string

// The things of a host that assets refer to.
const (
	HostCampaign HostThing = "campaign"
	HostBrand    HostThing = "brand"
	HostBrief    HostThing = "brief"
)

// checkDerivedFrom checks that every version named in derived_from exists in the
// workspace.
func (l *Library) checkDerivedFrom(ctx context.Context, r Reader, workspace string, v Provenance) error {
	var p problems
	for i, ref := range v.DerivedFrom {
		_, err := r.Version(ctx, workspace, ref.AssetID, ref.Version)
		if errors.Is(err, ErrNotFound) {
			p.add(TypeReference, "no such version in this workspace", "provenance", "derived_from", i)
		} else if err != nil {
			return err
		}
	}
	return p.err()
}

// checkHostThings checks that the host has the things that an input names. It runs
// outside of any transaction, because a transaction must not wait for the host.
func (l *Library) checkHostThings(ctx context.Context, workspace string, campaign Optional, v Provenance) error {
	if l.cfg.Exists == nil {
		return nil
	}
	var p problems
	for _, named := range []struct {
		thing HostThing
		id    string
		loc   []any
	}{
		{HostCampaign, string(campaign), []any{"campaign_id"}},
		{HostBrand, v.BrandID, []any{"provenance", "brand_id"}},
		{HostBrief, v.BriefID, []any{"provenance", "brief_id"}},
	} {
		if named.id == "" {
			continue
		}
		ok, err := l.cfg.Exists(ctx, workspace, named.thing, named.id)
		if err != nil {
			return fmt.Errorf("asking the host for a %s: %w: %w", named.thing, ErrUnavailable, err)
		}
		if !ok {
			p.add(TypeReference, "no such "+string(named.thing)+" in this workspace", named.loc...)
		}
	}
	return p.err()
}
