package httpx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/testing/backends"
)

// What a key may do on a route, whatever asset is named.
const (
	may      = "may"
	never    = "never"    // 403 forbidden_scope, before anything is read
	notThis  = "not this" // 403 forbidden_scope, when the action is known
	notAgent = "agent"    // 403 agent_cannot_approve, when the action is known
)

// access is a cell for each key that authenticates in w1.
type access struct{ read, write, approve, agent string }

var (
	reads    = access{may, never, never, may}
	writes   = access{never, may, never, may}
	submits  = access{never, may, notThis, may}
	objects  = access{never, notThis, may, may}
	approves = access{never, notThis, may, notAgent}
)

// isolated is a row: one request that names {asset}.
type isolated struct {
	operation, method, path, body string
	access
	state string // of the asset; default draft
	ok    want
	lost  want // the asset is unknown; default 404
	loc   string

	matches  bool   // it takes If-Match
	conflict string // a state in which the answer is 409
}

// Every route that names an asset. Whatever names none is in namesNoAsset.
var isolation = []isolated{
	{operation: "get_asset", method: "GET", path: "/{asset}", access: reads, ok: want{status: 200}},
	{operation: "get_asset", method: "GET", path: "/{asset}?version=approved", access: reads, state: "approved", ok: want{status: 200}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/1", access: reads, ok: want{status: 200}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/9", access: reads, ok: want{status: 404, code: "not_found"}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/approved", access: reads, ok: want{status: 404, code: "not_approved"}},
	{operation: "get_asset_content", method: "GET", path: "/{asset}/versions/current/content", access: reads, ok: want{status: 200, body: []string{"second in w"}}},
	{operation: "get_asset_content", method: "GET", path: "/{asset}/versions/approved/content", access: reads, state: "approved", ok: want{status: 200, body: []string{"first in w"}}},
	{operation: "preview_asset", method: "GET", path: "/{asset}/preview", access: reads, ok: want{status: 200}},
	{operation: "preview_asset", method: "GET", path: "/{asset}/preview?version=1&download=1", access: reads, ok: want{status: 200}},
	{operation: "get_asset_preview_url", method: "GET", path: "/{asset}/preview-url", access: reads, ok: want{status: 200}},

	{operation: "edit_asset", method: "PATCH", path: "/{asset}", body: `{"title":"New"}`, access: writes, ok: want{status: 200}, matches: true, conflict: "archived"},
	{operation: "delete_asset", method: "DELETE", path: "/{asset}", access: writes, ok: want{status: 204}, matches: true, conflict: "approved"},
	{operation: "add_asset_version", method: "POST", path: "/{asset}/versions", body: `{"text":"third"}`, access: writes, ok: want{status: 201}, matches: true, conflict: "archived"},
	{operation: "rollback_asset", method: "POST", path: "/{asset}/rollback", body: `{"version":1}`, access: writes, ok: want{status: 200}, matches: true, conflict: "archived"},

	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"approve","version":2}`, access: approves, ok: want{status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"request_changes","comment":"no"}`, access: objects, state: "pending", ok: want{status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"submit"}`, access: submits, ok: want{status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"archive"}`, access: submits, ok: want{status: 200}, matches: true},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"reopen"}`, access: submits, state: "archived", ok: want{status: 200}, matches: true, conflict: "pending"},
	{
		operation: "bulk_review_assets", method: "POST", path: "/bulk/approval", body: `{"action":"approve","items":[{"asset_id":"{asset}","version":2}]}`,
		access: approves, ok: want{status: 200, body: []string{`"asset":{"id":"{asset}"`}}, loc: "body.items.0.asset_id",
		lost: want{status: 200, body: []string{`{"results":[{"asset_id":"{asset}","error":{"detail":"not found","code":"not_found"}}]}`}},
	},

	// An id that is not in the path.
	{operation: "create_export", method: "POST", path: "/exports", body: `{"asset_ids":["{asset}"]}`, access: reads, state: "approved", ok: want{status: 201, body: []string{`"items":1`}}, loc: "body.asset_ids.0", lost: want{status: 422, locs: []string{"body.asset_ids.0"}}},
	{operation: "create_export", method: "POST", path: "/exports", body: `{"asset_id":"{asset}"}`, access: reads, state: "approved", ok: want{status: 201, body: []string{`"items":1`}}, loc: "body.asset_id.0", lost: want{status: 422, locs: []string{"body"}}},
	{operation: "list_assets", method: "GET", path: "?asset_id={asset}", access: reads, ok: want{status: 200, body: []string{`"id":"{asset}"`}}, lost: want{status: 200, body: []string{`{"items":[],`}}, loc: "query.asset_id"},
	{operation: "list_assets", method: "GET", path: "?asset_id={asset}&status=approved&include_total=true", access: reads, state: "approved", ok: want{status: 200, body: []string{`"id":"{asset}"`, `"total":1`}}, lost: want{status: 200, body: []string{`{"items":[],`, `"total":0`}}, loc: "query.asset_id"},
	{
		operation: "create_asset", method: "POST", body: `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":1}]}}`,
		access: writes, ok: want{status: 201}, loc: "body.provenance.derived_from.0.asset_id", lost: want{status: 422, locs: []string{"body.provenance.derived_from.0"}},
	},
	{
		operation: "create_asset", method: "POST", body: `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":9}]}}`,
		access: writes, ok: want{status: 422, locs: []string{"body.provenance.derived_from.0"}}, loc: "body.provenance.derived_from.0.asset_id", lost: want{status: 422, locs: []string{"body.provenance.derived_from.0"}},
	},
}

// namesNoAsset are the routes without an id: who may call them is all there is.
var namesNoAsset = []isolated{
	{operation: "list_asset_tags", method: "GET", path: "/tags", access: reads, ok: want{status: 200}},
	{operation: "create_asset_upload", method: "POST", path: "/uploads", body: "{}", access: writes, ok: want{status: 201}},
	{operation: "list_exports", method: "GET", path: "/exports", access: reads, ok: want{status: 200}},
	{operation: "get_export", method: "GET", path: "/exports/" + unknownID, access: reads, ok: want{status: 404, code: "not_found"}}, // TestTEN05Exports
}

// TestTEN01EveryRouteHasARow: a new route takes its place in the tables.
func TestTEN01EveryRouteHasARow(t *testing.T) {
	t.Parallel()
	own, public := httpx.Operations(newWorld(t).lib)
	named := map[string]bool{}
	for _, row := range slices.Concat(isolation, namesNoAsset) {
		named[row.operation] = true
		if !slices.ContainsFunc(own, func(op rest.Operation) bool { return op.Name == row.operation && op.Method == row.method }) {
			t.Errorf("the row %s %s is of no route", row.operation, row.method)
		}
	}
	for _, op := range own {
		if !named[op.Name] && len(op.Scopes) > 0 {
			t.Errorf("the route %s has no row", op.Name)
		}
	}
	for _, op := range public {
		if op.Name != "open_public_preview" && op.Name != "put_upload" && op.Name != "download_export" { // TestTEN01Public, TestPutUpload
			t.Errorf("the public route %s has no test", op.Name)
		}
	}
}

func TestTEN01Isolation(t *testing.T) {
	for _, row := range isolation {
		t.Run(strings.ReplaceAll(row.method+" "+row.path+" "+row.body, "/", "|"), func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) { isolate(t, newTenants(t, db), row) })
		})
	}
}

