package badinput_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// badInput is the error of a call, and the path of the field that it must name.
type badInput struct {
	path string
	err  error
}

// unencodable is text that no store keeps. Of these JSON can carry only the first.
var unencodable = []string{"zqzq\x00", "zqzq\xff", "zqzq\xed\xa0\x80", "\xc0\x80"}

// badTexts makes calls with a text in every field that takes one.
func badTexts(t *testing.T, lib *assets.Library, id assets.ID, text string) (all []badInput) {
	t.Helper()
	ctx := t.Context()
	add := func(path string, err error) { all = append(all, badInput{path, err}) }
	create := func(path string, set func(*assets.NewAsset)) {
		in := fixture.Copy("hello")
		set(&in)
		_, err := lib.Create(ctx, fixture.Ann, in)
		add(path, err)
		if in.Title == "Spring sale" && in.CampaignID == "" && in.Tags == nil && in.Type == assets.TypeCopy {
			_, err := lib.AddVersion(ctx, fixture.Ann, id, in.NewVersion)
			add(path, err)
		}
	}
	create("type", func(in *assets.NewAsset) { in.Type = assets.Type(text) })
	create("title", func(in *assets.NewAsset) { in.Title = text })
	create("campaign_id", func(in *assets.NewAsset) { in.CampaignID = assets.Optional(text) })
	create("tags.k.0", func(in *assets.NewAsset) { in.Tags = assets.Tags{"k": {text}} })
	create("tags", func(in *assets.NewAsset) { in.Tags = assets.Tags{text: {"v"}} })
	create("text", func(in *assets.NewAsset) { in.Text = text })
	create("media_type", func(in *assets.NewAsset) { in.MediaType = text })
	create("filename", func(in *assets.NewAsset) { in.Filename = text })
	create("sha256", func(in *assets.NewAsset) { in.SHA256 = text })
	create("Idempotency-Key", func(in *assets.NewAsset) { in.IdempotencyKey = text })
	for path, field := range map[string]func(*assets.Provenance) *string{
		"agent_slug": func(p *assets.Provenance) *string { return &p.AgentSlug }, "run_id": func(p *assets.Provenance) *string { return &p.RunID },
		"trace_id": func(p *assets.Provenance) *string { return &p.TraceID }, "brand_id": func(p *assets.Provenance) *string { return &p.BrandID },
		"brief_id": func(p *assets.Provenance) *string { return &p.BriefID }, "model": func(p *assets.Provenance) *string { return &p.Model },
		"source_type": func(p *assets.Provenance) *string { return &p.SourceType },
	} {
		create("provenance."+path, func(in *assets.NewAsset) { *field(&in.Provenance) = text })
	}
	input := assets.Input{Kind: "k", ID: "i"}
	for path, field := range map[string]func(*assets.Input) *string{
		"kind": func(in *assets.Input) *string { return &in.Kind }, "id": func(in *assets.Input) *string { return &in.ID },
		"sha256": func(in *assets.Input) *string { return &in.SHA256 },
	} {
		bad := input
		*field(&bad) = text
		create("provenance.inputs.1."+path, func(in *assets.NewAsset) { in.Provenance.Inputs = []assets.Input{input, bad} })
	}
	create("upload_id", func(in *assets.NewAsset) { in.Text, in.UploadID = "", assets.ID(text) })
	create("provenance.derived_from.0.asset_id", func(in *assets.NewAsset) {
		in.Provenance.DerivedFrom = []assets.Ref{{AssetID: assets.ID(text), Version: 1}}
	})
	create("provenance.parameters", func(in *assets.NewAsset) { in.Provenance.Parameters = []byte(`{"a":"` + text + `"}`) })

	edit := func(path string, e assets.Edit) {
		_, err := lib.Edit(ctx, fixture.Ann, id, e)
		add(path, err)
	}
	campaign := assets.Optional(text)
	edit("title", assets.Edit{Title: &text})
	edit("campaign_id", assets.Edit{CampaignID: &campaign})
	edit("tags.k.0", assets.Edit{Tags: assets.Tags{"k": {text}}})
	edit("tags", assets.Edit{Tags: assets.Tags{text: nil}})

	for path, in := range map[string]assets.NewUpload{
		"filename": {Filename: text}, "media_type": {MediaType: text}, "sha256": {SHA256: text},
	} {
		_, err := lib.NewUpload(ctx, fixture.Ann, in)
		add(path, err)
	}
	_, err := lib.Rollback(ctx, fixture.Ann, id, assets.Rollback{Version: 1, Reason: text})
	add("reason", err)
	for path, d := range map[string]assets.Decision{
		"action": {Action: assets.Action(text)}, "comment": {Action: assets.ActionSubmit, Comment: text},
		"sha256": {Action: assets.ActionSubmit, Version: 1, SHA256: text},
	} {
		_, err := lib.Review(ctx, fixture.Ann, id, d)
		add(path, err)
		item := assets.BulkItem{AssetID: id, Version: d.Version, SHA256: d.SHA256}
		_, err = lib.BulkReview(ctx, fixture.Ann, assets.BulkDecision{Action: d.Action, Comment: d.Comment, Items: []assets.BulkItem{item}})
		add(strings.Replace(path, "sha256", "items.0.sha256", 1), err)
	}
	_, err = lib.BulkReview(ctx, fixture.Ann, assets.BulkDecision{Action: assets.ActionSubmit, Items: []assets.BulkItem{{AssetID: assets.ID(text)}}})
	add("items.0.asset_id", err)

	for path, q := range map[string]assets.Query{
		"type": {Types: []assets.Type{assets.Type(text)}}, "status": {Statuses: []assets.Status{assets.Status(text)}},
		"asset_id": {IDs: []assets.ID{assets.ID(text)}}, "agent_slug": {AgentSlug: text}, "run_id": {RunID: text},
		"campaign_id": {CampaignID: text}, "brand_id": {BrandID: text}, "brief_id": {BriefID: text},
		"tag": {Tags: []assets.Tag{{Key: "k", Value: text}}}, "q": {Search: text},
	} {
		_, err := lib.List(ctx, fixture.Ann, q)
		add(path, err)
		_, err = lib.Counts(ctx, fixture.Ann, assets.CountQuery{Query: q})
		if path == "status" { // the counts take none
			continue
		}
		add(path, err)
	}
	_, err = lib.List(ctx, fixture.Ann, assets.Query{Tags: []assets.Tag{{Key: text}}})
	add("tag", err)
	_, err = lib.Tags(ctx, fixture.Ann, assets.TagQuery{Key: text})
	add("key", err)
	_, err = lib.Versions(ctx, fixture.Ann, assets.ID(text), assets.PageQuery{})
	add("asset_id", err)
	_, err = lib.Reviews(ctx, fixture.Ann, assets.ID(text), assets.PageQuery{})
	add("asset_id", err)
	_, err = lib.Allowed(ctx, fixture.Ann, assets.ID(text))
	add("asset_id", err)
	_, err = lib.Diff(ctx, fixture.Ann, assets.ID(text), assets.DiffQuery{})
	add("asset_id", err)
	_, err = lib.Get(ctx, fixture.Ann, assets.ID(text), assets.SelectCurrent)
	add("asset_id", err)
	return all
}

