package modeltest_test

import (
	"maps"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
)

// compareAllowed compares what Library.Allowed returns for each action on the
// current version with what the model's review would return. The steps compare
// Review itself.
func (d *run) compareAllowed(by assets.Actor, as oracle.Actor, id assets.ID) {
	d.Helper()
	permissions, err := d.lib.Allowed(d.ctx, by, id)
	a := d.model.Assets[string(id)]
	if a == nil || a.Workspace != as.Workspace {
		if code := assets.Code(err); code != "not_found" {
			d.failf("Allowed on an asset that does not exist: %q", code)
		}
		return
	}
	want := map[string]string{}
	for _, action := range []string{"submit", "approve", "request_changes", "archive", "reopen"} {
		current := oracle.Decision{
			Action: action, Version: a.Current(), SHA256: a.Versions[a.Current()-1].SHA256, Comment: "why",
		}
		want[action] = d.model.Would(as, string(id), current)
		if want[action] == oracle.Unchanged {
			want[action] = oracle.OK
		}
	}
	if code := assets.Code(err); code == "internal_error" && slices.Contains(slices.Collect(maps.Values(want)), code) {
		return // the host's rule is broken
	}
	if err != nil || len(permissions) != len(want) {
		d.failf("Allowed returns %d permissions, %v", len(permissions), err)
	}
	for _, p := range permissions {
		if got := assets.Code(p.Err); got != want[string(p.Action)] {
			d.failf("Allowed returns %q for %s, the model %q", fixture.OrOK(got), p.Action, fixture.OrOK(want[string(p.Action)]))
		}
	}
}
