package mcpx_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// Content may be base64 with or without padding, alone or as a data: URL.
func TestContentInBase64(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	svg := `<svg xmlns="http://www.w3.org/2000/svg"/>`
	padded := base64.StdEncoding.EncodeToString([]byte(svg))
	if !strings.HasSuffix(padded, "=") {
		t.Fatal("the example needs no padding")
	}
	for _, tt := range []struct{ typ, more, content, media string }{
		{"image", "", padded, "image/svg+xml"},
		{"image", "", strings.TrimRight(padded, "="), "image/svg+xml"},
		{"image", "", "data:image/svg+xml;base64," + padded, "image/svg+xml"},
		{"image", "", "DATA:image/svg+xml;charset=utf-8;BASE64," + strings.TrimRight(padded, "="), "image/svg+xml"},
		{"copy", "", "data:text/html;base64," + padded, "text/html"},
		{"copy", `"media_type":"text/plain",`, "data:text/html;base64," + padded, "text/plain"},
		{"bundle", "", "data:application/octet-stream;base64,AAEC", "application/octet-stream"},
		{"bundle", "", "data:;base64,AAEC", "application/octet-stream"},
		{"bundle", "", "data:binary/octet-stream;base64," + padded, "text/plain"},
	} {
		got := ts.call("user", "create_asset", fmt.Sprintf(`{"type":%q,"title":"t",%s"content_base64":%q}`, tt.typ, tt.more, tt.content))
		content, _ := got.Result["content"].(map[string]any)
		if content["media_type"] != tt.media {
			t.Errorf("%s of %.60s: %.300s, want %s", tt.typ, tt.content, got.Body, tt.media)
		}
	}
	for _, content := range []string{"data:image/png,raw", "data:image/png;base64", "data:", "da", "AAA-", "====", "data:image/png;base64,!"} {
		got := ts.call("user", "create_asset", fmt.Sprintf(`{"type":"bundle","title":"t","content_base64":%q}`, content))
		if got.Refusal.Status != 422 || locs(got.Refusal.Detail) != "arguments.content_base64" {
			t.Errorf("%s: %s", content, got.Body)
		}
	}
}

// Of several contents, or none, the error says what there can be.
func TestExactlyOneContent(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := string(ts.newAsset("w1", "draft"))
	for content, loc := range map[string]string{
		"": "arguments.text", `,"text":"x","content_base64":"AAAA"`: "arguments.text",
		`,"text":"x","upload_id":"` + id + `"`: "arguments.upload_id", `,"upload_id":"` + id + `","content_base64":"AAAA"`: "arguments.upload_id",
	} {
		for tool, arguments := range map[string]string{
			"create_asset": `{"type":"copy","title":"t"` + content + `}`, "add_asset_version": `{"asset_id":"` + id + `"` + content + `}`,
		} {
			got := ts.call("user", tool, arguments)
			if locs(got.Refusal.Detail) != loc || !strings.Contains(got.Body, "exactly one of text, content_base64 and upload_id") {
				t.Errorf("%s(%s): %s, want %s", tool, arguments, got.Body, loc)
			}
		}
	}
}

// TestIdempotencyKey: a call that is repeated with its key stores nothing twice, also
// over REST, and another call with the key is refused.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	create := `{"type":"copy","title":"t","text":"first","idempotency_key":"run-1"}`
	first := ts.mustCall("agent", "create_asset", create)
	again := ts.mustCall("agent", "create_asset", create)
	id := fmt.Sprint(first["id"])
	if again["id"] != id || again["revision"] != 1.0 {
		t.Errorf("repeated: %v", again)
	}
	add := `{"asset_id":"` + id + `","text":"second","idempotency_key":"run-1"}` // the key belongs to the operation
	for range 2 {
		if got := ts.mustCall("agent", "add_asset_version", add); got["version"] != 2.0 || got["revision"] != 2.0 {
			t.Errorf("version: %v", got)
		}
	}
	if got := ts.mustCall("user", "create_asset", create); got["id"] == id {
		t.Error("the key of another subject")
	}
	for tool, arguments := range map[string]string{
		"create_asset":      `{"type":"copy","title":"t","text":"other","idempotency_key":"run-1"}`,
		"add_asset_version": `{"asset_id":"` + id + `","text":"third","idempotency_key":"run-1"}`,
	} {
		if got := ts.call("agent", tool, arguments); got.Refusal.Code != "idempotency_mismatch" || got.Refusal.Status != 422 {
			t.Errorf("%s: %s", tool, got.Body)
		}
		got := ts.call("agent", tool, strings.Replace(arguments, "run-1", "run 1", 1))
		if got.Refusal.Status != 422 || locs(got.Refusal.Detail) != "arguments.idempotency_key" {
			t.Errorf("a key with a space: %s", got.Body)
		}
	}
	if n := len(ts.mustCall("agent", "list_assets", `{}`)["items"].([]any)); n != 2 {
		t.Errorf("%d assets, want 2", n)
	}
}
