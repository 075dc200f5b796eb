package assets_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
)

// validator is an input that normalises itself.
type validator interface{ Validate() error }

// problemsOf returns the path and type of each problem of an input.
func problemsOf(v validator) (all []string) {
	for _, f := range assets.FieldErrors(v.Validate()) {
		path := fixture.FieldPaths(f)[0]
		all = append(all, path+" "+f.Type)
	}
	return all
}

// A value that is not allowed is refused with those that are.
func TestAllowedValuesAreNamed(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"type: must be copy, image, slide, video, blog or bundle":             (&assets.Query{Types: []assets.Type{"poem"}}).Validate(),
		"status: must be draft, pending_review, approved or archived":         (&assets.Query{Statuses: []assets.Status{"published"}}).Validate(),
		"action: must be submit, approve, request_changes, archive or reopen": (&assets.Decision{Action: "reject"}).Validate(),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("é", n) }
	blank, title := "  ", long(assets.MaxTitle+1)
	version := func(change func(*assets.NewVersion)) *assets.NewVersion {
		in := &assets.NewVersion{Text: "hello"}
		change(in)
		return in
	}
	parameters := func(text string) *assets.NewVersion {
		return version(func(in *assets.NewVersion) { in.Provenance.Parameters = json.RawMessage(text) })
	}
	tooMany := assets.Tags{}
	for i := range assets.MaxTagPairs + 1 {
		tooMany[fmt.Sprint("k", i)] = []string{"v"}
	}
	for _, tt := range []struct {
		name string
		in   validator
		want []string
	}{
		{"nothing", new(assets.NewAsset), []string{"type missing", "title missing", "text missing"}},
		{"unknown type and long title", &assets.NewAsset{Type: "poster", Title: title, NewVersion: assets.NewVersion{Text: "x"}}, []string{"type not_allowed", "title too_long"}},
		{"tags", &assets.NewAsset{Type: assets.TypeCopy, Title: "t", Tags: assets.Tags{"Upper": {"x"}, "k": {" ", long(assets.MaxTagValue + 1), "a\nb"}}, NewVersion: assets.NewVersion{Text: "x"}}, []string{"tags malformed", "tags.k.0 too_short", "tags.k.1 too_long", "tags.k.2 malformed"}},
		{"too many tags LIM03", &assets.NewAsset{Type: assets.TypeCopy, Title: "t", Tags: tooMany, NewVersion: assets.NewVersion{Text: "x"}}, []string{"tags too_long"}},
		{"text and a file", version(func(in *assets.NewVersion) { in.Content = strings.NewReader("") }), []string{"text conflict"}},
		{"text and an upload", version(func(in *assets.NewVersion) { in.UploadID = fixture.AbsentID }), []string{"upload_id conflict"}},
		{"long text", version(func(in *assets.NewVersion) { in.Text = strings.Repeat("x", assets.MaxTextBytes+1) }), []string{"text too_long"}},
		{"a path as file name PRV06", version(func(in *assets.NewVersion) { in.Filename = "../x" }), []string{"filename malformed"}},
		{"short digest", version(func(in *assets.NewVersion) { in.SHA256 = "abc" }), []string{"sha256 malformed"}},
		{"key with a space", version(func(in *assets.NewVersion) { in.IdempotencyKey = "a b" }), []string{"Idempotency-Key malformed"}},
		{"slug", version(func(in *assets.NewVersion) { in.Provenance.AgentSlug = "Not Kebab" }), []string{"provenance.agent_slug malformed"}},
		{"long id LIM01", version(func(in *assets.NewVersion) { in.Provenance.RunID = strings.Repeat("x", assets.MaxHostID+1) }), []string{"provenance.run_id too_long"}},
		{"parameters that are no object", parameters(`[1]`), []string{"provenance.parameters wrong_type"}},
		{"parameters with a name twice", parameters(`{"a":1,"a":2}`), []string{"provenance.parameters duplicate"}},
		{"parameters of 17 KiB", parameters(`{"a":"` + strings.Repeat("x", 17<<10) + `"}`), []string{"provenance.parameters too_long"}},
		{"parameters of 33 levels UPL08", parameters(strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33)), []string{"provenance.parameters too_long"}},
		{"parameters with 1e999 UPL08", parameters(`{"a":1e999}`), []string{"provenance.parameters malformed"}},
		{"parameters with -1e999 UPL08", parameters(`{"a":[-1e999]}`), []string{"provenance.parameters malformed"}},
		{"parameters cut off", parameters(`{"a":`), []string{"provenance.parameters malformed"}},
		{"reference", version(func(in *assets.NewVersion) {
			in.Provenance.DerivedFrom = []assets.Ref{{AssetID: fixture.AbsentID, Version: 1}, {AssetID: "x"}}
		}), []string{"provenance.derived_from.1.asset_id malformed", "provenance.derived_from.1.version missing"}},
		{"input", version(func(in *assets.NewVersion) { in.Provenance.Inputs = []assets.Input{{Kind: "image"}} }), []string{"provenance.inputs.0.id missing"}},
		{"too many references", version(func(in *assets.NewVersion) {
			in.Provenance.DerivedFrom = slices.Repeat([]assets.Ref{{AssetID: fixture.AbsentID, Version: 1}}, assets.MaxReferences+1)
		}), []string{"provenance.derived_from too_long"}},

		{"decision without action", new(assets.Decision), []string{"action missing"}},
		{"changes without a comment", &assets.Decision{Action: assets.ActionRequestChanges, Comment: " "}, []string{"comment missing"}},
		{"long comment", &assets.Decision{Action: assets.ActionSubmit, Comment: long(assets.MaxComment + 1)}, []string{"comment too_long"}},
		{"digest without version", &assets.Decision{Action: assets.ActionApprove, SHA256: fixture.SHA256("")}, []string{"sha256 conflict"}},
		{"negative version", &assets.Decision{Action: assets.ActionApprove, Version: -1}, []string{"version too_small"}},
		{"rollback to none", new(assets.Rollback), []string{"version missing"}},
		{"rollback to version -1", &assets.Rollback{Version: -1}, []string{"version too_small"}},
		{"blank title", &assets.NewAsset{Type: assets.TypeCopy, Title: " ", NewVersion: assets.NewVersion{Text: "x"}}, []string{"title too_short"}},
		{"bulk decision on nothing", &assets.BulkDecision{Action: assets.ActionSubmit}, []string{"items missing"}},
		{"bulk decision on none", &assets.BulkDecision{Action: assets.ActionSubmit, Items: []assets.BulkItem{}}, []string{"items too_short"}},
		{"bulk decision without an id", &assets.BulkDecision{Action: assets.ActionSubmit, Items: []assets.BulkItem{{Version: 1}}}, []string{"items.0.asset_id missing"}},
		{"edit to a blank title", &assets.Edit{Title: &blank}, []string{"title too_short"}},
		{"edit of a tag", &assets.Edit{Tags: assets.Tags{"k": {""}}}, []string{"tags.k.0 too_short"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, problemsOf(tt.in)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestValidateNormalises: what is equal in meaning is stored equally.
func TestValidateNormalises(t *testing.T) {
	t.Parallel()
	got := assets.NewAsset{
		Type: assets.TypeCopy, Title: "  Spring sale ",
		Tags: assets.Tags{"lang": {"fr", " en ", "fr"}, "name": {"cafe\u0301"}, "empty": {}},
		NewVersion: assets.NewVersion{
			Text: "hello", SHA256: strings.ToUpper(fixture.SHA256("hello")),
			Provenance: assets.Provenance{
				Parameters:  json.RawMessage("{ \"seed\": 1.50,\n \"cfg\": [] }"),
				DerivedFrom: []assets.Ref{{AssetID: assets.ID(strings.ToUpper(string(fixture.AbsentID))), Version: 1}},
				Inputs:      []assets.Input{},
			},
		},
	}
	want := assets.NewAsset{
		Type: assets.TypeCopy, Title: "Spring sale",
		Tags: assets.Tags{"lang": {"en", "fr"}, "name": {"caf\u00e9"}},
		NewVersion: assets.NewVersion{
			Text: "hello", SHA256: fixture.SHA256("hello"),
			Provenance: assets.Provenance{
				Parameters:  json.RawMessage(`{"cfg":[],"seed":1.50}`),
				DerivedFrom: []assets.Ref{{AssetID: fixture.AbsentID, Version: 1}},
			},
		},
	}
	if err := got.Validate(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("normalised (-want +got):\n%s", diff)
	}
	decision := assets.Decision{Action: assets.ActionApprove, Version: 1, SHA256: want.SHA256, Comment: " \n"}
	if err := decision.Validate(); err != nil || decision.Comment != "" {
		t.Errorf("a blank comment is %q, %v", decision.Comment, err)
	}
}

// TestValidateLimits: what is exactly as long as allowed is accepted.
func TestValidateLimits(t *testing.T) {
	t.Parallel()
	tags := assets.Tags{"k": {strings.Repeat("é", assets.MaxTagValue)}}
	for i := range assets.MaxTagPairs - 1 {
		tags[fmt.Sprint("k", i)] = []string{"v"}
	}
	for _, in := range []validator{
		&assets.NewAsset{
			Type: assets.TypeBlog, Title: strings.Repeat("é", assets.MaxTitle), CampaignID: assets.Optional(strings.Repeat("x", assets.MaxHostID)), Tags: tags,
			NewVersion: assets.NewVersion{
				Text: strings.Repeat("x", assets.MaxTextBytes), Filename: strings.Repeat("x", assets.MaxHostID), IdempotencyKey: strings.Repeat("~", 255),
				Provenance: assets.Provenance{DerivedFrom: slices.Repeat([]assets.Ref{{AssetID: fixture.AbsentID, Version: 1}}, assets.MaxReferences)},
			},
		},
		&assets.Decision{Action: assets.ActionSubmit, Comment: strings.Repeat("é", assets.MaxComment)},
		&assets.Rollback{Version: 1, Reason: strings.Repeat("é", assets.MaxComment)},
		&assets.Query{Search: strings.Repeat("é", assets.MaxSearch)},
	} {
		if err := in.Validate(); err != nil {
			t.Errorf("%T: %v", in, err)
		}
	}
}

// TestFieldErrorsNameFieldUPL09: every problem names its field, and no value is echoed.
func TestFieldErrorsNameFieldUPL09(t *testing.T) {
	t.Parallel()
	in := assets.NewAsset{
		Type: "poster", Title: "a\x00b", CampaignID: "\xff",
		Tags:       assets.Tags{"Brand": {"x"}, "ok": {"", "a\nb"}},
		NewVersion: assets.NewVersion{Filename: "../x", SHA256: "abc", Provenance: assets.Provenance{AgentSlug: "Not Kebab", Parameters: []byte(`[1]`)}},
	}
	_, err := assetstest.New(t).Create(t.Context(), fixture.Bot, in)
	var locs []string
	for _, e := range assets.FieldErrors(err) {
		locs = append(locs, fmt.Sprint(e.Loc...))
	}
	want := "type title campaign_id tags tagsok0 tagsok1 text filename sha256 provenanceagent_slug provenanceparameters"
	for loc := range strings.FieldsSeq(want) {
		if !strings.Contains(fmt.Sprint(strings.Join(locs, " ")), loc) {
			t.Errorf("no problem at %s in %q", loc, locs)
		}
	}
	if strings.Contains(err.Error(), "poster") || assets.Code(err) != "validation_error" {
		t.Errorf("%s: %v", assets.Code(err), err)
	}
}
