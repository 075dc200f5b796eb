package mcpx_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// Arguments that a lenient decoder would accept are refused.
func TestStrictArgumentsMCP03(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := string(ts.newAsset("w1", "pending"))
	over := base64.StdEncoding.EncodeToString(make([]byte, 1<<20+1))
	for _, tt := range []struct {
		tool, arguments string
		status          int
		locs            string
	}{
		{"approve_asset", `{"Asset_ID":"` + id + `"}`, 422, "arguments.Asset_ID arguments.asset_id"},
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
		{"bulk_approve_assets", `{"items":[{"asset":"` + id + `"}],"comment":7}`, 422, "arguments.items.0.asset arguments.items.0.asset_id arguments.comment"},
		{"create_asset", `{"tags":null,"text":"x","submit":"yes"}`, 422, "arguments.submit arguments.type arguments.title"},
		{"rollback_asset", `{"id":"` + id + `"}`, 422, "arguments.id arguments.asset_id arguments.version"},
		{"create_asset", `{"type":"copy","title":"t","text":"x","provenance":{"agent":"bot"}}`, 422, "arguments.provenance.agent"},
		{"create_asset", `{"type":"copy","title":"t","text":"x","provenance":{"parameters":{"a":1e999}}}`, 400, ""},
		{"add_asset_version", `{"asset_id":"` + id + `","text":"x","provenance":{"parameters":{"a":[-1e999]}}}`, 400, ""},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"` + over + `"}`, 422, "arguments.content_base64"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AA="}`, 422, "arguments.content_base64"},
		{"create_asset", `{"type":"bundle","title":" ","content_base64":"AA="}`, 422, "arguments.content_base64 arguments.title"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AAAA","text":"x"}`, 422, "arguments.text"},
		{"create_asset", `{"type":"bundle","title":"b","content_base64":"AAAA","upload_id":"` + id + `"}`, 422, "arguments.upload_id"},
		{"create_asset", `{"type":"image","title":"b","content_base64":"PGh0bWw+","media_type":"image/png"}`, 415, ""},
		{"add_asset_version", `{"asset_id":"` + id + `","content_base64":"AAAA"}`, 415, ""},
	} {
		got := ts.call("user", tt.tool, tt.arguments)
		if got.Refusal.Status != tt.status || locs(got.Refusal.Detail) != tt.locs {
			t.Errorf("%s(%.100s): %.300s, want %d at %s", tt.tool, tt.arguments, got.Body, tt.status, tt.locs)
		}
	}
	a, err := ts.lib.Get(t.Context(), assetstest.User("w1", "x"), assets.ID(id), assets.SelectCurrent)
	if err != nil || a.Status != assets.StatusPendingReview {
		t.Errorf("%v, %v", a, err)
	}
	if n := len(ts.mustCall("user", "list_assets", `{}`)["items"].([]any)); n != 1 {
		t.Errorf("%d assets, want the one there was", n)
	}
}

// TestNumbersAndTimesFIL09: a whole number may have a fraction of zeros, and RFC 3339 is
// not case-sensitive.
func TestNumbersAndTimesFIL09(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	ts.newAsset("w1", "pending")
	ts.newAsset("w1", "pending")
	for arguments, want := range map[string]int{
		`{"limit":1.0}`: 1,
		`{"created_after":"2000-01-01t00:00:00z"}`:        2,
		`{"created_after":"2000-01-01t02:00:00.5+02:00"}`: 2,
		`{"created_before":"2000-01-01t00:00:00z"}`:       0,
	} {
		if n := len(ts.mustCall("user", "list_assets", arguments)["items"].([]any)); n != want {
			t.Errorf("%s: %d assets, want %d", arguments, n, want)
		}
	}
}

// An error says what would be right: the arguments there are, and the values they may
// have.
func TestErrorsNameWhatIsRight(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := string(ts.newAsset("w1", "pending"))
	for _, tt := range []struct{ tool, arguments, want string }{
		{"approve_asset", `{"id":"` + id + `"}`, `"msg":"no such field; the fields are asset_id, version, sha256, comment"`},
		{"approve_asset", `{}`, `"loc":["arguments","asset_id"],"msg":"is required","type":"missing"`},
		{"request_asset_changes", `{"asset_id":"` + id + `"}`, `"loc":["arguments","comment"],"msg":"say what has to change","type":"missing"`},
		{"create_asset", `{"type":"poem","title":"t","text":"x"}`, `must be copy, image, slide, video, blog or bundle`},
		{"list_assets", `{"status":"published"}`, `must be draft, pending_review, approved or archived`},
		{"list_assets", `{"order":"newest"}`, `must be asc or desc`},
		{"get_asset", `{"asset_id":"` + id + `","version":"latest"}`, `must be a positive number, \"current\" or \"approved\"`},
		{"get_asset_preview_url", `{"asset_id":"` + id + `","width":100}`, `must be 160, 320, 640 or 1280`},
		{"create_asset", `{"type":"copy","title":"t","text":"x","provenance":{"agent":"bot"}}`, `the fields are agent_slug, run_id`},
		{"create_asset", `{"type":"image","title":"t","text":"x"}`, `image/png`},
	} {
		got := ts.call("user", tt.tool, tt.arguments)
		if text := got.Content[0].Text; got.Result != nil || !strings.Contains(text, tt.want) {
			t.Errorf("%s(%s): %s, want %s", tt.tool, tt.arguments, text, tt.want)
		}
	}
}

