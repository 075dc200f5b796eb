package approval_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	agree := func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { return nil }
	for name, p := range map[string]approval.Policy{
		"default": {},
		"quorum":  {Quorum: 3},
		"strict":  {Quorum: 2, ForbidSelfApproval: true, RequireSubmit: true, Rule: agree},
		"guests":  {GuestsMayDecide: true, Quorum: 2, ForbidSelfApproval: true},
		"a guest": {GuestsMayDecide: true},
		"lenient": {Kinds: []assets.Kind{assets.KindAgent, assets.KindService}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestApprover(t, func(*testing.T) approval.Policy { return p })
		})
	}
}
