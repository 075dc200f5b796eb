package mcpx_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// TestMCP03StrictArguments: what a lenient decoder would let through.
func TestMCP03StrictArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.asset("w1", "pending"))
	over := base64.StdEncoding.EncodeToString(make([]byte, 1<<20+1))
	for _, tt := range []struct {
		tool, arguments string
		status          int
		locs            string
	}{
		{"approve_asset", `{"Asset_ID":"` + id + `"}`, 422, "arguments.Asset_ID"},
		{"approve_asset", `{"asset_id":"` + id + `","ASSET_ID":"` + id + `"}`, 422, "arguments.ASSET_ID"},
		{"approve_asset", `{"asset_id":"` + string(unknownID) + `","asset_id":"` + id + `"}`, 422, "arguments.asset_id"},
		{"approve_asset", `{"asset_id":"` + id + `","asset_id":"` + id + `"}`, 422, "arguments.asset_id"},
		{"approve_asset", `{"asset_id":"` + id + `","force":true}`, 422, "arguments.force"},
		{"approve_asset", `{"asset_id":7}`, 422, "arguments.asset_id"},
		{"approve_asset", `{}`, 422, "arguments.asset_id"},
		{"approve_asset", `[]`, 422, "arguments"},
		{"approve_asset", `{"asset_id":"` + id + `","comment":"a\u0000"}`, 422, "arguments.comment"},
		{"approve_asset", `{"asset_id":"` + id + `","comment":"\ud800"}`, 400, ""},
		{"approve_asset", `{"asset_id":"` + id + `","comment":"` + strings.Repeat("x", 300<<10) + `"}`, 413, ""},
		{"bulk_approve_assets", `{"items":[{"asset_id":"` + id + `","Version":1}]}`, 422, "arguments.items.0.Version"},
		{"create_asset", `{"type":"copy","title":"t","text":"x","provenance":{"agent":"bot"}}`, 422, "arguments.provenance.agent"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"` + over + `"}`, 422, "arguments.content_base64"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AA="}`, 422, "arguments.content_base64"},
		{"create_asset", `{"type":"bundle","title":" ","content_base64":"AA="}`, 422, "arguments.content_base64 arguments.title"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AAAA","text":"x"}`, 422, "arguments.text"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AAAA","upload_id":"` + id + `"}`, 422, "arguments.upload_id"},
		{"create_asset", `{"type":"image","title":"b","content_base64":"PGh0bWw+","media_type":"image/png"}`, 415, ""},
		{"add_asset_version", `{"asset_id":"` + id + `","content_base64":"AAAA"}`, 415, ""},
	} {
		got := w.call("user", tt.tool, tt.arguments)
		if got.Refusal.Status != tt.status || locs(got.Refusal.Detail) != tt.locs {
			t.Errorf("%s(%.100s): %.300s, want %d at %s", tt.tool, tt.arguments, got.Body, tt.status, tt.locs)
		}
	}
	a, err := w.lib.Get(t.Context(), assetstest.User("w1", "x"), assets.ID(id), assets.SelectCurrent)
	if err != nil || a.Status != assets.StatusPendingReview {
		t.Errorf("%v, %v", a, err)
	}
	if n := len(w.must("user", "list_assets", `{}`)["items"].([]any)); n != 1 {
		t.Errorf("%d assets, want the one there was", n)
	}
}

func locs(detail any) string {
	list, _ := detail.([]any)
	all := make([]string, len(list))
	for i, f := range list {
		parts, _ := f.(map[string]any)["loc"].([]any)
		text := make([]string, len(parts))
		for j, p := range parts {
			text[j] = fmt.Sprint(p)
		}
		all[i] = strings.Join(text, ".")
	}
	return strings.Join(all, " ")
}
