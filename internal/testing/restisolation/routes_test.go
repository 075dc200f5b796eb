package restisolation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

// The results of a request by the permissions of its key.
const (
	allowed        = "allowed"
	missingScope   = "scope"  // 403 forbidden_scope, before anything is read
	scopeForAction = "action" // 403 forbidden_scope, after the action is known
	kindForAction  = "kind"   // 403 agent_cannot_approve, after the action is known
	forbiddenKind  = "route"  // 403 forbidden_kind, before anything is read
)

// access has the result for each key of w1.
type access struct{ read, write, approve, agent string }

var (
	reads    = access{allowed, missingScope, missingScope, allowed}
	writes   = access{missingScope, allowed, missingScope, allowed}
	submits  = access{missingScope, allowed, scopeForAction, allowed}
	objects  = access{missingScope, scopeForAction, allowed, allowed}
	approves = access{missingScope, kindForAction, allowed, kindForAction}
	anybody  = access{allowed, allowed, allowed, allowed}

	comments = access{missingScope, allowed, allowed, allowed}

	invites = access{missingScope, forbiddenKind, allowed, forbiddenKind}

	readsWebhooks   = access{allowed, missingScope, missingScope, forbiddenKind}
	changesWebhooks = access{missingScope, missingScope, missingScope, forbiddenKind}
)

// routeTest is a request with {asset} in its path or body, and its expected results.
type routeTest struct {
	operation, method, path, body string
	access
	state   string // of the asset; default draft
	ok      want
	unknown want   // for an unknown asset; default 404
	loc     string // of the field error for a malformed id; default path.asset_id

	matches  bool   // the operation has If-Match
	conflict string // a state for which the response is 409
}

