package assets_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestCounts counts assets of several statuses, campaigns and agents.
func TestCounts(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		create := func(by assets.Actor, typ assets.Type, campaign, agent string, actions ...assets.Action) assets.ID {
			t.Helper()
			in := fixture.Copy("text")
			in.Type, in.CampaignID, in.Provenance.AgentSlug = typ, assets.Optional(campaign), agent
			made, err := lib.Create(t.Context(), by, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, action := range actions {
				if _, err := lib.Review(t.Context(), by, made.ID, assets.Decision{Action: action, Version: 1}); err != nil {
					t.Fatal(err)
				}
			}
			return made.ID
		}
		create(fixture.Ann, assets.TypeCopy, "spring", "writer")
		create(fixture.Ann, assets.TypeCopy, "spring", "writer", assets.ActionSubmit)
		create(fixture.Ann, assets.TypeBlog, "autumn", "", assets.ActionApprove)
		newer := create(fixture.Ann, assets.TypeCopy, "", "writer", assets.ActionApprove)
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, newer, assets.NewVersion{Text: "newer", Provenance: assets.Provenance{AgentSlug: "editor"}}); err != nil {
			t.Fatal(err)
		}
		create(fixture.Ann, assets.TypeCopy, "spring", "writer", assets.ActionApprove, assets.ActionArchive)
		other := fixture.Ann
		other.Workspace = "other"
		create(other, assets.TypeCopy, "spring", "writer", assets.ActionApprove)

		check := func(q assets.CountQuery, want assets.Counts) {
			t.Helper()
			got, err := lib.Counts(t.Context(), fixture.Ann, q)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%+v: %v (-want +got):\n%s", q, err, diff)
			}
		}
		all := assets.Counts{Draft: 2, PendingReview: 1, Approved: 1, Archived: 1, InForce: 2}
		check(assets.CountQuery{}, all)
		check(assets.CountQuery{Query: assets.Query{Limit: 1, IncludeTotal: true, Ascending: true, Cursor: "ignored"}}, all)
		check(assets.CountQuery{Query: assets.Query{CampaignID: "spring"}}, assets.Counts{Draft: 1, PendingReview: 1, Archived: 1})
		check(assets.CountQuery{Query: assets.Query{AgentSlug: "editor"}}, assets.Counts{Draft: 1, InForce: 1})
		check(assets.CountQuery{Query: assets.Query{CampaignID: "none"}}, assets.Counts{})
		all.Campaigns = []assets.ValueCount{{Value: "spring", Count: 3}, {Value: "autumn", Count: 1}}
		all.Types = []assets.ValueCount{{Value: "copy", Count: 4}, {Value: "blog", Count: 1}}
		all.Agents = []assets.ValueCount{{Value: "writer", Count: 3}, {Value: "editor", Count: 1}}
		check(assets.CountQuery{Frequent: true}, all)
		waiting := all
		waiting.Campaigns = []assets.ValueCount{{Value: "spring", Count: 1}}
		waiting.Types = []assets.ValueCount{{Value: "copy", Count: 1}}
		waiting.Agents = []assets.ValueCount{{Value: "writer", Count: 1}}
		check(assets.CountQuery{Frequent: true, FrequentOf: assets.StatusPendingReview}, waiting)
		if _, err := lib.Counts(t.Context(), fixture.Ann, assets.CountQuery{Frequent: true, FrequentOf: "gone"}); !cmp.Equal(fixture.FieldPaths(err), []string{"frequent_of"}) {
			t.Errorf("an unknown status: %v", err)
		}
		for i := range 25 {
			create(fixture.Ann, assets.TypeCopy, fmt.Sprintf("c%02d", i), "")
		}
		got, err := lib.Counts(t.Context(), fixture.Ann, assets.CountQuery{Frequent: true})
		if n := len(got.Campaigns); err != nil || n != 20 || got.Campaigns[0].Value != "spring" || got.Campaigns[19].Value != "c17" {
			t.Errorf("%d campaigns: %v, %v", n, got.Campaigns, err)
		}
		if _, err := lib.Counts(t.Context(), fixture.Ann, assets.CountQuery{Query: assets.Query{Statuses: []assets.Status{assets.StatusDraft}}}); !cmp.Equal(fixture.FieldPaths(err), []string{"status"}) {
			t.Errorf("a status: %v", err)
		}
	})
}
