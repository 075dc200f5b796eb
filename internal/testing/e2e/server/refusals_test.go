package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// refusals provokes every error code but that of fill, also by sending secrets where they do not
// belong.
func (a *audit) refusals(id string) {
	a.Helper()
	bearer, draft := a.keys["admin"], a.ok("agent", "POST "+routes, `{"type":"copy","title":"Draft","text":"x"}`, "Idempotency-Key", "once").ID
	own := func(more ...string) []string {
		return slices.Concat([]string{"{asset_id}", id, "{version}", "1"}, more)
	}
	preview := tokenOf(a.ok("admin", "GET "+one+"/preview-url", "", own()...).URL)
	brief := tokenOf(a.ok("admin", "GET "+one+"/preview-url?expires_in=1", "", own()...).URL)
	export := tokenOf(a.ok("admin", "POST "+routes+"/exports", `{"asset_ids":["`+id+`"]}`).URL)
	upload := tokenOf(a.ok("agent", "POST "+routes+"/uploads", `{}`).URL)
	a.ok("", "PUT "+public+"/uploads/{token}", "x", "{token}", upload)
	for _, r := range []struct {
		code, key, operation, body string
		more                       []string
	}{
		{"unauthorized", "", "GET " + routes, "", nil},
		{"unauthorized", "revoked", "GET " + one, "", own()},
		{"unauthorized", "", "GET " + one, "", own("Authorization", "Bearer "+preview)},
		{"unauthorized", "", "GET " + one, "", own("Authorization", "Basic "+bearer)},
		{"unauthorized", "", "GET " + one, "", own("Authorization", "Bearer "+bearer[:len(bearer)-1])},
		{"unauthorized", "revoked", "POST /mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, nil},
		{"forbidden_scope", "reader", "POST " + routes, `{}`, nil},
		{"forbidden_kind", "agent", "POST " + routes + "/webhooks", `{"url":"https://webhook.invalid/` + bearer + `"}`, nil},
		{"agent_cannot_approve", "agent", "POST " + one + "/approval", `{"action":"approve","version":3}`, own()},
		{"forbidden_origin", "", "POST " + routes, `{}`, []string{"Sec-Fetch-Site", "cross-deployment"}},
		{"forbidden_origin", "admin", "POST /mcp", `{}`, []string{"Origin", "https://evil.example"}},
		{"not_found", "other", "GET " + one, "", own()},
		{"not_found", "admin", "GET " + routes + "/x/{token}", "", []string{"{token}", bearer}},
		{"not_found", "", "GET " + public + "/preview/{token}", "", []string{"{token}", bearer}},
		{"not_found", "", "GET " + public + "/preview/{token}", "", []string{"{token}", export}},
		{"not_found", "", "GET " + public + "/exports/{token}", "", []string{"{token}", preview}},
		{"not_found", "", "PUT " + public + "/uploads/{token}", "x", []string{"{token}", preview}},
		{"not_approved", "admin", "GET " + one + "/versions/approved", "", []string{"{asset_id}", draft}},
		{"method_not_allowed", "admin", "PUT " + routes, "", nil},
		{"version_conflict", "admin", "POST " + one + "/approval", `{"action":"approve","version":2}`, own()},
		{"not_draft", "admin", "DELETE " + one, "", own()},
		{"precondition_failed", "admin", "PATCH " + one, `{"title":"t"}`, own("If-Match", `"r999"`)},
		{"payload_too_large", "agent", "POST " + routes + "/uploads", strings.Repeat(" ", 300<<10), nil},
		{"unsupported_media_type", "agent", "POST " + routes, `{}`, []string{"Content-Type", "text/plain"}},
		{"range_not_satisfiable", "admin", "GET " + one + "/versions/{version}/content", "", own("Range", "bytes=999-")},
		{"validation_error", "admin", "GET " + routes + "?access_token={token}", "", []string{"{token}", bearer}},
		{"validation_error", "admin", "GET " + routes + "?type={token}&limit={token}", "", []string{"{token}", bearer}},
		{"validation_error", "admin", "GET " + one, "", []string{"{asset_id}", bearer}},
		{"validation_error", "agent", "POST " + routes, `{"type":"copy","title":"t","upload_id":"` + upload + `"}`, nil},
		{"invalid_cursor", "admin", "GET " + routes + "?cursor={token}", "", []string{"{token}", preview}},
		{"invalid_cursor", "admin", "GET " + routes + "/events/stream?after={token}", "", []string{"{token}", preview}},
		{"bad_request", "agent", "POST " + routes, `{"type":"copy","title":"` + bearer, nil},
		{"idempotency_mismatch", "agent", "POST " + routes, `{"type":"copy","title":"Draft","text":"y"}`, []string{"Idempotency-Key", "once"}},
		{"digest_mismatch", "agent", "POST " + routes, `{"type":"copy","title":"t","text":"x","sha256":"` + strings.Repeat("0", 64) + `"}`, nil},
		{"upload_used", "", "PUT " + public + "/uploads/{token}", "x", []string{"{token}", upload}},
	} {
		a.refused(r.code, r.key, r.operation, r.body, r.more...)
	}
	a.refusedByPolicy()
	a.ok("admin", "POST "+one+"/approval", `{"action":"request_changes","version":1,"comment":"again"}`, own()...)
	a.refused("export_stale", "", "GET "+public+"/exports/{token}", "", "{token}", export)
	for status := 0; status != http.StatusGone; { // a second
		status, _ = a.do("", "GET "+public+"/preview/{token}", "", "{token}", brief)
	}
	a.refused("expired", "", "GET "+public+"/preview/{token}", "", "{token}", brief)
	a.ok("admin", "POST "+one+"/approval", `{"action":"archive"}`, own()...)
	a.refused("withdrawn", "", "GET "+public+"/preview/{token}", "", "{token}", preview)
	a.refused("invalid_transition", "admin", "PATCH "+one, `{"title":"t"}`, own()...)
}

// refusedByPolicy approves an asset of its own and one that the policy refuses.
func (a *audit) refusedByPolicy() {
	a.Helper()
	own := a.ok("admin", "POST "+routes, `{"type":"copy","title":"Own","text":"x"}`).ID
	a.refused("self_approval", "admin", "POST "+one+"/approval", `{"action":"approve","version":1}`, "{asset_id}", own)
	early := a.ok("agent", "POST "+routes, `{"type":"copy","title":"`+refusedTitle+`","text":"x"}`).ID
	a.refused("refused_by_policy", "admin", "POST "+one+"/approval", `{"action":"approve","version":1}`, "{asset_id}", early)
}

// fill adds versions to an asset up to the limit of an agent, and one more. Each response has
// all versions before it, so that this takes long.
func (a *audit) fill() {
	a.Helper()
	full := a.ok("agent", "POST "+routes, `{"type":"copy","title":"Full","text":"x"}`).ID
	for n := 1; n < 900; n++ {
		a.ok("agent", "POST "+one+"/versions", fmt.Sprintf(`{"text":"%d"}`, n), "{asset_id}", full)
	}
	a.refused("too_many_versions", "agent", "POST "+one+"/rollback", `{"version":1}`, "{asset_id}", full)
}

// fillExports creates exports up to the limit of a workspace, and one more.
func (a *audit) fillExports() {
	a.Helper()
	id := a.ok("agent", "POST "+routes, `{"type":"copy","title":"Exported","text":"x"}`).ID
	a.ok("admin", "POST "+one+"/approval", `{"action":"approve","version":1}`, "{asset_id}", id)
	create, body := "POST "+routes+"/exports", `{"asset_ids":["`+id+`"]}`
	for range 100 {
		if status, _ := a.do("admin", create, body); status != http.StatusCreated {
			break // the exports of other steps count too
		}
	}
	a.refused("limit_reached", "admin", create, body)
}