// isolate tries a row with every key on every kind of id.
func isolate(t *testing.T, b tenants, row isolated) {
	if row.state == "" {
		row.state = "draft"
	}
	for key, cell := range row.cells() {
		t.Run(key, func(t *testing.T) {
			try := func(id assets.ID, w want) {
				t.Helper()
				b.judge(t, row, key, id, w)
			}
			own, foreign := "w1", "w2"
			if key == "other" {
				own, foreign = foreign, own
			}
			try(b.asset(own, row.state), row.expect(cell, row.ok))
			try(unknownID, row.expect(cell, row.lost))
			try("nope", row.malformed(cell))
			for _, state := range []string{"draft", "approved", "archived"} {
				b.asFarAsUnknown(t, row, key, foreign, b.asset(foreign, state), cell)
			}
			if cell == may {
				b.conditions(t, row, key, own)
			}
		})
	}
}

// tenants is a server of two workspaces.
type tenants struct{ *bench }

func newTenants(t testing.TB, db backends.Database, opts ...option) tenants {
	t.Helper()
	return tenants{newBench(t, db, opts...)}
}

// cells answers what each key may do.
func (row isolated) cells() map[string]string {
	return map[string]string{
		"none": "", "revoked": "", "read": row.read, "write": row.write, "approve": row.approve, "agent": row.agent, "other": may,
	}
}

