package httpx_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// bodyTable has a route with a body, a valid body with every member, and the
// properties of each member.
type bodyTable struct {
	operation, method, path string
	valid                   string
	ok                      int
	members                 map[string]member // by path
	inGo                    func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, file io.Reader) (error, bool)
	file                    io.Reader // if set, the body is the metadata of a multipart body with this content
}

func quoted(n int) string { return `"` + strings.Repeat("z", n-4) + marked + `"` }

func listOf(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

var hello = fmt.Sprintf("%x", sha256.Sum256([]byte("hello")))

// versionJSON has the members of a new version.
const versionJSON = `"text":"hello","media_type":"text/plain","filename":"a.txt","sha256":"{sha}","submit":true,
	"provenance":{"agent_slug":"copy-bot","run_id":"r","trace_id":"t","brand_id":"b","brief_id":"f","model":"m","source_type":"print",
		"parameters":{"n":1},"derived_from":[{"asset_id":"{id}","version":1}],"inputs":[{"kind":"k","id":"i","sha256":"{sha}"}]}`

var (
	hostID = member{long: quoted(256)}
	digest = member{long: quoted(65), bad: []string{`"zqzq"`}}

	versionMembers = map[string]member{
		"text":                               {required: true, long: quoted(1<<20 + 1)},
		"upload_id":                          {bad: []string{`"zqzq"`}, long: quoted(37)},
		"media_type":                         {long: quoted(300), status: http.StatusUnsupportedMediaType},
		"filename":                           {long: quoted(256), bad: []string{`"zqzq/a"`, `"zqzq\\a"`, `".."`, `"zqzq\n"`}},
		"sha256":                             digest,
		"submit":                             {},
		"provenance":                         {},
		"provenance.agent_slug":              {long: quoted(256), bad: []string{`"Zqzq"`, `"zqzq--a"`, `"zqzq "`}},
		"provenance.run_id":                  hostID,
		"provenance.trace_id":                hostID,
		"provenance.brand_id":                hostID,
		"provenance.brief_id":                hostID,
		"provenance.model":                   hostID,
		"provenance.source_type":             {long: quoted(256), bad: []string{`"zqzq"`, `"http://cv.iptc.org/newscodes/digitalsourcetype/zqzq"`}},
		"provenance.parameters":              {long: `{"a":` + quoted(16<<10) + `}`, bad: []string{strings.Repeat(`{"zqzq":`, 33) + "1" + strings.Repeat("}", 33), `{"zqzq":1,"zqzq":1}`, `{"a":"zqzq\u0000"}`, `{"zqzq\u0000":1}`}},
		"provenance.derived_from":            {long: listOf(101, `{"asset_id":"{id}","version":1}`)},
		"provenance.derived_from.0":          {},
		"provenance.derived_from.0.asset_id": {required: true, bad: []string{`"zqzq"`}, long: quoted(37)},
		"provenance.derived_from.0.version":  {required: true, bad: []string{"0", "-7"}},
		"provenance.inputs":                  {long: listOf(101, `{"kind":"k","id":"i"}`)},
		"provenance.inputs.0":                {},
		"provenance.inputs.0.kind":           {required: true, long: quoted(256)},
		"provenance.inputs.0.id":             {required: true, long: quoted(256)},
		"provenance.inputs.0.sha256":         digest,
	}
	titleMembers = map[string]member{
		"title":       {required: true, long: quoted(301), bad: []string{`" \u2003 "`, `"zqzq\n"`, `"zqzq\u0085"`}},
		"campaign_id": hostID,
		"tags":        {long: `{"lang":[` + numbered(101) + `]}`, bad: []string{`{"Zqzq":["a"]}`, `{"":["a"]}`, `{"` + strings.Repeat("z", 65) + `":["a"]}`}},
		"tags.lang":   {},
		"tags.lang.0": {long: quoted(201), bad: []string{`" "`, `"zqzq\t"`}},
	}
	reviewMembers = map[string]member{
		"action":  {required: true, long: quoted(300), bad: []string{`"zqzq"`, `"Approve"`}},
		"comment": {blank: true, long: quoted(4001)},
	}
)

// numbered returns n different JSON strings.
func numbered(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"%d"`, i)
	}
	return strings.Join(all, ",")
}

func with(base map[string]member, more ...map[string]member) map[string]member {
	all := maps.Clone(base)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// readInto decodes a body without strict checks. ok is false if the Go type cannot hold
// the body.
func readInto[T any](body []byte) (T, bool) {
	var in T
	return in, json.Unmarshal(body, &in) == nil
}

// bodyTables returns the tables of the routes with a JSON body.
func bodyTables() []bodyTable {
	return []bodyTable{
		{
			"create_asset", "POST", "", `{"type":"copy","title":"Launch","campaign_id":"c","tags":{"lang":["en"]},` + versionJSON + `}`, 201,
			with(versionMembers, titleMembers, map[string]member{"type": {required: true, long: quoted(300), bad: []string{`"zqzq"`, `"Copy"`}}}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, file io.Reader) (error, bool) {
				in, ok := readInto[assets.NewAsset](body)
				in.Content = file
				_, err := lib.Create(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"add_asset_version", "POST", "/{id}/versions", `{` + versionJSON + `}`, 201, versionMembers,
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, file io.Reader) (error, bool) {
				in, ok := readInto[assets.NewVersion](body)
				in.Content = file
				_, err := lib.AddVersion(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{
			"create_asset_upload", "POST", "/uploads", `{"filename":"a.txt","media_type":"text/plain","size_bytes":5,"sha256":"{sha}"}`, 201,
			map[string]member{
				"filename": versionMembers["filename"], "media_type": versionMembers["media_type"], "sha256": digest,
				"size_bytes": {bad: []string{"-7", "4294967297"}},
			},
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.NewUpload](body)
				_, err := lib.NewUpload(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"edit_asset", "PATCH", "/{id}", `{"title":"New","campaign_id":"c","tags":{"lang":["en"]}}`, 200,
			with(titleMembers, map[string]member{"title": {null: true, long: titleMembers["title"].long, bad: titleMembers["title"].bad}}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[struct {
					Title      *string
					CampaignID *assets.Optional `json:"campaign_id"`
					Tags       assets.Tags
				}](body)
				_, err := lib.Edit(ctx, by, id, assets.Edit{Title: in.Title, CampaignID: in.CampaignID, Tags: in.Tags})
				return err, ok
			}, nil,
		},
		{
			"review_asset", "POST", "/{id}/approval", `{"action":"approve","version":1,"sha256":"{first}","comment":"fine"}`, 200,
			with(reviewMembers, map[string]member{"version": {bad: []string{"-7"}, needs: "sha256"}, "sha256": digest}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.Decision](body)
				_, err := lib.Review(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{
			"bulk_review_assets", "POST", "/bulk/approval", `{"action":"approve","comment":"fine","items":[{"asset_id":"{id}","version":1,"sha256":"{first}"}]}`, 200,
			with(reviewMembers, map[string]member{
				"items":            {required: true, bad: []string{"[]"}, long: listOf(501, `{"asset_id":"{id}"}`)},
				"items.0":          {},
				"items.0.asset_id": {required: true, bad: []string{`"zqzq"`}, long: quoted(37)},
				"items.0.version":  {bad: []string{"-7"}, needs: "items.0.sha256"},
				"items.0.sha256":   digest,
			}),
			func(ctx context.Context, lib *assets.Library, by assets.Actor, _ assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.BulkDecision](body)
				_, err := lib.BulkReview(ctx, by, in)
				return err, ok
			}, nil,
		},
		{
			"rollback_asset", "POST", "/{id}/rollback", `{"version":1,"reason":"better"}`, 200,
			map[string]member{"version": {required: true, bad: []string{"0", "-7"}}, "reason": {blank: true, long: quoted(4001)}},
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.Rollback](body)
				_, err := lib.Rollback(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{
			"comment_asset", "POST", "/{id}/comments", `{"version":1,"text":"fine"}`, 201,
			map[string]member{"version": {required: true, bad: []string{"0", "-7"}}, "text": {required: true, long: quoted(4001), bad: []string{`" "`}}},
			func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID, body []byte, _ io.Reader) (error, bool) {
				in, ok := readInto[assets.NewComment](body)
				_, err := lib.Comment(ctx, by, id, in)
				return err, ok
			}, nil,
		},
		{ // expires_in is a number of seconds, not a time.Duration
			"create_review_link", "POST", "/{id}/review-links", `{"version":1,"name":"Dr. Weber","can":"comment","expires_in":60}`, 201,
			map[string]member{
				"version": {bad: []string{"0", "-7"}}, "name": {required: true, long: quoted(201), bad: []string{`" "`, `"zqzq\n"`}},
				"can": {bad: []string{`"zqzq"`, `"Decide"`}}, "expires_in": {bad: []string{"0", "-1", "2592001"}},
			},
			nil, nil,
		},
		{ // package export tests its checks in Go
			"create_export", "POST", "/exports", `{"type":["copy"],"asset_id":["{approved}"],"agent_slug":"a","run_id":"r","campaign_id":"c",
				"brand_id":"b","brief_id":"f","tag":["k:v"],"q":"K, V","created_by":"maker","last_action":"approve","media_type":"text/plain","created_after":"2020-01-01T00:00:00Z","created_before":"2120-01-01T00:00:00Z","expires_in":60}`, 201,
			exportMembers, nil, nil,
		},
		{
			"create_export", "POST", "/exports", `{"asset_ids":["{approved}"]}`, 201,
			map[string]member{
				"asset_ids":   {bad: []string{"[]"}, long: listOf(501, `"{approved}"`)},
				"asset_ids.0": {bad: []string{`"zqzq"`}, long: quoted(37)},
			},
			nil, nil,
		},
		{ // package webhook tests its checks in Go
			"create_webhook", "POST", "/webhooks", `{"url":"https://example.com/hook","types":["asset.approved"],"in_force_changed":true,"campaign_id":"c","description":"x"}`, 201,
			with(webhookMembers, map[string]member{"url": webhookMembers["url"].mandatory()}), nil, nil,
		},
		{
			"edit_webhook", "PATCH", "/webhooks/{webhook}", `{"url":"https://example.com/hook","types":["asset.approved"],"in_force_changed":true,"campaign_id":"c","description":"x","paused":true}`, 200,
			with(webhookMembers, map[string]member{
				"url": webhookMembers["url"].notNull(), "in_force_changed": {null: true}, "paused": {null: true}, "description": webhookMembers["description"].notNull(),
			}), nil, nil,
		},
		{
			"replay_webhook", "POST", "/webhooks/{webhook}/replay", `{"after":"now"}`, 202,
			map[string]member{"after": {required: true, long: quoted(600)}},
			nil, nil,
		},
	}
}

// webhookMembers are the members of a webhook.
var webhookMembers = map[string]member{
	"url": {long: quoted(2100), bad: []string{
		`"zqzq"`, `"ftp://zqzq/"`, `"https://zqzq@example.com/"`, `"https://example.com/#zqzq"`, `"http://zqzq.example/"`, `"https://zqzq.example:8443/"`, `"https://127.0.0.1/zqzq"`,
	}},
	"types":            {bad: []string{"[]"}},
	"types.0":          {long: quoted(300), bad: []string{`"zqzq"`, `"Asset.approved"`, `"workspace.purged"`}},
	"in_force_changed": {},
	"campaign_id":      hostID,
	"description":      {blank: true, long: quoted(310), bad: []string{`"zqzq\n"`}},
}

// exportMembers are the filters of an export.
var exportMembers = map[string]member{
	"type":           {lone: true, bad: []string{"[]"}, long: listOf(201, `"copy"`)},
	"type.0":         {long: quoted(300), bad: []string{`"zqzq"`, `"Copy"`}},
	"asset_id":       {lone: true, bad: []string{"[]"}, long: listOf(201, `"{approved}"`)},
	"asset_id.0":     {long: quoted(37), bad: []string{`"zqzq"`}},
	"agent_slug":     {long: quoted(256), bad: []string{`"Zqzq"`, `"zqzq "`}},
	"run_id":         hostID,
	"campaign_id":    hostID,
	"brand_id":       hostID,
	"brief_id":       hostID,
	"tag":            {lone: true, bad: []string{"[]"}, long: listOf(201, `"k:v"`)},
	"tag.0":          {bad: []string{`"zqzq"`, `":zqzq"`, `"zqzq:"`, `"Zqzq:a"`, `"k: "`, `"k:zqzq\n"`}, long: `"k:` + strings.Repeat("z", 197) + marked + `"`},
	"q":              {long: quoted(201)},
	"created_by":     hostID,
	"last_action":    {bad: []string{`"zqzq"`, `"Approve"`, `"comment"`}},
	"media_type":     {bad: []string{`"zqzq"`, `"zqzq/"`, `"zqzq/*"`}, long: `"zqzq/` + strings.Repeat("z", 300) + `"`},
	"created_after":  {bad: []string{`"zqzq"`, `"2026-01-02"`, `"2026-01-02T03:04:05"`}},
	"created_before": {bad: []string{`"zqzq"`, `"2026-01-02"`, `"2026-01-02T03:04:05"`}},
	"expires_in":     {bad: []string{"0", "-7", "604801"}},
}

// tablesOfMetadata returns the tables of the routes that accept a multipart body.
func tablesOfMetadata(t testing.TB) (rows []bodyTable) {
	for _, row := range bodyTables() {
		if _, ok := row.members["submit"]; !ok {
			continue
		}
		row.valid, row.members = drop(t, row.valid, "text"), maps.Clone(row.members)
		delete(row.members, "text")
		row.file = strings.NewReader("hello")
		rows = append(rows, row)
	}
	return rows
}
