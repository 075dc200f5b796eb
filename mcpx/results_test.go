package mcpx_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// maxToolList is the number of bytes that the list of tools may have.
const maxToolList = 40_000

func TestToolListIsSmall(t *testing.T) {
	t.Parallel()
	_, _, body := newTestServer(t).post("read", listTools)
	t.Logf("tools/list has %d bytes", len(body))
	if len(body) > maxToolList {
		t.Errorf("tools/list has %d bytes, more than %d", len(body), maxToolList)
	}
}

// outputs returns the schema of the results of every tool.
func (ts *testServer) outputs() map[string]map[string]any {
	ts.Helper()
	all := map[string]map[string]any{}
	eachTool(ts.Context(), ts.T, ts.client("user"), func(tool *mcpTool) { all[tool.Name], _ = tool.OutputSchema.(map[string]any) })
	return all
}

func TestResultSchemas(t *testing.T) {
	t.Parallel()
	outputs := newTestServer(t).outputs()
	property := func(schema any, names ...string) any {
		for _, name := range names {
			object, _ := schema.(map[string]any)
			if schema = object["properties"]; name == "[]" {
				schema = object["items"]
				continue
			}
			members, _ := schema.(map[string]any)
			schema = members[name]
		}
		return schema
	}
	for _, tt := range []struct {
		name, tool string
		path       []string
		want       string
	}{
		{"a member", "create_asset", []string{"id"}, `{"type":"string"}`},
		{"a member that may be null", "approve_asset", []string{"approved_version"}, `{"type":["integer","null"]}`},
		{"an object", "get_asset", []string{"content"}, `{"type":"object"}`},
		{"an array", "get_asset", []string{"versions"}, `{"type":"array"}`},
		{"a member of an item", "list_assets", []string{"items", "[]", "status"}, `{"type":"string"}`},
		{"an object of an item", "list_assets", []string{"items", "[]", "content"}, `{"type":"object"}`},
		{"a member that is no item", "list_assets", []string{"next_cursor"}, `{"type":["string","null"]}`},
		{"an item of a bulk approval", "bulk_approve_assets", []string{"results", "[]", "asset"}, `{"type":"object"}`},
		{"an offset", "read_asset_content", []string{"next_offset"}, `{"type":["integer","null"]}`},
	} {
		if got, err := json.Marshal(property(outputs[tt.tool], tt.path...)); err != nil || string(got) != tt.want {
			t.Errorf("%s: %v of %s is %s, %v", tt.name, tt.path, tt.tool, got, err)
		}
	}
	if schema := outputs["delete_asset"]; schema["type"] != "object" || len(schema) != 1 {
		t.Errorf("delete_asset: %v", schema)
	}
}

// The schema of a result names every member that a result has.
func TestResultSchemasAreComplete(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := string(ts.newAsset("w1", "approved"))
	outputs := ts.outputs()
	for tool, arguments := range map[string]string{
		"get_asset": `{"asset_id":"` + id + `"}`, "list_assets": `{"include_total":true}`, "list_asset_tags": `{}`, "list_asset_events": `{}`,
		"get_asset_preview_url": `{"asset_id":"` + id + `"}`, "create_asset_upload": `{}`,
		"read_asset_content": `{"asset_id":"` + id + `","version":1}`, "export_assets": `{}`,
	} {
		members, _ := outputs[tool]["properties"].(map[string]any)
		got := slices.Sorted(maps.Keys(ts.mustCall("user", tool, arguments)))
		for _, name := range got {
			if members[name] == nil {
				t.Errorf("the schema of %s lacks %s", tool, name)
			}
		}
	}
}
