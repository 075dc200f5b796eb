package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// plan returns the steps of SQLite's plan for a list.
func listPlan(t *testing.T, db *bun.DB, f assets.Filter, w assets.Window) []string {
	t.Helper()
	return planOf(t, db, func(st assets.Store) error {
		_, err := st.Assets(t.Context(), "w", f, w)
		return err
	})
}

// planOf returns the steps of SQLite's plan for the last statement of read.
func planOf(t *testing.T, db *bun.DB, read func(assets.Store) error) []string {
	t.Helper()
	return steps(t, db, sqltest.LastStatement(t, db, read))
}

// steps returns the steps of SQLite's plan for a statement.
func steps(t *testing.T, db *bun.DB, statement string) (details []string) {
	t.Helper()
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	unbound := make([]any, strings.Count(statement, "?")) // the plan does not depend on values
	rows, err := db.DB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, unbound...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if err := errors.Join(db.ScanRows(t.Context(), rows, &steps), rows.Err()); err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		details = append(details, s.Detail)
	}
	return details
}

// fill stores n assets. The database is never analysed.
func fill(t *testing.T, st assets.Store, n int) {
	t.Helper()
	types := []assets.Type{assets.TypeCopy, assets.TypeImage, assets.TypeBlog}
	statuses := []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived}
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			a := sqltest.NewAsset(i)
			a.Type, a.Status = types[i%len(types)], statuses[i%len(statuses)]
			a.CampaignID = assets.Optional(fmt.Sprintf("c%d", i%7))
			a.Tags = assets.Tags{"channel": {fmt.Sprintf("v%d", i%5), "web"}}
			a.CreatedBy, a.LastReview.Action = fmt.Sprintf("u%d", i%7), assets.ActionSubmit
			if a.Status == assets.StatusPendingReview {
				a.Submitted = assets.Submission{Version: 1, At: assets.Time(1 + i*7%n), By: "ann"}
			}
			a.Provenance = assets.Provenance{AgentSlug: "writer", RunID: fmt.Sprintf("r%d", i%50), BrandID: "b", BriefID: "brief"}
			approved := *a
			approved.Status = assets.StatusApproved
			if err := tx.PutAsset(t.Context(), a, &approved); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestListPlans checks that each list seeks in one index up to the id, scans it in
