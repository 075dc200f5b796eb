package assets_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

func TestEventJSON(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event assets.Event
		want  string
	}{
		"whole": {
			assets.Event{
				Position: 7, ID: "e", Type: assets.EventRolledBack, At: 1767225600000, Workspace: "acme", Details: json.RawMessage(`{"x":1}`),
				Data: assets.EventData{
					AssetID: "a", AssetType: assets.TypeCopy, CampaignID: "spring", Tags: assets.Tags{"k": {"v"}}, Status: assets.StatusApproved,
					Version: 2, SHA256: "abc", Revision: 4, InForce: &assets.InForce{Before: 1, After: 2}, Changed: []string{"title"},
					ReviewID: "r", By: "ann", ByKind: assets.KindUser, Via: assets.ViaREST, Comment: "again", CampaignBefore: "winter",
				},
			},
			`{"id":"e","type":"asset.rolled_back","occurred_at":"2026-01-01T00:00:00.000Z","company_id":"acme","data":` +
				`{"asset_id":"a","asset_type":"copy","campaign_id":"spring","tags":{"k":["v"]},"status":"approved","version":2,"sha256":"abc","revision":4,` +
				`"in_force":{"before":1,"after":2},"changed":["title"],"review_id":"r","by":"ann","by_kind":"user","via":"rest","comment":"again"}}`,
		},
		"nothing in force": {
			assets.Event{ID: "e", Type: assets.EventCreated, At: 1, Workspace: "w", Data: assets.EventData{Tags: assets.Tags{}, InForce: &assets.InForce{}}},
			`{"id":"e","type":"asset.created","occurred_at":"1970-01-01T00:00:00.001Z","company_id":"w","data":` +
				`{"asset_id":null,"asset_type":null,"campaign_id":null,"tags":{},"status":null,"version":null,"sha256":null,"revision":null,` +
				`"in_force":{"before":null,"after":null},"review_id":null,"by":"","by_kind":null,"via":null}}`,
		},
		"of before": {
			assets.Event{ID: "e", Type: assets.EventApproved, At: 1, Workspace: "w", Data: assets.EventData{AssetID: "a", Status: "approved", Version: 1, By: "ann"}},
			`{"id":"e","type":"asset.approved","occurred_at":"1970-01-01T00:00:00.001Z","company_id":"w","data":` +
				`{"asset_id":"a","asset_type":null,"campaign_id":null,"tags":null,"status":"approved","version":1,"sha256":null,"revision":null,` +
				`"in_force":null,"review_id":null,"by":"ann","by_kind":null,"via":null}}`,
		},
	} {
		got, err := json.Marshal(c.event)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(c.want, string(got)))
		}
		var back assets.Event
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatal(err)
		}
		want := c.event
		want.Position, want.Details, want.Data.CampaignBefore = 0, nil, ""
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s, parsed: %s", name, diff)
		}
	}
}

func TestEventTypesOfJournalRows(t *testing.T) {
	t.Parallel()
	for _, typ := range assets.EventTypes() {
		status := assets.StatusDraft
		if typ == assets.EventApproved {
			status = assets.StatusApproved
		}
		if back := assets.EventTypeOf(typ.Kind(), status); back != typ {
			t.Errorf("%s is kept as %q, which is read as %s", typ, typ.Kind(), back)
		}
	}
	if got := assets.EventTypeOf("request_changes", assets.StatusDraft); got != assets.EventChangesRequested {
		t.Errorf("a row of before is %s", got)
	}
	if typ := assets.EventTypeOf("of the future", assets.StatusDraft); typ.Kind() != "of the future" {
		t.Errorf("an unknown row is %s", typ)
	}
}

func TestEventFilter(t *testing.T) {
	t.Parallel()
	e := assets.Event{Workspace: "w", Type: assets.EventEdited, Data: assets.EventData{
		AssetID: "a", CampaignID: "spring", CampaignBefore: "winter", InForce: &assets.InForce{Before: 1, After: 1},
	}}
	for _, f := range []assets.EventFilter{
		{},
		{Workspace: "w"},
		{Types: []assets.EventType{assets.EventCreated, assets.EventEdited}},
		{AssetIDs: []assets.ID{"b", "a"}},
		{CampaignID: "spring"},
		{CampaignID: "winter"},
	} {
		if !f.Matches(&e) {
			t.Errorf("%+v does not match", f)
		}
	}
	for _, f := range []assets.EventFilter{
		{Workspace: "v"}, {Types: []assets.EventType{assets.EventCreated}}, {AssetIDs: []assets.ID{"b"}}, {CampaignID: "summer"}, {InForceChanged: true},
	} {
		if f.Matches(&e) {
			t.Errorf("%+v matches", f)
		}
	}
	for _, inForce := range []*assets.InForce{nil, {After: 1}, {Before: 1}, {Before: 1, After: 2}} {
		e.Data.InForce = inForce
		if f := (assets.EventFilter{InForceChanged: true}); !f.Matches(&e) {
			t.Errorf("%+v is not a change", inForce)
		}
	}
}
