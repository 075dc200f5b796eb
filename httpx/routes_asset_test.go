package httpx_test

import (
	"strings"
	"testing"
)

func TestCreateAsset(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"create", call{Method: "POST", Path: base, As: "writer", Body: `{"type":"blog","title":" Hi ","text":"# x","tags":{"lang":["en"]},"provenance":{"parameters":{"n":9007199254740993,"a":0.10}}}`}, want{
			Status: 201,
			Header: map[string]string{"ETag": `"r1"`, "Content-Type": "application/json"},
			Body:   []string{`"title":"Hi"`, `"status":"draft"`, `{"a":0.10,"n":9007199254740993}`, `"approved_version":null`, `"media_type":"text/markdown"`},
		}},
		{"create with a final slash", call{Method: "POST", Path: base + "/", As: "writer", Body: `{"type":"copy","title":"t","text":"x"}`}, want{Status: 201}},
	})
}

func TestGetAsset(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"get", call{Method: "GET", Path: "{base}/{id}", As: "reader"}, want{
			Status: 200, Header: map[string]string{"ETag": `"r1"`},
			Body: []string{`"versions":[{`, `"reviews":[]`, `"preview_url":"https://assets.example{base}/{id}/preview?version=1"`, `"created_by":"will"`},
		}},
		{"get, upper case id", call{Method: "GET", Path: "{base}/" + strings.ToUpper("{id}"), As: "reader"}, want{Status: 422}},
		{"get unchanged", call{Method: "GET", Path: "{base}/{id}", As: "reader", Header: map[string]string{"If-None-Match": `W/"r1"`}}, want{Status: 304, Header: map[string]string{"ETag": `"r1"`}}},
		{"get, nothing approved", call{Method: "GET", Path: "{base}/{id}?version=approved", As: "reader"}, want{Status: 404, Code: "not_approved"}},
		{"get, version by number", call{Method: "GET", Path: "{base}/{id}?version=1", As: "reader"}, want{Status: 422, Locs: []string{"query.version"}}},
		{"TEN01 foreign", call{Method: "GET", Path: "{base}/{id}", As: "other"}, want{Status: 404, Code: "not_found"}},
	})
}

func TestListAssets(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"list", call{Method: "GET", Path: "{base}?type=copy&type=blog&limit=500&created_after=1969-12-31T23:59:59-01:00", As: "reader"}, want{
			Status: 200, Body: []string{`"items":[{"id":"{id}"`, `"next_cursor":null`, `"total":null`},
		}},
		{"list nothing", call{Method: "GET", Path: "{base}/?created_before=1970-01-01T00:00:00Z", As: "reader"}, want{Status: 200, Body: []string{`"items":[]`}}},
		{"LST05 and LST04 all problems in one response", call{Method: "GET", Path: "{base}?limit=0&stat=draft&cursor=&order=up&created_after=2026-01-01T00:00:00+02:00&run_id=a&run_id=b&tag=x", As: "reader"}, want{
			Status: 422, Locs: []string{"query.created_after", "query.cursor", "query.limit", "query.order", "query.run_id", "query.stat", "query.tag"},
		}},
		{"LST05 status", call{Method: "GET", Path: "{base}?status=Approved", As: "reader"}, want{Status: 422, Locs: []string{"query.status"}}},
		{"LST07 approved beside another status", call{Method: "GET", Path: "{base}?status=approved&status=draft", As: "reader"}, want{Status: 422, Locs: []string{"query.status"}}},
		{"LST03 cursor", call{Method: "GET", Path: "{base}?cursor=abc", As: "reader"}, want{Status: 400, Code: "invalid_cursor"}},
		{"malformed query", call{Method: "GET", Path: "{base}?type=copy;status=draft", As: "reader"}, want{Status: 400, Code: "bad_request"}},
		{"UPL09 query", call{Method: "GET", Path: "{base}?run_id=%ff&brand_id=a%00", As: "reader"}, want{Status: 422, Locs: []string{"query.brand_id", "query.run_id"}}},
	})
}

func TestListApprovedAssets(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"approved perspective", call{Method: "GET", Path: "{base}?status=approved", As: "reader"}, want{Status: 200, Body: []string{`"version":1`, `"current_version":2`, `"sha256":"{sha}"`}}},
	})
}

func TestEditAsset(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"IDM05 weak tags never match", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"title":"x"}`, Header: map[string]string{"If-Match": `W/"r3"`}}, want{Status: 412, Code: "precondition_failed"}},
		{"one of several tags", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"title":"x"}`, Header: map[string]string{"If-Match": `"r1", "r3"`}}, want{Status: 200}},
		{"any tag", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"title":"x"}`, Header: map[string]string{"If-Match": `*`}}, want{Status: 200}},
		{"malformed tag", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"title":"x"}`, Header: map[string]string{"If-Match": `r3`}}, want{Status: 422, Locs: []string{"header.If-Match"}}},
		{"merge patch", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"tags":{"a":["2","1"],"b":null},"campaign_id":"c1"}`, Header: map[string]string{"Content-Type": "application/merge-patch+json"}}, want{
			Status: 200, Body: []string{`"tags":{"a":["1","2"]}`, `"campaign_id":"c1"`, `"title":"Launch"`}, Header: map[string]string{"ETag": `"r4"`},
		}},
		{"null title", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"title":null,"campaign_id":null,"tags":null}`}, want{Status: 422, Locs: []string{"body.title"}}},
		{"nulls", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"campaign_id":null,"tags":null}`}, want{Status: 200, Body: []string{`"campaign_id":null`, `"tags":{}`}, Header: map[string]string{"ETag": `"r3"`}}},
		{"empty list removes", call{Method: "PATCH", Path: "{base}/{id}", As: "ann", Body: `{"tags":{"a":[]}}`}, want{Status: 200, Body: []string{`"tags":{}`}}},
		{"APR13 write key", call{Method: "PATCH", Path: "{base}/{id}", As: "writer", Body: `{"title":"x"}`}, want{Status: 403, Code: "forbidden_scope"}},
	})
}

func TestDeleteApprovedAsset(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"delete", call{Method: "DELETE", Path: "{base}/{id}", As: "ann"}, want{Status: 409, Code: "not_draft"}},
	})
}

func TestDeleteAsset(t *testing.T) {
	t.Parallel()
	srv := newDraft(t)
	want{Status: 412, Code: "precondition_failed"}.Check(t, srv, srv.Send(call{Method: "DELETE", Path: "{base}/{id}", As: "writer", Header: map[string]string{"If-Match": `"r9"`}}))
	rec := srv.Send(call{Method: "DELETE", Path: "{base}/{id}", As: "writer", Header: map[string]string{"If-Match": `"r1"`}})
	want{Status: 204}.Check(t, srv, rec)
	if rec.Body.Len() > 0 {
		t.Errorf("204 with a body: %s", rec.Body)
	}
	want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/{id}", As: "writer"}))
}
