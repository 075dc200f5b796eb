package store_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestAssetIsReadAsItWasWritten stores assets with all fields and with as few as
// possible.
func TestAssetIsReadAsItWasWritten(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		least, most := sqltest.NewAsset(0), sqltest.NewAsset(1)
		most.CampaignID, most.ApprovedVersion, most.ApprovedAt, most.EverApproved = "c", 1, 2, true
		most.Submitted = assets.Submission{Version: 3, At: 4, By: "ann"}
		most.LastReview = assets.LastReview{Action: assets.ActionRequestChanges, Version: 3, By: "ben", ByKind: assets.KindUser, At: 5, Comment: "shorter"}
		most.Tags = assets.Tags{"channel": {"web", "tv"}, "empty": {}}
		most.Provenance = assets.Provenance{
			AgentSlug: "agent", RunID: "run", TraceID: "trace", BrandID: "brand", BriefID: "brief", Model: "model",
			Parameters:  json.RawMessage(`{"b":1.50,"a":9007199254740993}`),
			DerivedFrom: []assets.Ref{{AssetID: least.ID, Version: 2}},
			Inputs:      []assets.Input{{Kind: "url", ID: "https://example.com/?a=1&b=2", SHA256: "00"}},
			SourceType:  "composite",
		}
		for _, want := range []*assets.Asset{least, most} {
			update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), want, nil) })
			got, err := st.Asset(t.Context(), "w", want.ID)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-stored +read):\n%s", err, diff)
			}
		}
	})
}

// someTags are texts of the column of tags.
func someTags() []string {
	return []string{
		`{"a":["b"]}`, `{"a":["b","c"],"d":["e"]}`, `{"a":[""]}`, `{"":["a"]}`, `{"a":["],","]}"],":[":["{"]}`,
		`{"é, 日":["x:y [z] {w}"]}`, `{"a\"b":["c\\","\u003cd\u003e"],"e":["f"]}`, `{"a":["\\"]}`,
		`{"a":[]}`, `{"a":[],"b":["c"]}`, `{"a":["b"],"c":[]}`, `{"a":null}`, `{ "a" : [ "b" ] }`, `{}`, `null`,
		`{"a":["b"]`, `{"a":"b"}`, `{"a":[1]}`, `"]}`, `]}`, `{]}`,
		`{"]}`, `{"a":["b"],"]}`, `{"a","b":["c"]}`, `{"a"],"b":["c"]}`, `{"a":["]}`, `{"a":["b"],"c"]}`, `{"a":["b":["c"]}`, `{"a":["b"]}"]}`,
		`{"a":["b"],"a":["c"]}`, `{"":["b"],"":["c"]}`, "{\"a\":[\"b\tc\"]}", "{\"a\nb\":[\"c\"]}", "{\"a\":[\"\xff\"]}", "{\"a\":[\"\ufffd\x7f\u2028\"]}",
	}
}

// checkTags compares tags with what encoding/json reads.
func checkTags(t *testing.T, text string) {
	t.Helper()
	var want assets.Tags
	failed := json.Unmarshal([]byte(text), &want)
	got, err := store.DecodeTags(text)
	if (err != nil) != (failed != nil) || failed == nil && !cmp.Equal(want, got) {
		t.Errorf("%q: %#v, %v; want %#v, %v", text, got, err, want, failed)
	}
}

func TestTagsAreReadAsJSON(t *testing.T) {
	t.Parallel()
	for _, text := range someTags() {
		checkTags(t, text)
	}
}

// FuzzTags expects that tags are read as encoding/json reads them. No tags are no text.
func FuzzTags(f *testing.F) {
	for _, text := range someTags() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text != "" {
			checkTags(t, text)
		}
	})
}

// TestMalformedListIsAnInternalError: a row that cannot be read is no failure of the database
// that a retry cures, alone and in a list.
func TestMalformedListIsAnInternalError(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		sqltest.MustPut(t, st, 0)
		for _, column := range []string{"tags", "derived_from", "inputs"} {
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_perspectives SET "+column+" = '{'"); err != nil {
				t.Fatal(err)
			}
			if _, err := st.Asset(t.Context(), "w", sqltest.NewAsset(0).ID); assets.Code(err) != "internal_error" {
				t.Errorf("%s: %v, want an internal error", column, err)
			}
			if _, err := st.Assets(t.Context(), "w", assets.Filter{}, assets.Window{Limit: 10}); assets.Code(err) != "internal_error" {
				t.Errorf("%s in a list: %v, want an internal error", column, err)
			}
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_perspectives SET "+column+" = ''"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestStoredBytesHOS05 checks that the size of a provenance is that of its columns.
func TestStoredBytesHOS05(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		odd := "a<b>&c\"\\/\b\f\n\r\t\v\x01\x7f\u2028\u2029é😀"
		for i, p := range []assets.Provenance{
			{},
			{AgentSlug: "agent", RunID: odd, TraceID: "trace", BrandID: "brand", BriefID: "brief", Model: "model", SourceType: "composite"},
			{Parameters: json.RawMessage(`{"b":1.50,"a":"<"}`)},
			{DerivedFrom: []assets.Ref{{AssetID: "x", Version: 2}}, Inputs: []assets.Input{{Kind: "k", ID: "i"}}},
			{
				DerivedFrom: []assets.Ref{{AssetID: assets.ID(odd), Version: 1}, {Version: 1000}},
				Inputs:      []assets.Input{{Kind: odd, ID: odd, SHA256: "00"}, {}, {Kind: "k", ID: odd}},
			},
		} {
			a := sqltest.NewAsset(i)
			a.Provenance = p
			update(t, st, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) })
			var columns []string
			err := st.DB().NewRaw("SELECT coalesce(agent_slug, '') || coalesce(run_id, '') || trace_id || coalesce(brand_id, '') || coalesce(brief_id, '')"+
				" || model || parameters || derived_from || inputs || source_type FROM asset_perspectives WHERE id = ?", a.ID).Scan(t.Context(), &columns)
			if err != nil || len(columns) != 1 || int64(len(columns[0])) != p.StoredBytes() {
				t.Errorf("%d bytes are stored as %q, %v", p.StoredBytes(), columns, err)
			}
		}
	})
}