// malformedArguments are wrong in one way. loc is the location that the error
// must name.
type malformedArguments struct{ how, arguments, loc string }

// Malformed arguments are a tool error, which a model can read, and not an error
// of the protocol. It has no structured content, which clients would validate
// against the schema of results. The method call checks both.
func TestVolumeMalformedArgumentsOfEveryToolMCP03(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	good := map[string]string{}
	for _, rc := range routeCalls {
		if good[rc.tool] == "" {
			good[rc.tool] = strings.ReplaceAll(rc.arguments, "{asset}", string(ts.newAsset("w1", "pending")))
		}
	}
	good["read_asset_content"] = `{"asset_id":"` + string(ts.newAsset("w1", "draft")) + `","version":1}`
	eachTool(t.Context(), t, ts.client("user"), func(tool *mcpTool) {
		for _, bad := range malformedVariants(t, tool, good[tool.Name]) {
			got := ts.call("user", tool.Name, bad.arguments)
			invalid := got.Refusal.Status == 422 && got.Refusal.Code == "validation_error"
			placed := slices.ContainsFunc(strings.Fields(locs(got.Refusal.Detail)), func(loc string) bool {
				return loc == bad.loc || strings.HasPrefix(loc, bad.loc+".") // or within it
			})
			if !invalid || !placed {
				t.Errorf("%s, %s: %s(%s): %s; want 422 at %s", tool.Name, bad.how, tool.Name, bad.arguments, got.Body, bad.loc)
			}
		}
	})
}

// malformedVariants returns valid arguments made invalid: a member is unknown,
// given twice, in other case, of another type, null or missing, or the arguments
// are no object.
func malformedVariants(t *testing.T, tool *mcpTool, good string) (all []malformedArguments) {
	t.Helper()
	var schema struct {
		Properties map[string]struct{ Type any }
		Required   []string
	}
	text, err := json.Marshal(tool.InputSchema)
	if err == nil {
		err = json.Unmarshal(text, &schema)
	}
	var given map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal([]byte(good), &given)
	}
	if err != nil || len(schema.Properties) == 0 {
		t.Fatalf("%s: %v in %s", tool.Name, err, text)
	}
	for _, no := range []string{`[]`, `"x"`, `7`, `true`} {
		all = append(all, malformedArguments{"no object", no, "arguments"})
	}
	all = append(all, malformedArguments{"unknown", object(given, "zz", `1`), "arguments.zz"})
	for name, property := range schema.Properties {
		checkSameResult := strings.ToUpper(name)
		value := given[name]
		if value == nil {
			value = json.RawMessage(`"x"`)
		}
		rest := maps.Clone(given)
		delete(rest, name)
		all = append(
			all,
			malformedArguments{"another type", object(rest, name, `[[7]]`), "arguments." + name},
			malformedArguments{"other case", object(rest, checkSameResult, string(value)), "arguments." + checkSameResult},
			malformedArguments{"twice", object(rest, name, string(value), name, string(value)), "arguments." + name},
			malformedArguments{"twice, once in other case", object(rest, name, string(value), checkSameResult, string(value)), "arguments." + checkSameResult},
		)
		if !slices.Contains(schema.Required, name) {
			continue
		}
		all = append(all, malformedArguments{"missing", object(rest), "arguments." + name})
		if !hasType(property.Type, "null") {
			all = append(all, malformedArguments{"null", object(rest, name, `null`), "arguments." + name})
		}
	}
	return all
}

// hasType reports whether the type of a schema is name, or a list with name.
func hasType(types any, name string) bool {
	several, _ := types.([]any)
	return types == name || slices.Contains(several, any(name))
}

// object returns a JSON object of members, followed by more, which may repeat
// their names.
func object(members map[string]json.RawMessage, more ...string) string {
	var all []string
	for name, value := range members {
		all = append(all, `"`+name+`":`+string(value))
	}
	slices.Sort(all)
	for i := 0; i+1 < len(more); i += 2 {
		all = append(all, `"`+more[i]+`":`+more[i+1])
	}
	return "{" + strings.Join(all, ",") + "}"
}