// assetRoutes has every operation with an asset id. otherRoutes has the others.
var assetRoutes = []routeTest{
	{operation: "get_asset", method: "GET", path: "/{asset}", access: reads, ok: want{Status: 200}},
	{operation: "get_asset", method: "GET", path: "/{asset}?version=approved", access: reads, state: "approved", ok: want{Status: 200}},
	{operation: "list_asset_versions", method: "GET", path: "/{asset}/versions", access: reads, ok: want{Status: 200, Body: []string{`"version":2`}}},
	{operation: "list_asset_reviews", method: "GET", path: "/{asset}/reviews", access: reads, ok: want{Status: 200}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/1", access: reads, ok: want{Status: 200}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/9", access: reads, ok: want{Status: 404, Code: "not_found"}},
	{operation: "get_asset_version", method: "GET", path: "/{asset}/versions/approved", access: reads, ok: want{Status: 404, Code: "not_approved"}},
	{operation: "get_asset_content", method: "GET", path: "/{asset}/versions/current/content", access: reads, ok: want{Status: 200, Body: []string{"second in w"}}},
	{operation: "get_asset_content", method: "GET", path: "/{asset}/versions/approved/content", access: reads, state: "approved", ok: want{Status: 200, Body: []string{"first in w"}}},
	{operation: "get_asset_attestation", method: "GET", path: "/{asset}/versions/1/attestation", access: reads, state: "approved", ok: want{Status: 404, Code: "not_configured"}},
	{operation: "diff_asset", method: "GET", path: "/{asset}/diff", access: reads, ok: want{Status: 200, Body: []string{`"to":{"version":2,`, `"text":" in w`}}},
	{operation: "diff_asset", method: "GET", path: "/{asset}/diff?from=approved", access: reads, ok: want{Status: 404, Code: "not_approved"}},
	{operation: "get_allowed_actions", method: "GET", path: "/{asset}/allowed", access: reads, ok: want{Status: 200, Body: []string{`{"actions":[{"action":"submit",`}}},
	{operation: "explain_asset", method: "GET", path: "/{asset}/publishable", access: reads, ok: want{Status: 200, Body: []string{`{"publishable":false,"version":null,`}}},
	{operation: "explain_asset", method: "GET", path: "/{asset}/publishable?version=1", access: reads, state: "approved", ok: want{Status: 200, Body: []string{`{"publishable":true,"version":1,`}}},
	{operation: "explain_asset", method: "GET", path: "/{asset}/publishable?version=9", access: reads, ok: want{Status: 404, Code: "not_found"}},
	{operation: "preview_asset", method: "GET", path: "/{asset}/preview", access: reads, ok: want{Status: 200}},
	{operation: "preview_asset", method: "GET", path: "/{asset}/preview?version=1&download=1", access: reads, ok: want{Status: 200}},
	{operation: "get_asset_preview_url", method: "GET", path: "/{asset}/preview-url", access: reads, ok: want{Status: 200}},

	{operation: "edit_asset", method: "PATCH", path: "/{asset}", body: `{"title":"New"}`, access: writes, ok: want{Status: 200}, matches: true, conflict: "archived"},
	{operation: "delete_asset", method: "DELETE", path: "/{asset}", access: writes, ok: want{Status: 204}, matches: true, conflict: "approved"},
	{operation: "add_asset_version", method: "POST", path: "/{asset}/versions", body: `{"text":"third"}`, access: writes, ok: want{Status: 201}, matches: true, conflict: "archived"},
	{operation: "rollback_asset", method: "POST", path: "/{asset}/rollback", body: `{"version":1}`, access: writes, ok: want{Status: 200}, matches: true, conflict: "archived"},

	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"approve","version":2}`, access: approves, ok: want{Status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"request_changes","comment":"no"}`, access: objects, state: "pending", ok: want{Status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"submit"}`, access: submits, ok: want{Status: 200}, matches: true, conflict: "archived"},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"archive"}`, access: submits, ok: want{Status: 200}, matches: true},
	{operation: "review_asset", method: "POST", path: "/{asset}/approval", body: `{"action":"reopen"}`, access: submits, state: "archived", ok: want{Status: 200}, matches: true, conflict: "pending"},
	{operation: "comment_asset", method: "POST", path: "/{asset}/comments", body: `{"version":2,"text":"Is it agreed?"}`, access: comments, ok: want{Status: 201, Body: []string{`"action":"comment"`}}},
	{operation: "comment_asset", method: "POST", path: "/{asset}/comments", body: `{"version":9,"text":"Is it agreed?"}`, access: comments, state: "archived", ok: want{Status: 404, Code: "not_found"}},
	{operation: "create_review_link", method: "POST", path: "/{asset}/review-links", body: `{"name":"Eve"}`, access: invites, ok: want{Status: 201, Body: []string{`"asset_id":"{asset}"`, `"url":"https://`}}, conflict: "archived"},
	{operation: "list_review_links", method: "GET", path: "/{asset}/review-links", access: invites, ok: want{Status: 200, Body: []string{`{"items":[]`}}},
	{
		operation: "bulk_review_assets", method: "POST", path: "/bulk/approval", body: `{"action":"approve","items":[{"asset_id":"{asset}","version":2}]}`,
		access: approves, ok: want{Status: 200, Body: []string{`"asset":{"id":"{asset}"`}}, loc: "body.items.0.asset_id",
		unknown: want{Status: 200, Body: []string{`{"results":[{"asset_id":"{asset}","error":{"detail":"not found","code":"not_found"}}]}`}},
	},

	// The id is not in the path.
	{operation: "create_export", method: "POST", path: "/exports", body: `{"asset_ids":["{asset}"]}`, access: reads, state: "approved", ok: want{Status: 201, Body: []string{`"items":1`}}, loc: "body.asset_ids.0", unknown: want{Status: 422, Locs: []string{"body.asset_ids.0"}}},
	{operation: "create_export", method: "POST", path: "/exports", body: `{"asset_id":"{asset}"}`, access: reads, state: "approved", ok: want{Status: 201, Body: []string{`"items":1`}}, loc: "body.asset_id.0", unknown: want{Status: 422, Locs: []string{"body"}}},
	{operation: "list_assets", method: "GET", path: "?asset_id={asset}", access: reads, ok: want{Status: 200, Body: []string{`"id":"{asset}"`}}, unknown: want{Status: 200, Body: []string{`{"items":[],`}}, loc: "query.asset_id"},
	{operation: "list_assets", method: "GET", path: "?asset_id={asset}&status=approved&include_total=true", access: reads, state: "approved", ok: want{Status: 200, Body: []string{`"id":"{asset}"`, `"total":1`}}, unknown: want{Status: 200, Body: []string{`{"items":[],`, `"total":0`}}, loc: "query.asset_id"},
	{operation: "list_events", method: "GET", path: "/events?asset_id={asset}&limit=1", access: reads, ok: want{Status: 200, Body: []string{`"asset_id":"{asset}"`}}, unknown: want{Status: 200, Body: []string{`{"items":[],`}}, loc: "query.asset_id"},
	{operation: "count_assets", method: "GET", path: "/counts?asset_id={asset}", access: reads, ok: want{Status: 200, Body: []string{`{"draft":1,`}}, unknown: want{Status: 200, Body: []string{`{"draft":0,`}}, loc: "query.asset_id"},
	{
		operation: "create_asset", method: "POST", body: `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":1}]}}`,
		access: writes, ok: want{Status: 201}, loc: "body.provenance.derived_from.0.asset_id", unknown: want{Status: 422, Locs: []string{"body.provenance.derived_from.0"}},
	},
	{
		operation: "create_asset", method: "POST", body: `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":9}]}}`,
		access: writes, ok: want{Status: 422, Locs: []string{"body.provenance.derived_from.0"}}, loc: "body.provenance.derived_from.0.asset_id", unknown: want{Status: 422, Locs: []string{"body.provenance.derived_from.0"}},
	},
}

