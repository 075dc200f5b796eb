package mcpx_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

// routeCall is one call as a tool and as a route. {asset} is replaced by the id
// of an asset.
type routeCall struct {
	tool, arguments    string
	method, path, body string
	state              string // of the asset; default draft
}

// routeCalls has every tool that has a route at least once.
var routeCalls = []routeCall{
	{"list_assets", `{}`, "GET", "", "", ""},
	{"list_assets", `{"asset_id":"{asset}"}`, "GET", "?asset_id={asset}", "", ""},
	{"list_assets", `{"asset_id":["{asset}"],"status":"approved","include_total":true}`, "GET", "?asset_id={asset}&status=approved&include_total=true", "", "approved"},
	{"list_assets", `{"status":["approved","draft"]}`, "GET", "?status=approved&status=draft", "", ""},
	{"list_assets", `{"type":"poem","tag":"x","limit":0,"order":"up","created_after":"now","agent_slug":"A"}`, "GET", "?type=poem&tag=x&limit=0&order=up&created_after=now&agent_slug=A", "", ""},
	{"list_assets", `{"asset_id":"{asset}","q":"second laun"}`, "GET", "?asset_id={asset}&q=second+laun", "", ""},
	{"list_assets", `{"q":"` + strings.Repeat("x", 201) + `"}`, "GET", "?q=" + strings.Repeat("x", 201), "", ""},
	{"list_assets", `{"perspective":"current","status":["approved","draft","pending_review"],"created_by":"maker","media_type":"text/plain","include_text":true}`, "GET", "?perspective=current&status=approved&status=draft&status=pending_review&created_by=maker&media_type=text/plain&include_text=true", "", ""},
	{"list_assets", `{"status":"pending_review","sort":"submitted","last_action":"submit"}`, "GET", "?status=pending_review&sort=submitted&last_action=submit", "", ""},
	{"list_assets", `{"perspective":"approved","status":"draft","sort":"title","last_action":"publish","preview_width":640,"media_type":"x"}`, "GET", "?perspective=approved&status=draft&sort=title&last_action=publish&preview_width=640&media_type=x", "", ""},
	{"list_assets", `{"cursor":"forged"}`, "GET", "?cursor=forged", "", ""},
	{"list_assets", `{"typ":"copy"}`, "GET", "?typ=copy", "", ""},
	{"get_asset", `{"asset_id":"{asset}"}`, "GET", "/{asset}", "", ""},
	{"get_asset", `{"asset_id":"{asset}","version":"approved"}`, "GET", "/{asset}?version=approved", "", "approved"},
	{"get_asset", `{"asset_id":"{asset}","version":"approved"}`, "GET", "/{asset}?version=approved", "", ""},
	{"create_asset", `{"type":"copy","title":"t","text":"x","submit":true,"provenance":{"agent_slug":"bot"}}`, "POST", "", `{"type":"copy","title":"t","text":"x","submit":true,"provenance":{"agent_slug":"bot"}}`, ""},
	{"create_asset", `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":1}]}}`, "POST", "", `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"{asset}","version":1}]}}`, ""},
	{"create_asset", `{"type":"poem","title":" ","Title":"x","tags":{"K":["v"]},"text":"x","sha256":"x"}`, "POST", "", `{"type":"poem","title":" ","Title":"x","tags":{"K":["v"]},"text":"x","sha256":"x"}`, ""},
	{"create_asset", `{"type":"image","title":"t","text":"x","media_type":"image/png"}`, "POST", "", `{"type":"image","title":"t","text":"x","media_type":"image/png"}`, ""},
	{"create_asset", `{"type":"copy","title":"t","upload_id":"{asset}"}`, "POST", "", `{"type":"copy","title":"t","upload_id":"{asset}"}`, ""},
	{"create_asset_upload", `{"media_type":"video/mp4"}`, "POST", "/uploads", `{"media_type":"video/mp4"}`, ""},
	{"create_asset_upload", `{"size_bytes":-1,"filename":"a/b"}`, "POST", "/uploads", `{"size_bytes":-1,"filename":"a/b"}`, ""},
	{"add_asset_version", `{"asset_id":"{asset}","text":"third"}`, "POST", "/{asset}/versions", `{"text":"third"}`, ""},
	{"add_asset_version", `{"asset_id":"{asset}","text":"third"}`, "POST", "/{asset}/versions", `{"text":"third"}`, "archived"},
	{"add_asset_version", `{"asset_id":"{asset}","text":"x","sha256":"` + strings.Repeat("0", 64) + `"}`, "POST", "/{asset}/versions", `{"text":"x","sha256":"` + strings.Repeat("0", 64) + `"}`, ""},
	{"submit_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"submit"}`, ""},
	{"submit_asset", `{"asset_id":"{asset}","version":1}`, "POST", "/{asset}/approval", `{"action":"submit","version":1}`, ""},
	{"approve_asset", `{"asset_id":"{asset}","version":2}`, "POST", "/{asset}/approval", `{"action":"approve","version":2}`, ""},
	{"approve_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"approve"}`, "pending"},
	{"approve_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"approve"}`, ""},
	{"approve_asset", `{"asset_id":"{asset}","sha256":"` + strings.Repeat("0", 64) + `","version":0}`, "POST", "/{asset}/approval", `{"action":"approve","sha256":"` + strings.Repeat("0", 64) + `","version":0}`, ""},
	{"request_asset_changes", `{"asset_id":"{asset}","comment":"no"}`, "POST", "/{asset}/approval", `{"action":"request_changes","comment":"no"}`, "pending"},
	{"request_asset_changes", `{"asset_id":"{asset}","comment":"no","version":1}`, "POST", "/{asset}/approval", `{"action":"request_changes","comment":"no","version":1}`, "approved"},
	{"request_asset_changes", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"request_changes"}`, "pending"},
	{"archive_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"archive"}`, ""},
	{"archive_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"archive"}`, "approved"},
	{"reopen_asset", `{"asset_id":"{asset}"}`, "POST", "/{asset}/approval", `{"action":"reopen"}`, "archived"},
	{"comment_asset", `{"asset_id":"{asset}","version":1,"text":"Is it agreed?"}`, "POST", "/{asset}/comments", `{"version":1,"text":"Is it agreed?"}`, "archived"},
	{"comment_asset", `{"asset_id":"{asset}","version":9,"text":"x"}`, "POST", "/{asset}/comments", `{"version":9,"text":"x"}`, ""},
	{"comment_asset", `{"asset_id":"{asset}","version":0,"text":" "}`, "POST", "/{asset}/comments", `{"version":0,"text":" "}`, ""},
	{"rollback_asset", `{"asset_id":"{asset}","version":1,"reason":"better"}`, "POST", "/{asset}/rollback", `{"version":1,"reason":"better"}`, "approved"},
	{"rollback_asset", `{"asset_id":"{asset}","version":9}`, "POST", "/{asset}/rollback", `{"version":9}`, ""},
	{"tag_asset", `{"asset_id":"{asset}","tags":{"lang":["de","en"],"x":null}}`, "PATCH", "/{asset}", `{"tags":{"lang":["de","en"],"x":null}}`, ""},
	{"tag_asset", `{"asset_id":"{asset}","tags":{"lang":["de"]}}`, "PATCH", "/{asset}", `{"tags":{"lang":["de"]}}`, "approved"},
	{"tag_asset", `{"asset_id":"{asset}","tags":null}`, "PATCH", "/{asset}", `{"tags":null}`, ""},
	{"list_asset_tags", `{"key":"lang"}`, "GET", "/tags?key=lang", "", ""},
	{"list_asset_events", `{"type":["asset.created","asset.approved"],"limit":50}`, "GET", "/events?type=asset.created&type=asset.approved", "", ""},
	{"list_asset_events", `{"after":"x"}`, "GET", "/events?after=x", "", ""},
	{"list_asset_tags", `{"key":"Lang"}`, "GET", "/tags?key=Lang", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","version":1,"expires_in":600}`, "GET", "/{asset}/preview-url?version=1&expires_in=600", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","version":"approved"}`, "GET", "/{asset}/preview-url?version=approved", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","width":320}`, "GET", "/{asset}/preview-url?width=320", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","width":321}`, "GET", "/{asset}/preview-url?width=321", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","expires_in":0}`, "GET", "/{asset}/preview-url?expires_in=0", "", ""},
	{"get_asset_preview_url", `{"asset_id":"{asset}","expires_in":604801}`, "GET", "/{asset}/preview-url?expires_in=604801", "", ""},
	{"explain_asset", `{"asset_id":"{asset}"}`, "GET", "/{asset}/publishable", "", ""},
	{"explain_asset", `{"asset_id":"{asset}"}`, "GET", "/{asset}/publishable", "", "approved"},
	{"explain_asset", `{"asset_id":"{asset}","version":"current"}`, "GET", "/{asset}/publishable?version=current", "", "approved"},
	{"explain_asset", `{"asset_id":"{asset}","version":0}`, "GET", "/{asset}/publishable?version=0", "", ""},
	{"export_assets", `{"asset_ids":["{asset}"],"expires_in":600}`, "POST", "/exports", `{"asset_ids":["{asset}"],"expires_in":600}`, "approved"},
	{"export_assets", `{"asset_ids":["{asset}"]}`, "POST", "/exports", `{"asset_ids":["{asset}"]}`, ""},
	{"export_assets", `{"asset_id":"{asset}","type":"copy","tag":"x","created_after":"now"}`, "POST", "/exports", `{"asset_id":"{asset}","type":"copy","tag":"x","created_after":"now"}`, "approved"},
	{"delete_asset", `{"asset_id":"{asset}"}`, "DELETE", "/{asset}", "", ""},
	{"delete_asset", `{"asset_id":"{asset}"}`, "DELETE", "/{asset}", "", "approved"},
	{"bulk_approve_assets", `{"items":[{"asset_id":"{asset}","version":2}],"comment":"fine"}`, "POST", "/bulk/approval", `{"action":"approve","items":[{"asset_id":"{asset}","version":2}],"comment":"fine"}`, ""},
	{"bulk_approve_assets", `{"items":[]}`, "POST", "/bulk/approval", `{"action":"approve","items":[]}`, ""},
}

const unknownID assets.ID = "01890000-0000-7000-8000-000000000000"

// Every tool returns what the route returns for the same request: for every key,
// and for an asset of the key's own workspace, of another one, and for one that
// does not exist.
func TestVolumeToolsMatchRoutes(t *testing.T) {
	t.Parallel()
	tools := map[string]bool{}
	for _, rc := range routeCalls {
		tools[rc.tool] = true
		t.Run(strings.ReplaceAll(rc.tool+" "+rc.arguments, "/", "|"), func(t *testing.T) {
			t.Parallel()
			ts := newTestServer(t)
			for key := range ts.keys {
				own, foreign := "w1", "w2"
				if key == "other" {
					own, foreign = foreign, own
				}
				for what, id := range map[string]func() assets.ID{
					"own":     func() assets.ID { return ts.newAsset(own, rc.state) },
					"foreign": func() assets.ID { return ts.newAsset(foreign, rc.state) },
					"unknown": func() assets.ID { return unknownID },
					"none":    func() assets.ID { return "nope" },
				} {
					if !strings.Contains(rc.arguments, "{asset}") && what != "own" {
						continue
					}
					ts.checkSameResult(key, what, rc, id)
				}
			}
		})
	}
	tools["read_asset_content"] = true // its route returns bytes
	eachTool(t.Context(), t, newTestServer(t).client("user"), func(tool *mcpTool) {
		if !tools[tool.Name] {
			t.Errorf("the tool %s has no row", tool.Name)
		}
	})
}

func (ts *testServer) checkSameResult(key, what string, rc routeCall, id func() assets.ID) {
	ts.Helper()
	byRoute, byTool := id(), id()
	if !strings.Contains(rc.arguments, "{asset}") {
		byRoute, byTool = "no asset", "no asset"
	}
	fill := func(text string, id assets.ID) string { return strings.ReplaceAll(text, "{asset}", string(id)) }
	status, _, body := ts.rest(key, rc.method, base+fill(rc.path, byRoute), fill(rc.body, byRoute))
	got := ts.call(key, rc.tool, fill(rc.arguments, byTool))
	where := fmt.Sprintf("%s as %s on %s", rc.tool, key, what)
	if status == http.StatusUnauthorized {
		if got.Status != status || got.Body != string(body) {
			ts.Errorf("%s: %d %s, the route says %s", where, got.Status, got.Body, body)
		}
		return
	}
	if status < http.StatusBadRequest {
		if got.Result == nil {
			ts.Errorf("%s: %s, the route says %d %s", where, got.Body, status, body)
			return
		}
		want := map[string]any{}
		if len(body) > 0 {
			if err := json.Unmarshal(body, &want); err != nil {
				ts.Fatal(err)
			}
		}
		if diff := cmp.Diff(normalized(want, byRoute), normalized(got.Result, byTool)); diff != "" {
			ts.Errorf("%s: -route +tool %s", where, diff)
		}
		return
	}
	var want struct {
		Detail    any
		Code      string
		ReviewURL string `json:"review_url"`
	}
	if err := json.Unmarshal(body, &want); err != nil {
		ts.Fatal(err)
	}
	if _, list := want.Detail.([]any); list {
		want.Code = "validation_error"
	}
	if got.Refusal.Status != status || got.Refusal.Code != want.Code {
		ts.Errorf("%s: %s, the route says %d %s", where, got.Body, status, body)
	}
	if a, b := normalized(want.ReviewURL, byRoute), normalized(got.Refusal.ReviewURL, byTool); a != b {
		ts.Errorf("%s: review URL %q, the route says %q", where, b, a)
	}
	if detail, names, _ := strings.Cut(fmt.Sprint(want.Detail), "of the scopes "); names != "" {
		// The route does not know the action yet; the tool names the scope that it needs.
		_, one, ok := strings.Cut(fmt.Sprint(got.Refusal.Detail), "lacks the scope ")
		one, who, _ := strings.Cut(one, "; ")
		if !ok || !strings.Contains(names, one) || !strings.HasPrefix(who, "the operator can issue one") {
			ts.Errorf("%s: %s, the route says %s%s", where, got.Body, detail, names)
		}
		return
	}
	if diff := cmp.Diff(normalizedDetail(want.Detail), normalizedDetail(got.Refusal.Detail)); diff != "" {
		ts.Errorf("%s: -route +tool %s", where, diff)
	}
}

var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+Z|(preview|uploads|exports)/[\w-]+`)

// normalized returns a value as text without what differs between any two calls.
func normalized(v any, id assets.ID) string {
	text, _ := json.Marshal(v)
	text = []byte(strings.ReplaceAll(string(text), string(id), "ASSET"))
	text = regexp.MustCompile(`"via":"(rest|mcp)"`).ReplaceAll(text, nil)
	return varying.ReplaceAllString(string(text), "…")
}

// normalizedDetail returns the detail of an error. For field errors it returns
// the sorted problems, without the first element of their locations.
func normalizedDetail(detail any) []string {
	list, ok := detail.([]any)
	if !ok {
		return []string{fmt.Sprint(detail)}
	}
	var all []string
	for _, f := range list {
		f, _ := f.(map[string]any)
		loc, _ := f["loc"].([]any)
		if loc[0] == "arguments" || slices.Contains([]any{"body", "query", "path"}, loc[0]) {
			loc = loc[1:]
		}
		typ := f["type"]
		if fmt.Sprint(loc) == "[typ]" || fmt.Sprint(loc) == "[Title]" { // the routes word an unknown parameter differently
			f["msg"] = nil
		}
		all = append(all, fmt.Sprint(loc, typ, f["msg"]))
	}
	slices.Sort(all)
	return all
}
