package httpx_test

import "testing"

func TestUsage(t *testing.T) {
	t.Parallel()
	run(t, newTagged, []scenario{
		{"all", call{Method: "GET", Path: "{base}/usage", As: "reader"}, want{Status: 200, Body: []string{`"by_type":{`, `{"assets":3,"versions":3,"bytes":`}}},
		{"TEN06 another workspace's", call{Method: "GET", Path: "{base}/usage", As: "other"}, want{Status: 200, Body: []string{`{"assets":1,"versions":1,"bytes":`}}},
		{"no parameter", call{Method: "GET", Path: "{base}/usage?type=copy", As: "reader"}, want{Status: 422, Locs: []string{"query.type"}}},
		{"scope", call{Method: "GET", Path: "{base}/usage"}, want{Status: 401, Code: "unauthorized"}},
	})
}