// order and merges branches, and that nothing is sorted.
func TestListPlans(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	fill(t, st, 500)
	tags := func(pairs ...assets.Tag) []assets.Tag { return pairs }
	draft, copied := []assets.Status{assets.StatusDraft}, []assets.Type{assets.TypeCopy}
	two := []assets.Status{assets.StatusDraft, assets.StatusPendingReview}
	cases := []struct {
		name   string
		filter assets.Filter
		seek   string // by which the plan must search
	}{
		{"none", assets.Filter{}, "asset_perspectives_id (workspace=? AND perspective=?"},
		{"ids", assets.Filter{IDs: []assets.ID{sqltest.NewAsset(3).ID, sqltest.NewAsset(9).ID}}, "asset_perspectives_id (workspace=? AND perspective=? AND id=?)"},
		{"run", assets.Filter{RunID: "r1"}, "asset_perspectives_run (workspace=? AND perspective=? AND run_id=?"},
		{"brief", assets.Filter{BriefID: "brief"}, "asset_perspectives_brief (workspace=? AND perspective=? AND brief_id=?"},
		{"campaign", assets.Filter{CampaignID: "c1"}, "asset_perspectives_campaign (workspace=? AND perspective=? AND campaign_id=?"},
		{"agent", assets.Filter{AgentSlug: "writer"}, "asset_perspectives_agent (workspace=? AND perspective=? AND agent_slug=?"},
		{"brand", assets.Filter{BrandID: "b"}, "asset_perspectives_brand (workspace=? AND perspective=? AND brand_id=?"},
		{"creator", assets.Filter{CreatedBy: "u1"}, "asset_perspectives_creator (workspace=? AND perspective=? AND created_by=?"},
		{"decision", assets.Filter{LastAction: assets.ActionSubmit}, "asset_perspectives_decision (workspace=? AND perspective=? AND last_action=?"},
		{"media", assets.Filter{MediaType: "text/plain"}, "asset_perspectives_media (workspace=? AND perspective=? AND media_type=?"},
		{"brand+creator", assets.Filter{BrandID: "b", CreatedBy: "u1"}, "asset_perspectives_brand (workspace=? AND perspective=? AND brand_id=?"},
		{"creator+decision+tag", assets.Filter{CreatedBy: "u1", LastAction: assets.ActionSubmit, Tags: tags(assets.Tag{Key: "channel"})}, "asset_perspectives_creator (workspace=? AND perspective=? AND created_by=?"},
		{"decision+media", assets.Filter{LastAction: assets.ActionSubmit, MediaType: "text/plain"}, "asset_perspectives_decision (workspace=? AND perspective=? AND last_action=?"},
		{"media+tag+status", assets.Filter{MediaType: "text/plain", Tags: tags(assets.Tag{Key: "channel"}), Statuses: draft}, "asset_perspectives_media (workspace=? AND perspective=? AND media_type=?"},
		{"tag", assets.Filter{Tags: tags(assets.Tag{Key: "channel", Value: "web"})}, "asset_tags_value (workspace=? AND perspective=? AND key=? AND value=?"},
		{"tag any", assets.Filter{Tags: tags(assets.Tag{Key: "channel"})}, "asset_tags_value (workspace=? AND perspective=? AND key=? AND value=?"},
		{"status", assets.Filter{Statuses: draft}, "asset_perspectives_status (workspace=? AND perspective=? AND status=?"},
		{"type", assets.Filter{Types: copied}, "asset_perspectives_type (workspace=? AND perspective=? AND type=?"},
		{"status+type", assets.Filter{Statuses: draft, Types: copied}, "asset_perspectives_status_type (workspace=? AND perspective=? AND status=? AND type=?"},
		{"status+campaign", assets.Filter{Statuses: draft, CampaignID: "c1"}, "asset_perspectives_status_campaign (workspace=? AND perspective=? AND status=? AND campaign_id=?"},
		{"type+campaign", assets.Filter{Types: copied, CampaignID: "c1"}, "asset_perspectives_type_campaign (workspace=? AND perspective=? AND type=? AND campaign_id=?"},
		{"run+type+tag", assets.Filter{RunID: "r1", Types: copied, Tags: tags(assets.Tag{Key: "channel"})}, "asset_perspectives_run (workspace=? AND perspective=? AND run_id=?"},
		{"two tags+status", assets.Filter{Tags: tags(assets.Tag{Key: "channel", Value: "v1"}, assets.Tag{Key: "channel", Value: "web"}), Statuses: draft}, "asset_tags_value (workspace=? AND perspective=? AND key=? AND value=?"},
		{"statuses", assets.Filter{Statuses: two}, "asset_perspectives_status (workspace=? AND perspective=? AND status=?"},
		{"statuses+types", assets.Filter{Statuses: two, Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}, "asset_perspectives_status_type (workspace=? AND perspective=? AND status=? AND type=?"},
		{"campaign+statuses", assets.Filter{Statuses: two, CampaignID: "c1"}, "asset_perspectives_status_campaign (workspace=? AND perspective=? AND status=? AND campaign_id=?"},
	}
	windows := []assets.Window{
		{Limit: 51},
		{Limit: 51, Ascending: true},
		{Limit: 51, After: sqltest.NewAsset(250).ID},
		{Limit: 51, After: sqltest.NewAsset(250).ID, Ascending: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, w := range windows {
				for _, c.filter.Approved = range []bool{false, true} {
					f := c.filter
					checkPlan(t, listPlan(t, st.DB(), f, w), c.seek, w)
					f.Since, f.Until = sqltest.NewAsset(10).ID, sqltest.NewAsset(480).ID
					checkPlan(t, listPlan(t, st.DB(), f, w), c.seek, w)
				}
			}
		})
	}
}

// TestVolumeSubmissionPlans checks that a list in the order of submissions scans their index
// from the cursor on, whatever else filters.
func TestVolumeSubmissionPlans(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	fill(t, st, 500)
	const next = "asset_perspectives_submitted (workspace=? AND perspective=? AND "
	pending := []assets.Status{assets.StatusPendingReview}
	for name, f := range map[string]assets.Filter{
		"status":       {Statuses: pending},
		"status+type":  {Statuses: pending, Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}},
		"campaign+run": {Statuses: pending, CampaignID: "c1", RunID: "r1"},
		"tag":          {Statuses: pending, Tags: []assets.Tag{{Key: "channel"}}},
		"since, until": {Statuses: pending, Since: sqltest.NewAsset(10).ID, Until: sqltest.NewAsset(480).ID},
	} {
		for seek, w := range map[string]assets.Window{
			next + "submitted_at>?)":                             {Limit: 51, BySubmission: true},
			next + "submitted_at>? AND (submitted_at,id)<(?,?))": {Limit: 51, BySubmission: true, After: sqltest.NewAsset(250).ID, AfterSubmitted: 250},
			next + "(submitted_at,id)>(?,?))":                    {Limit: 51, BySubmission: true, After: sqltest.NewAsset(250).ID, AfterSubmitted: 250, Ascending: true},
		} {
			plan := strings.Join(listPlan(t, st.DB(), f, w), " \n") + " "
			if !strings.Contains(plan, " INDEX "+seek) || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN a") {
				t.Errorf("%s, %+v: the plan does not seek by %s:\n%s", name, w, seek, plan)
			}
		}
	}
}

