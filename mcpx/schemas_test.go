package mcpx_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// properties returns the properties of the input schema of every tool.
func (ts *testServer) properties() map[string]map[string]map[string]any {
	ts.Helper()
	all := map[string]map[string]map[string]any{}
	eachTool(ts.Context(), ts.T, ts.client("user"), func(tool *mcpTool) {
		var schema struct{ Properties map[string]map[string]any }
		text, err := json.Marshal(tool.InputSchema)
		if err == nil {
			err = json.Unmarshal(text, &schema)
		}
		if err != nil {
			ts.Fatalf("%s: %v", tool.Name, err)
		}
		all[tool.Name] = schema.Properties
	})
	return all
}

func TestArgumentSchemas(t *testing.T) {
	t.Parallel()
	properties := newTestServer(t).properties()
	for _, tt := range []struct{ name, tool, argument, want string }{
		{"one of an enum or several", "list_assets", "status", `{"anyOf":[
			{"type":"string","enum":["draft","pending_review","approved","archived"]},
			{"type":"array","minItems":1,"maxItems":200,"items":{"type":"string","enum":["draft","pending_review","approved","archived"]}},
			{"type":"null"}]}`},
		{"one text or several", "list_assets", "tag", `{"anyOf":[
			{"type":"string","minLength":1},
			{"type":"array","minItems":1,"maxItems":200,"items":{"type":"string","minLength":1}},
			{"type":"null"}]}`},
		{"a version", "get_asset_preview_url", "version", `{"anyOf":[
			{"type":"integer","minimum":1},
			{"type":"string","enum":["current","approved"]},
			{"type":"null"}]}`},
		{"a version that is required", "read_asset_content", "version", `{"anyOf":[
			{"type":"integer","minimum":1},
			{"type":"string","enum":["current","approved"]}]}`},
		{"an id", "approve_asset", "asset_id", `{"type":"string","format":"uuid"}`},
		{"base64", "create_asset", "content_base64", `{"type":["string","null"],"minLength":1}`},
		{"a key", "add_asset_version", "idempotency_key", `{"type":["string","null"],"maxLength":255}`},
		{"tags that null removes", "tag_asset", "tags", `{"type":["object","null"]}`},
		{"a required comment", "request_asset_changes", "comment", `{"type":"string","minLength":1,"maxLength":4000}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := properties[tt.tool][tt.argument]
			var want map[string]any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			for name, value := range want {
				if !reflect.DeepEqual(got[name], value) {
					t.Errorf("%s of %s in %s is %v, want %v", name, tt.argument, tt.tool, got[name], value)
				}
			}
		})
	}
}

func TestEveryArgumentIsDescribed(t *testing.T) {
	t.Parallel()
	for tool, properties := range newTestServer(t).properties() {
		for name, p := range properties {
			if name == "provenance" {
				continue // a reference: its members are described
			}
			if text, _ := p["description"].(string); text == "" {
				t.Errorf("%s: the argument %s has no description: %v", tool, name, p)
			}
		}
	}
}