// expect answers what a well-formed request gets: found, unless the key may not.
func (row isolated) expect(cell string, found want) want {
	switch cell {
	case "":
		return want{status: 401, code: "unauthorized"}
	case never, notThis:
		return want{status: 403, code: "forbidden_scope"}
	case notAgent:
		return want{status: 403, code: "agent_cannot_approve"}
	}
	if found.status == 0 {
		return want{status: 404, code: "not_found", header: map[string]string{"ETag": "-"}}
	}
	return found
}

// malformed answers what comes of an id that is none.
func (row isolated) malformed(cell string) want {
	if cell == "" || cell == never {
		return row.expect(cell, want{})
	}
	loc := row.loc
	if loc == "" {
		loc = "path.asset_id"
	}
	return want{status: 422, locs: []string{loc}}
}

func (b tenants) judge(t *testing.T, row isolated, key string, id assets.ID, expected want) {
	t.Helper()
	rec := b.try(row, key, id, nil)
	b2 := *b.world
	b2.vars = map[string]string{"asset": string(id)}
	expected.check(t, &b2, rec)
}

// try sends the row's request with an id.
func (b tenants) try(row isolated, key string, id assets.ID, header map[string]string) *httptest.ResponseRecorder {
	fill := func(s string) string { return strings.ReplaceAll(s, "{asset}", string(id)) }
	return b.send(call{method: row.method, path: base + fill(row.path), as: b.bearers[key], body: fill(row.body), header: header})
}

// asFarAsUnknown: an answer about another workspace's asset, whatever its
// state, is byte for byte that about an id which never was, and the asset
// stays as it is.
func (b tenants) asFarAsUnknown(t *testing.T, row isolated, key, workspace string, foreign assets.ID, cell string) {
	t.Helper()
	before := b.whole(t, workspace, foreign)
	headers := []map[string]string{nil, {"If-Match": `"r999"`}, {"If-None-Match": "*"}, {"Idempotency-Key": string(foreign)}}
	for _, header := range headers {
		if header["Idempotency-Key"] != "" && row.operation != "add_asset_version" {
			continue
		}
		methods := []string{row.method}
		if row.method == "GET" {
			methods = append(methods, "HEAD")
		}
		for _, method := range methods {
			row.method = method
			bytesOf := func(id assets.ID) string {
				rec := b.try(row, key, id, header)
				if cell == may && rec.Code != http.StatusNotFound && row.lost.status == 0 {
					t.Errorf("%s of %s with %v: %d", method, id, header, rec.Code)
				}
				return strings.ReplaceAll(fmt.Sprint(rec.Code, rec.Header(), rec.Body), string(id), "ID")
			}
			if diff := cmp.Diff(bytesOf(unknownID), bytesOf(foreign)); diff != "" {
				t.Errorf("%s with %v tells foreign from unknown: %s", method, header, diff)
			}
		}
	}
	if diff := cmp.Diff(before, b.whole(t, workspace, foreign)); diff != "" {
		t.Errorf("another workspace's asset changed: %s", diff)
	}
}

// whole is everything about an asset, its approved perspective included.
func (b *bench) whole(t *testing.T, workspace string, id assets.ID) *assets.Asset {
	t.Helper()
	a, err := b.lib.Get(t.Context(), maker(workspace), id, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// conditions: with an own asset the same requests do meet 412 and 409, which a
// foreign one must not show.
func (b tenants) conditions(t *testing.T, row isolated, key, workspace string) {
	t.Helper()
	if row.matches {
		stale := b.try(row, key, b.asset(workspace, row.state), map[string]string{"If-Match": `"r999"`})
		want{status: 412, code: "precondition_failed"}.check(t, b.world, stale)
	}
	if row.conflict != "" {
		if rec := b.try(row, key, b.asset(workspace, row.conflict), nil); rec.Code != http.StatusConflict {
			t.Errorf("%s: %d %s, want 409", row.conflict, rec.Code, rec.Body)
		}
	}
}