func checkPlan(t *testing.T, steps []string, seek string, w assets.Window) {
	t.Helper()
	text := strings.Join(steps, "\n")
	if !strings.Contains(text, " INDEX "+seek) {
		t.Errorf("%+v: the plan does not seek by %s:\n%s", w, seek, text)
	}
	bounded := w.After != "" && !strings.Contains(seek, "AND id=?")
	if bounded && !strings.Contains(text, "id<?") && !strings.Contains(text, "id>?") {
		t.Errorf("%+v: the cursor does not bound the walk:\n%s", w, text)
	}
	for _, step := range steps {
		if strings.HasPrefix(step, "SCAN a") || strings.HasPrefix(step, "SCAN t") {
			t.Errorf("%+v: the plan scans a table:\n%s", w, text)
		}
	}
	if strings.Contains(text, "TEMP B-TREE") {
		t.Errorf("%+v: the plan sorts:\n%s", w, text)
	}
}

// TestVolumeHistoryPlansHOS05 checks that a page of versions or reviews is read from the end of
// a range of the primary key.
func TestVolumeHistoryPlansHOS05(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	sqltest.FillReviews(t, st, 1, 0, 500)
	id := sqltest.NewAsset(0).ID
	for want, read := range map[string]func(assets.Store) error{
		"SEARCH asset_versions USING INDEX sqlite_autoindex_asset_versions_1 (workspace=? AND asset_id=? AND number<?)": func(st assets.Store) error {
			_, err := st.VersionsBefore(t.Context(), "w", id, assets.VersionWindow{Before: 7, Limit: 3})
			return err
		},
		"SEARCH asset_reviews USING INDEX sqlite_autoindex_asset_reviews_1 (workspace=? AND asset_id=? AND (revision,id)<(?,?))": func(st assets.Store) error {
			_, err := st.ReviewsBefore(t.Context(), "w", id, assets.ReviewWindow{Before: assets.ReviewPosition{Revision: 400, ID: id}, Limit: 3})
			return err
		},
		"SEARCH asset_reviews USING INDEX asset_reviews_decided (workspace=? AND asset_id=? AND (revision,id)<(?,?))": func(st assets.Store) error {
			_, err := st.ReviewsBefore(t.Context(), "w", id, assets.ReviewWindow{Limit: 3, Decisions: true})
			return err
		},
	} {
		if got := planOf(t, st.DB(), read); len(got) != 1 || got[0] != want {
			t.Errorf("the plan is\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	}
}

// TestVolumeReviewPlansHOS07 checks that the newest reviews of a version are read from the
// end of a range of an index, so that the limit ends the read.
func TestVolumeReviewPlansHOS07(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	sqltest.FillReviews(t, st, 1, 0, 3)
	sqltest.FillReviews(t, st, 2, 3, 500)
	for version, index := range map[assets.Number]string{
		0: "asset_reviews_decided (workspace=? AND asset_id=?)",
		1: "asset_reviews_decisions (workspace=? AND asset_id=? AND version>? AND version<?)",
		2: "asset_reviews_decisions (workspace=? AND asset_id=? AND version>? AND version<?)",
	} {
		check := func() {
			t.Helper()
			got := planOf(t, st.DB(), func(st assets.Store) error {
				_, err := st.Reviews(t.Context(), "w", sqltest.NewAsset(0).ID, version, 3)
				return err
			})
			if want := "SEARCH asset_reviews USING INDEX " + index; len(got) != 1 || got[0] != want {
				t.Errorf("version %d: the plan is\n%s\nwant\n%s", version, strings.Join(got, "\n"), want)
			}
		}
		check()
		if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
		check()
	}
}

// TestCountOfLinksPlan: the links of a workspace that have not ended themselves are read by
// an index, and of each its key.
func TestCountOfLinksPlan(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	got := planOf(t, st.DB(), func(st assets.Store) error {
		_, err := st.CountLinks(t.Context(), "w", 1)
		return err
	})
	for i, want := range []string{"SEARCH l USING INDEX asset_links_active (workspace=? AND expires_at>?)", "CORRELATED SCALAR SUBQUERY", "SEARCH k USING INDEX sqlite_autoindex_asset_keys_1 (prefix=?)"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("the plan is\n%s\nwant %s", strings.Join(got, "\n"), want)
		}
	}
}
