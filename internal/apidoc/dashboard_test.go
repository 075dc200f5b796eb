package apidoc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/apidoc"
)

// The filters of the counts are those of a list.
func TestCountParameters(t *testing.T) {
	t.Parallel()
	all := apidoc.Members()
	for _, name := range []string{"type", "q", "created_before"} {
		list, counts := all["list_assets."+name], all["count_assets."+name]
		if list == nil || counts == nil || list.Description != counts.Description {
			t.Errorf("%s: %v and %v", name, list, counts)
		}
	}
}

func TestDiffMembers(t *testing.T) {
	t.Parallel()
	all := apidoc.Members()
	for _, name := range []string{"Diff.from", "Diff.segments"} {
		m := all[name]
		if null := len(m.AnyOf) == 2 && m.AnyOf[1].Type == "null" || cmp.Equal(m.Types, []string{"array", "null"}); !null {
			t.Errorf("%s is never null: %+v", name, m)
		}
	}
}
