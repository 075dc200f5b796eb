package upgrade_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
)

// checkAsset compares an asset with the recorded one. Members that later releases
// have added are ignored.
func checkAsset(t *testing.T, lib *assets.Library, by assets.Actor, text json.RawMessage) {
	t.Helper()
	var id struct{ ID assets.ID }
	if err := json.Unmarshal(text, &id); err != nil {
		t.Fatal(err)
	}
	now, err := lib.Get(t.Context(), by, id.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := lib.Versions(t.Context(), by, id.ID, assets.PageQuery{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(whole.Items)
	now.Versions = whole.Items // the recorded one has no summaries
	present, err := json.Marshal(now)
	if err != nil {
		t.Fatal(err)
	}
	want, got := decoded(t, text), decoded(t, present)
	if diff := cmp.Diff(want, sharedMembers(want, got)); diff != "" {
		t.Errorf("%s, recorded (-) and now (+):\n%s", id.ID, diff)
	}
	for _, v := range now.Versions {
		fixture.CheckContent(t, lib, by, id.ID, v.Number)
	}
	checkDecisions(t, lib, by, now)
}

// checkDecisions checks that lists in both perspectives show an asset with the newest
// of its reviews, and with its submission, which earlier releases did not keep.
func checkDecisions(t *testing.T, lib *assets.Library, by assets.Actor, a *assets.Asset) {
	t.Helper()
	for _, approved := range []bool{false, true} {
		q := assets.Query{IDs: []assets.ID{a.ID}}
		var want assets.Asset
		if approved {
			q.Statuses = []assets.Status{assets.StatusApproved}
		}
		for _, r := range a.Reviews {
			if r.Action == assets.ActionComment {
				continue
			}
			if !approved || r.Version == a.ApprovedVersion {
				want.LastReview = assets.LastReview{Action: r.Action, Version: r.Version, By: r.By, ByKind: r.ByKind, At: r.At, Comment: r.Comment}
			}
			if !approved && a.Status == assets.StatusPendingReview && r.Action == assets.ActionSubmit {
				want.Submitted = assets.Submission{Version: r.Version, At: r.At, By: r.By}
			}
		}
		page, err := lib.List(t.Context(), by, q)
		if err != nil || len(page.Items) > 1 || len(page.Items) == 0 && (!approved || a.ApprovedVersion != 0) {
			t.Fatalf("asset %s, approved %t: %+v, %v", a.ID, approved, page.Items, err)
		}
		for _, got := range page.Items {
			if got.Submitted != want.Submitted || got.LastReview != want.LastReview {
				t.Errorf("%s, approved %t: submitted %+v, last review %+v; want %+v, %+v", got.Title, approved, got.Submitted, got.LastReview, want.Submitted, want.LastReview)
			}
		}
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sharedMembers returns got without the members that want lacks.
func sharedMembers(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		all, _ := got.(map[string]any)
		some := map[string]any{}
		for name := range want {
			if v, ok := all[name]; ok {
				some[name] = sharedMembers(want[name], v)
			}
		}
		return some
	case []any:
		if all, _ := got.([]any); len(all) == len(want) {
			for i := range all {
				all[i] = sharedMembers(want[i], all[i])
			}
		}
	}
	return got
}