// otherRoutes has the operations without an asset id.
var otherRoutes = []routeTest{
	{operation: "get_me", method: "GET", path: "/me", access: anybody, ok: want{Status: 200, Body: []string{`{"workspace_id":"w`}}},
	{operation: "get_usage", method: "GET", path: "/usage", access: reads, ok: want{Status: 200, Body: []string{`{"assets":`}}},
	{operation: "list_asset_tags", method: "GET", path: "/tags", access: reads, ok: want{Status: 200}},
	{operation: "create_asset_upload", method: "POST", path: "/uploads", body: "{}", access: writes, ok: want{Status: 201}},
	{operation: "list_events", method: "GET", path: "/events", access: reads, ok: want{Status: 200, Body: []string{`{"items":[`}}},
	{operation: "stream_events", method: "GET", path: "/events/stream?after=zqzq", access: reads, ok: want{Status: 400, Code: "invalid_cursor"}}, // it would not end
	{operation: "list_exports", method: "GET", path: "/exports", access: reads, ok: want{Status: 200}},
	{operation: "get_export", method: "GET", path: "/exports/" + unknownID, access: reads, ok: want{Status: 404, Code: "not_found"}}, // TestExportsOfOneWorkspaceTEN05 of httpx

	{operation: "revoke_review_link", method: "DELETE", path: "/review-links/" + unknownID, access: invites, ok: want{Status: 404, Code: "not_found"}}, // TestReviewLinksOfOneWorkspace has those that exist

	// TestWebhooksOfOneWorkspace of httpx has those of webhooks that exist.
	{operation: "create_webhook", method: "POST", path: "/webhooks", body: `{"url":"https://example.com/"}`, access: changesWebhooks, ok: want{Status: 201}},
	{operation: "list_webhooks", method: "GET", path: "/webhooks", access: readsWebhooks, ok: want{Status: 200}},
	{operation: "get_webhook", method: "GET", path: "/webhooks/" + unknownID, access: readsWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "edit_webhook", method: "PATCH", path: "/webhooks/" + unknownID, body: `{"paused":true}`, access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "delete_webhook", method: "DELETE", path: "/webhooks/" + unknownID, access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "rotate_webhook_secret", method: "POST", path: "/webhooks/" + unknownID + "/secret", access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "test_webhook", method: "POST", path: "/webhooks/" + unknownID + "/test", access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "list_webhook_deliveries", method: "GET", path: "/webhooks/" + unknownID + "/deliveries", access: readsWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "retry_webhook_delivery", method: "POST", path: "/webhooks/" + unknownID + "/deliveries/" + unknownID + "/retry", access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
	{operation: "replay_webhook", method: "POST", path: "/webhooks/" + unknownID + "/replay", body: `{"after":"now"}`, access: changesWebhooks, ok: want{Status: 404, Code: "not_found"}},
}

// operation is an operation of the OpenAPI document.
type operation struct {
	name, method, path string
	credential         bool // a bearer token is required
}

// operationsOf returns the operations of a server below its base path and below
// its public path. A HEAD that is documented beside its GET is not one of them.
func operationsOf(srv *resttest.Server) (own, public []operation) {
	srv.TB.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string           `json:"operationId"`
			Security    []map[string]any `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(resttest.Document(srv.TB, srv.Lib), &document); err != nil {
		srv.TB.Fatal(err)
	}
	for path, methods := range document.Paths {
		for method, op := range methods {
			if method == "head" {
				continue
			}
			o := operation{op.OperationID, strings.ToUpper(method), path, len(op.Security) > 0}
			if below, ok := strings.CutPrefix(path, srv.Lib.PublicPath()); ok {
				o.path = below
				public = append(public, o)
				continue
			}
			o.path = strings.TrimPrefix(path, srv.Lib.BasePath())
			own = append(own, o)
		}
	}
	if len(own) == 0 || len(public) == 0 {
		srv.TB.Fatalf("%d operations and %d public ones are documented", len(own), len(public))
	}
	return own, public
}

// TestEveryRouteIsTestedTEN01 fails for a new route that is not in the tables.
func TestEveryRouteIsTestedTEN01(t *testing.T) {
	t.Parallel()
	own, public := operationsOf(resttest.New(t))
	named := map[string]bool{}
	for _, row := range slices.Concat(assetRoutes, otherRoutes) {
		named[row.operation] = true
		if !slices.ContainsFunc(own, func(op operation) bool { return op.name == row.operation && op.method == row.method }) {
			t.Errorf("there is no route %s %s", row.operation, row.method)
		}
	}
	for _, op := range own {
		if !named[op.name] && op.credential {
			t.Errorf("the route %s is not in the tables", op.name)
		}
	}
	for _, op := range public { // TestPublicRoutesTEN01, and TestPutUpload and TestAttestationKeys of httpx
		if op.name != "list_attestation_keys" && op.name != "open_public_preview" && op.name != "put_upload" && op.name != "download_export" {
			t.Errorf("the public route %s has no test", op.name)
		}
	}
}

// cells returns the result for each key.
func (row routeTest) cells() map[string]string {
	return map[string]string{
		"none": "", "revoked": "", "read": row.read, "write": row.write, "approve": row.approve, "agent": row.agent, "other": allowed,
	}
}

// expect returns the expected response to a valid request: found, if the key is allowed.
func (row routeTest) expect(cell string, found want) want {
	switch cell {
	case "":
		return want{Status: 401, Code: "unauthorized"}
	case missingScope, scopeForAction:
		return want{Status: 403, Code: "forbidden_scope"}
	case kindForAction:
		return want{Status: 403, Code: "agent_cannot_approve"}
	case forbiddenKind:
		return want{Status: 403, Code: "forbidden_kind"}
	}
	if found.Status == 0 {
		return want{Status: 404, Code: "not_found", Header: map[string]string{"ETag": "-"}}
	}
	return found
}

// malformed returns the expected response for a malformed id.
func (row routeTest) malformed(cell string) want {
	if cell == "" || cell == missingScope || cell == forbiddenKind {
		return row.expect(cell, want{})
	}
	loc := row.loc
	if loc == "" {
		loc = "path.asset_id"
	}
	return want{Status: 422, Locs: []string{loc}}
}
