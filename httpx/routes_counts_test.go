package httpx_test

import "testing"

func TestCountAssets(t *testing.T) {
	t.Parallel()
	run(t, newTagged, []scenario{
		{"all", call{Method: "GET", Path: "{base}/counts", As: "reader"}, want{Status: 200, Body: []string{`{"draft":2,"pending_review":0,"approved":0,"archived":1,"in_force":0}`}}},
		{"TEN06 another workspace's", call{Method: "GET", Path: "{base}/counts", As: "other"}, want{Status: 200, Body: []string{`{"draft":1,"pending_review":0,"approved":0,"archived":0,"in_force":0}`}}},
		{"filters", call{Method: "GET", Path: "{base}/counts?tag=locale:de&type=copy&type=blog", As: "reader"}, want{Status: 200, Body: []string{`{"draft":1,"pending_review":0,"approved":0,"archived":0,"in_force":0}`}}},
		{"no status", call{Method: "GET", Path: "{base}/counts?status=draft", As: "reader"}, want{Status: 422, Locs: []string{"query.status"}}},
		{"no page", call{Method: "GET", Path: "{base}/counts?limit=5&cursor=x&include_total=true&order=asc", As: "reader"}, want{Status: 422, Locs: []string{"query.cursor", "query.include_total", "query.limit", "query.order"}}},
		{"a wrong filter", call{Method: "GET", Path: "{base}/counts?type=poem&agent_slug=A", As: "reader"}, want{Status: 422, Locs: []string{"query.agent_slug", "query.type"}}},
		{"scope", call{Method: "GET", Path: "{base}/counts"}, want{Status: 401, Code: "unauthorized"}},
	})
}
