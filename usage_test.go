package assets_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestUsageTEN06 counts what one of two workspaces takes.
func TestUsageTEN06(t *testing.T) {
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		usage := func(by assets.Actor, want assets.Usage) {
			t.Helper()
			got, err := lib.Usage(t.Context(), by)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		usage(ann, assets.Usage{ByType: map[assets.Type]assets.UsageCount{}})
		id := erasable(t, lib) // 22 bytes, 14, 22 that are shared
		blog := fixture.Copy("12345")
		blog.Type = assets.TypeBlog
		if _, err := lib.Create(t.Context(), ann, blog); err != nil {
			t.Fatal(err)
		}
		other := ann
		other.Workspace = "other"
		if _, err := lib.Create(t.Context(), other, fixture.Copy("123")); err != nil {
			t.Fatal(err)
		}
		blogs := assets.UsageCount{Assets: 1, Versions: 1, Bytes: 5}
		usage(ann, assets.Usage{Assets: 2, Versions: 4, Bytes: 41, ByType: map[assets.Type]assets.UsageCount{
			assets.TypeCopy: {Assets: 1, Versions: 3, Bytes: 36}, assets.TypeBlog: blogs,
		}})
		usage(other, assets.Usage{Assets: 1, Versions: 1, Bytes: 3, ByType: map[assets.Type]assets.UsageCount{assets.TypeCopy: {Assets: 1, Versions: 1, Bytes: 3}}})
		if _, err := lib.Erase(t.Context(), ann, id, 1, "r"); err != nil {
			t.Fatal(err)
		}
		usage(ann, assets.Usage{Assets: 2, Versions: 4, Bytes: 19, ByType: map[assets.Type]assets.UsageCount{
			assets.TypeCopy: {Assets: 1, Versions: 3, Bytes: 14}, assets.TypeBlog: blogs,
		}})
		writer := ann
		writer.Scopes = []assets.Scope{assets.ScopeWrite}
		if _, err := lib.Usage(t.Context(), writer); assets.Code(err) != "forbidden_scope" {
			t.Errorf("without the scope: %v", err)
		}
	})
}