func TestBadTextUPL09(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy("first"))
		if err != nil {
			t.Fatal(err)
		}
		before := fixture.CountTraces(t, cfg, lib)
		for _, text := range unencodable {
			for _, bad := range badTexts(t, lib, made.ID, text) {
				if got := fixture.FieldPaths(bad.err); !slices.Equal(got, []string{bad.path}) {
					t.Errorf("%q at %s: %v", text, bad.path, bad.err)
				}
				if strings.Contains(fmt.Sprint(bad.err), "zqzq") {
					t.Errorf("%s: the value is echoed: %v", bad.path, bad.err)
				}
			}
		}
		if n := fixture.CountTraces(t, cfg, lib); n != before {
			t.Errorf("refused calls left %d traces", n-before)
		}
	})
}

func TestBadNumbers(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ctx := t.Context()
		made, err := lib.Create(ctx, fixture.Ann, fixture.Copy("first"))
		if err != nil {
			t.Fatal(err)
		}
		before := fixture.CountTraces(t, cfg, lib)
		second := func(_ any, err error) error { return err }
		both := fixture.Copy("text")
		both.Content = strings.NewReader("and a file")
		everything := assets.NewAsset{Tags: assets.Tags{"K": {"v"}}, NewVersion: assets.NewVersion{SHA256: "x", Filename: "a/b"}}
		for i, tt := range []struct {
			paths string
			err   error
		}{
			{"text", second(lib.Create(ctx, fixture.Ann, both))},
			{"type title tags text filename sha256", second(lib.Create(ctx, fixture.Ann, everything))},
			{"asset_id text", second(lib.AddVersion(ctx, fixture.Ann, "", assets.NewVersion{}))},
			{"upload_id", second(lib.Create(ctx, fixture.Ann, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x", UploadID: fixture.AbsentID}}))},
			{"upload_id", second(lib.AddVersion(ctx, fixture.Ann, made.ID, assets.NewVersion{UploadID: fixture.AbsentID}))},
			{"provenance.derived_from.0 upload_id", second(lib.AddVersion(ctx, fixture.Ann, made.ID, assets.NewVersion{UploadID: fixture.AbsentID, Provenance: assets.Provenance{DerivedFrom: []assets.Ref{{AssetID: fixture.AbsentID, Version: 1}}}}))},
			{"size_bytes", second(lib.NewUpload(ctx, fixture.Ann, assets.NewUpload{SizeBytes: new(int64(-1))}))},
			{"filename sha256 size_bytes", second(lib.NewUpload(ctx, fixture.Ann, assets.NewUpload{Filename: "a/b", SHA256: "x", SizeBytes: new(int64(4<<30 + 1))}))},
			{"version", second(lib.Rollback(ctx, fixture.Ann, made.ID, assets.Rollback{Version: -1 << 31}))},
			{"asset_id version reason", second(lib.Rollback(ctx, fixture.Ann, "x", assets.Rollback{Reason: long(4001)}))},
			{"action version", second(lib.Review(ctx, fixture.Ann, made.ID, assets.Decision{Version: -1}))},
			{"sha256", second(lib.Review(ctx, fixture.Ann, made.ID, assets.Decision{Action: assets.ActionSubmit, SHA256: fixture.SHA256("")}))},
			{"comment", second(lib.Review(ctx, fixture.Ann, made.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: " \n"}))},
			{"items", second(lib.BulkReview(ctx, fixture.Ann, assets.BulkDecision{Action: assets.ActionSubmit}))},
			{"limit", second(lib.List(ctx, fixture.Ann, assets.Query{Limit: -1}))},
			{"preview_expires_in", second(lib.List(ctx, fixture.Ann, assets.Query{PreviewExpiresIn: -time.Second}))},
			{"limit preview_expires_in", second(lib.List(ctx, fixture.Ann, assets.Query{Limit: -1, PreviewExpiresIn: time.Nanosecond}))},
			{"limit", second(lib.Tags(ctx, fixture.Ann, assets.TagQuery{Limit: -1}))},
			{"expires_in", second(lib.PreviewURL(ctx, fixture.Ann, made.ID, assets.PreviewOptions{ExpiresIn: 1<<63 - 1}))},
			{"version", second(lib.Version(ctx, fixture.Ann, made.ID, -2))},
			{"version", second(lib.Get(ctx, fixture.Ann, made.ID, -2))},
			{"version", second(lib.Open(ctx, fixture.Ann, made.ID, -2))},
			{"asset_ids.0 asset_ids.1", second(lib.Approved(ctx, fixture.Ann, "", "x"))},
			{"asset_id", second(lib.Allowed(ctx, fixture.Ann, "x"))},
			{"asset_id", second(lib.Publishable(ctx, fixture.Ann, "x", assets.SelectApproved))},
			{"asset_id", lib.Delete(ctx, fixture.Ann, "x", nil)},
		} {
			if got := strings.Join(fixture.FieldPaths(tt.err), " "); got != tt.paths {
				t.Errorf("%d: problems at %s, want %s: %v", i, got, tt.paths, tt.err)
			}
			if errors.Is(tt.err, assets.ErrUnavailable) {
				t.Error(tt.err)
			}
		}
		if n := fixture.CountTraces(t, cfg, lib); n != before {
			t.Errorf("refused calls left %d traces", n-before)
		}
	})
}

func long(n int) string { return strings.Repeat("z", n) }
