package httpx_test

import (
	"strings"
	"testing"
)

const unknownID = "01890000-0000-7000-8000-000000000000"

// oneCopy is a world with one draft of one version.
func oneCopy(t testing.TB, opts ...option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.create("Launch", "hello")
	w.vars["sha"] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	w.vars["base"] = base
	return w
}

// approvedCopy is a world with an approved version 1 and a newer draft 2.
func approvedCopy(t testing.TB, opts ...option) *world {
	t.Helper()
	w := oneCopy(t, opts...)
	w.must(200, call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"approve","version":1,"sha256":"{sha}"}`})
	w.must(201, call{method: "POST", path: "{base}/{id}/versions", as: "writer", body: `{"text":"hello, again"}`})
	return w
}

func TestCreateAndRead(t *testing.T) {
	t.Parallel()
	run(t, oneCopy, []scenario{
		{"create", call{method: "POST", path: base, as: "writer", body: `{"type":"blog","title":" Hi ","text":"# x","tags":{"lang":["en"]},"provenance":{"parameters":{"n":9007199254740993,"a":0.10}}}`}, want{
			status: 201,
			header: map[string]string{"ETag": `"r1"`, "Content-Type": "application/json"},
			body:   []string{`"title":"Hi"`, `"status":"draft"`, `{"a":0.10,"n":9007199254740993}`, `"approved_version":null`, `"media_type":"text/markdown"`},
		}},
		{"create with a final slash", call{method: "POST", path: base + "/", as: "writer", body: `{"type":"copy","title":"t","text":"x"}`}, want{status: 201}},
		{"get", call{method: "GET", path: "{base}/{id}", as: "reader"}, want{
			status: 200, header: map[string]string{"ETag": `"r1"`},
			body: []string{`"versions":[{`, `"reviews":[]`, `"preview_url":"https://assets.example{base}/{id}/preview?version=1"`, `"created_by":"will"`},
		}},
		{"get, upper case id", call{method: "GET", path: "{base}/" + strings.ToUpper("{id}"), as: "reader"}, want{status: 422}},
		{"get unchanged", call{method: "GET", path: "{base}/{id}", as: "reader", header: map[string]string{"If-None-Match": `W/"r1"`}}, want{status: 304, header: map[string]string{"ETag": `"r1"`}}},
		{"get, nothing approved", call{method: "GET", path: "{base}/{id}?version=approved", as: "reader"}, want{status: 404, code: "not_approved"}},
		{"get, version by number", call{method: "GET", path: "{base}/{id}?version=1", as: "reader"}, want{status: 422, locs: []string{"query.version"}}},
		{"version", call{method: "GET", path: "{base}/{id}/versions/current", as: "reader"}, want{
			status: 200, header: map[string]string{"ETag": `"r1"`}, body: []string{`"version":1`, `"approval":null`, `"rolled_back_from":null`},
		}},
		{"version unknown", call{method: "GET", path: "{base}/{id}/versions/7", as: "reader"}, want{status: 404, code: "not_found"}},
		{"version unknown, whatever its size", call{method: "GET", path: "{base}/{id}/versions/99999999999999999999", as: "reader"}, want{status: 404, code: "not_found"}},
		{"preview of a version unknown", call{method: "GET", path: "{base}/{id}/preview?version=2147483648", as: "reader"}, want{status: 404, code: "not_found"}},
		{"version malformed", call{method: "GET", path: "{base}/nope/versions/0?x=1", as: "reader"}, want{status: 422, locs: []string{"path.asset_id", "path.version", "query.x"}}},
		{"TEN01 foreign", call{method: "GET", path: "{base}/{id}", as: "other"}, want{status: 404, code: "not_found"}},
		{"list", call{method: "GET", path: "{base}?type=copy&type=blog&limit=500&created_after=1969-12-31T23:59:59-01:00", as: "reader"}, want{
			status: 200, body: []string{`"items":[{"id":"{id}"`, `"next_cursor":null`, `"total":null`},
		}},
		{"list nothing", call{method: "GET", path: "{base}/?created_before=1970-01-01T00:00:00Z", as: "reader"}, want{status: 200, body: []string{`"items":[]`}}},
		{"LST05 and LST04 all at once", call{method: "GET", path: "{base}?limit=0&stat=draft&cursor=&order=up&created_after=2026-01-01T00:00:00+02:00&run_id=a&run_id=b&tag=x", as: "reader"}, want{
			status: 422, locs: []string{"query.created_after", "query.cursor", "query.limit", "query.order", "query.run_id", "query.stat", "query.tag"},
		}},
		{"LST05 status", call{method: "GET", path: "{base}?status=Approved", as: "reader"}, want{status: 422, locs: []string{"query.status"}}},
		{"LST07", call{method: "GET", path: "{base}?status=approved&status=draft", as: "reader"}, want{status: 422, locs: []string{"query.status"}}},
		{"LST03 cursor", call{method: "GET", path: "{base}?cursor=abc", as: "reader"}, want{status: 400, code: "invalid_cursor"}},
		{"malformed query", call{method: "GET", path: "{base}?type=copy;status=draft", as: "reader"}, want{status: 400, code: "bad_request"}},
		{"UPL09 query", call{method: "GET", path: "{base}?run_id=%ff&brand_id=a%00", as: "reader"}, want{status: 422, locs: []string{"query.brand_id", "query.run_id"}}},
		{"CLK02", call{method: "GET", path: "{base}/{id}/preview-url?expires_in=0", as: "reader"}, want{status: 422, locs: []string{"query.expires_in"}}},
		{"CLK02 far", call{method: "GET", path: "{base}/{id}/preview-url?expires_in=1000000000000000000", as: "reader"}, want{status: 422, locs: []string{"query.expires_in"}}},
		{"CLK02 a second too far", call{method: "GET", path: "{base}/{id}/preview-url?expires_in=604801", as: "reader"}, want{status: 422, locs: []string{"query.expires_in"}}},
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	run(t, approvedCopy, []scenario{
		{"unchanged version", call{method: "POST", path: "{base}/{id}/versions", as: "writer", body: `{"text":"hello, again"}`}, want{status: 200, header: map[string]string{"Location": "-", "ETag": `"r3"`}}},
		{"new version", call{method: "POST", path: "{base}/{id}/versions", as: "writer", body: `{"text":"third","submit":true}`}, want{
			status: 201, header: map[string]string{"Location": "https://assets.example{base}/{id}/versions/3", "ETag": `"r4"`}, body: []string{`"status":"pending_review"`},
		}},
		{"new version, stale", call{method: "POST", path: "{base}/{id}/versions", as: "writer", body: `{"text":"third"}`, header: map[string]string{"If-Match": `"r2"`}}, want{status: 412, code: "precondition_failed"}},
		{"IDM05 weak tags never match", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"title":"x"}`, header: map[string]string{"If-Match": `W/"r3"`}}, want{status: 412, code: "precondition_failed"}},
		{"one of several tags", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"title":"x"}`, header: map[string]string{"If-Match": `"r1", "r3"`}}, want{status: 200}},
		{"any tag", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"title":"x"}`, header: map[string]string{"If-Match": `*`}}, want{status: 200}},
		{"malformed tag", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"title":"x"}`, header: map[string]string{"If-Match": `r3`}}, want{status: 422, locs: []string{"header.If-Match"}}},
		{"merge patch", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"tags":{"a":["2","1"],"b":null},"campaign_id":"c1"}`, header: map[string]string{"Content-Type": "application/merge-patch+json"}}, want{
			status: 200, body: []string{`"tags":{"a":["1","2"]}`, `"campaign_id":"c1"`, `"title":"Launch"`}, header: map[string]string{"ETag": `"r4"`},
		}},
		{"null title", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"title":null,"campaign_id":null,"tags":null}`}, want{status: 422, locs: []string{"body.title"}}},
		{"nulls", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"campaign_id":null,"tags":null}`}, want{status: 200, body: []string{`"campaign_id":null`, `"tags":{}`}, header: map[string]string{"ETag": `"r3"`}}},
		{"empty list removes", call{method: "PATCH", path: "{base}/{id}", as: "ann", body: `{"tags":{"a":[]}}`}, want{status: 200, body: []string{`"tags":{}`}}},
		{"APR13 write key", call{method: "PATCH", path: "{base}/{id}", as: "writer", body: `{"title":"x"}`}, want{status: 403, code: "forbidden_scope"}},
		{"rollback carries", call{method: "POST", path: "{base}/{id}/rollback", as: "ann", body: `{"version":1,"reason":"better"}`}, want{status: 200, body: []string{`"status":"approved"`, `"version":3`, `"approved_version":3`}}},
		{"APR06 rollback by a writer", call{method: "POST", path: "{base}/{id}/rollback", as: "writer", body: `{"version":1}`}, want{status: 200, body: []string{`"status":"draft"`, `"approved_version":1`}}},
		{"rollback to 0", call{method: "POST", path: "{base}/{id}/rollback", as: "ann", body: `{"version":0}`}, want{status: 422, locs: []string{"body.version"}}},
		{"rollback to 9", call{method: "POST", path: "{base}/{id}/rollback", as: "ann", body: `{"version":9}`}, want{status: 404, code: "not_found"}},
		{"delete", call{method: "DELETE", path: "{base}/{id}", as: "ann"}, want{status: 409, code: "not_draft"}},
		{"approved perspective", call{method: "GET", path: "{base}?status=approved", as: "reader"}, want{status: 200, body: []string{`"version":1`, `"current_version":2`, `"sha256":"{sha}"`}}},
		{"approved content", call{method: "GET", path: "{base}/{id}/versions/approved/content", as: "reader"}, want{status: 200, body: []string{"hello"}, header: map[string]string{"ETag": `"sha256:{sha}"`}}},
		{"approve without version", call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"approve"}`}, want{status: 409, code: "invalid_transition"}},
		{"approve another version", call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"approve","version":1,"sha256":"` + strings.Repeat("0", 64) + `"}`}, want{status: 409, code: "version_conflict"}},
		{"AUTH05 agent", call{method: "POST", path: "{base}/{id}/approval", as: "agent", body: `{"action":"approve","version":2}`}, want{status: 403, code: "agent_cannot_approve", body: []string{`"review_url":"https://app.example/review/{id}"`}}},
		{"AUTH06 writer", call{method: "POST", path: "{base}/{id}/approval", as: "writer", body: `{"action":"approve","version":2}`}, want{status: 403, code: "forbidden_scope"}},
		{"APR16 writer archives", call{method: "POST", path: "{base}/{id}/approval", as: "writer", body: `{"action":"archive"}`}, want{status: 403}},
		{"request changes without a comment", call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"request_changes","comment":"  "}`}, want{status: 422, locs: []string{"body.comment"}}},
		{"version 0", call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"approve","version":0}`}, want{status: 422, locs: []string{"body.version"}}},
		{"bulk", call{method: "POST", path: "{base}/bulk/approval", as: "ann", body: `{"action":"approve","items":[{"asset_id":"` + unknownID + `","version":1},{"asset_id":"{id}","version":2}]}`}, want{
			status: 200, body: []string{`{"results":[{"asset_id":"` + unknownID + `","error":{"detail":"not found","code":"not_found"}},{"asset_id":"{id}","asset":{`},
		}},
		{"AUTH05 bulk", call{method: "POST", path: "{base}/bulk/approval", as: "agent", body: `{"action":"approve","items":[{"asset_id":"{id}","version":2}]}`}, want{status: 403, code: "agent_cannot_approve"}},
		{"LIM02 twice", call{method: "POST", path: "{base}/bulk/approval", as: "ann", body: `{"action":"approve","items":[{"asset_id":"{id}"},{"asset_id":"{id}"}]}`}, want{status: 422, locs: []string{"body.items.1.asset_id"}}},
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := oneCopy(t)
	want{status: 412, code: "precondition_failed"}.check(t, w, w.send(call{method: "DELETE", path: "{base}/{id}", as: "writer", header: map[string]string{"If-Match": `"r9"`}}))
	rec := w.send(call{method: "DELETE", path: "{base}/{id}", as: "writer", header: map[string]string{"If-Match": `"r1"`}})
	want{status: 204}.check(t, w, rec)
	if rec.Body.Len() > 0 {
		t.Errorf("204 with a body: %s", rec.Body)
	}
	want{status: 404, code: "not_found"}.check(t, w, w.send(call{method: "GET", path: "{base}/{id}", as: "writer"}))
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	try := call{method: "POST", path: base, as: "writer", body: `{"type":"copy","title":"t","text":"x"}`, header: map[string]string{"Idempotency-Key": "k1"}}
	first := w.send(try)
	want{status: 201, header: map[string]string{"Idempotency-Replayed": "-"}}.check(t, w, first)
	again := w.send(try)
	want{status: 201, header: map[string]string{"Idempotency-Replayed": "true", "Location": first.Header().Get("Location")}, body: []string{first.Body.String()}}.check(t, w, again)
	for _, another := range []string{
		`{"type":"copy","title":"t","text":"y"}`,
		`{"type":"copy","title":"u","text":"x"}`,
		`{"type":"copy","title":"t","text":"x","sha256":"` + strings.Repeat("0", 64) + `"}`, // refused but for the key
		`{"type":"image","title":"t","text":"x","media_type":"image/png"}`,
	} {
		try.body = another
		want{status: 422, code: "idempotency_mismatch"}.check(t, w, w.send(try))
	}
	try.header["Idempotency-Key"] = "not visible"
	want{status: 422, locs: []string{"header.Idempotency-Key"}}.check(t, w, w.send(try))
	if n := w.count(); n != 1 {
		t.Errorf("%d assets, want 1", n)
	}
}
