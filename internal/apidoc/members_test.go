package apidoc_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/apidoc"
)

func TestMembersAreDescribed(t *testing.T) {
	t.Parallel()
	all := apidoc.Members()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		if m.Ref == "" && !strings.HasSuffix(m.Description, ".") {
			t.Errorf("%s: %q is not a sentence", name, m.Description)
		}
	}
}

func TestMembersHaveTheLimitsOfTheDomain(t *testing.T) {
	t.Parallel()
	all := apidoc.Members()
	for name, want := range map[string]int{
		"title": assets.MaxTitle, "run_id": assets.MaxHostID, "comment": assets.MaxComment, "text": assets.MaxTextBytes, "list_assets.q": assets.MaxSearch,
	} {
		if got := all[name].MaxLength; got == nil || *got != want {
			t.Errorf("%s: maximum length %v, want %d", name, got, want)
		}
	}
	if got := all["BulkBody.items"].MaxItems; got == nil || *got != assets.MaxBulkItems {
		t.Errorf("bulk items: %v", got)
	}
}

// Callers change what they get, so that it must not be shared.
func TestMembersAreACopy(t *testing.T) {
	t.Parallel()
	apidoc.Members()["title"].Description = "changed"
	if apidoc.Members()["title"].Description == "changed" {
		t.Error("two calls return the same schema")
	}
}
