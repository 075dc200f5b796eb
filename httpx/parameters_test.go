package httpx_test

import (
	"strings"
	"testing"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	create := func(key string) call {
		return call{Method: "POST", Path: base, As: "writer", Body: `{"type":"copy","title":"t","text":"x"}`, Header: map[string]string{"Idempotency-Key": key}}
	}
	get := func(path string) call { return call{Method: "GET", Path: path, As: "reader"} }
	run(t, newDraft, []scenario{
		{"boolean, true", get("{base}?include_total=true"), want{Status: 200, Body: []string{`"total":1`}}},
		{"boolean, false", get("{base}?include_total=false"), want{Status: 200, Body: []string{`"total":null`}}},
		{"boolean, other case", get("{base}?include_total=TRUE"), want{Status: 422, Locs: []string{"query.include_total"}, Body: []string{"must be true or false"}}},
		{"boolean, number", get("{base}?include_total=0"), want{Status: 422, Locs: []string{"query.include_total"}}},
		{"flag, 1", get("{base}/{id}/preview?download=1"), want{Status: 200, Header: map[string]string{"Content-Disposition": `attachment; filename="copy.txt"`}}},
		{"flag, 0", get("{base}/{id}/preview?download=0"), want{Status: 422, Locs: []string{"query.download"}, Body: []string{"must be 1"}}},
		{"key of one character", create("!"), want{Status: 201}},
		{"key of 255 characters", create(strings.Repeat("~", 255)), want{Status: 201}},
		{"key of 256 characters", create(strings.Repeat("~", 256)), want{Status: 422, Locs: []string{"header.Idempotency-Key"}}},
		{"key with a space", create("a b"), want{Status: 422, Locs: []string{"header.Idempotency-Key"}}},
		{"key outside ASCII", create("é"), want{Status: 422, Locs: []string{"header.Idempotency-Key"}}},
		{"version in the path", get("{base}/{id}/versions/1"), want{Status: 200, Body: []string{`"version":1`}}},
		{"current version in the path", get("{base}/{id}/versions/current"), want{Status: 200, Body: []string{`"version":1`}}},
		{"malformed ids in the path", get("{base}/x/versions/y"), want{Status: 422, Locs: []string{"path.asset_id", "path.version"}}},
	})
}
