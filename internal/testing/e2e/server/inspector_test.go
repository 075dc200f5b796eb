package server_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// toolCall is a call of a tool and a part of its result. {asset} is replaced by the id
// of an asset with one version, {draft} by that of a draft.
type toolCall struct{ tool, arguments, has string }

var toolCalls = []toolCall{
	{"create_asset", `{"type":"copy","title":"New","text":"New.","provenance":{"agent_slug":"copywriter","parameters":{"n":1.5}}}`, `"parameters":{"n":1.5}`},
	{"create_asset_upload", `{"media_type":"video/mp4","size_bytes":9}`, `"max_bytes":9`},
	{"get_asset", `{"asset_id":"{asset}"}`, `"versions":[{`},
	{"read_asset_content", `{"asset_id":"{asset}","version":1}`, `"next_offset":null`},
	{"add_asset_version", `{"asset_id":"{asset}","text":"Better."}`, `"version":2`},
	{"submit_asset", `{"asset_id":"{asset}"}`, `"status":"pending_review"`},
	{"approve_asset", `{"asset_id":"{asset}","version":2}`, `"approved_version":2`},
	{"list_assets", `{"asset_id":["{asset}"],"status":"approved","limit":1,"include_total":true}`, `"total":1`},
	{"tag_asset", `{"asset_id":"{asset}","tags":{"channel":["web","mail"]}}`, `"tags":{"channel":["mail","web"]}`},
	{"list_asset_events", `{"type":"asset.created"}`, `"type":"asset.created"`},
	{"list_asset_tags", `{"key":"channel"}`, `"value":"mail"`},
	{"explain_asset", `{"asset_id":"{asset}"}`, `"publishable":true`},
	{"get_asset_preview_url", `{"asset_id":"{asset}","version":"approved","expires_in":60}`, `"version":2`},
	{"export_assets", `{"asset_ids":["{asset}"]}`, `"items":1`},
	{"comment_asset", `{"asset_id":"{asset}","version":1,"text":"Who agreed?"}`, `"action":"comment"`},
	{"rollback_asset", `{"asset_id":"{asset}","version":1,"reason":"shorter"}`, `"version":3`},
	{"bulk_approve_assets", `{"items":[{"asset_id":"{asset}","version":3},{"asset_id":"{draft}"}]}`, `"code":"invalid_transition"`},
	{"request_asset_changes", `{"asset_id":"{asset}","comment":"longer"}`, `"status":"draft"`},
	{"archive_asset", `{"asset_id":"{asset}"}`, `"status":"archived"`},
	{"reopen_asset", `{"asset_id":"{asset}"}`, `"status":"draft"`},
	{"delete_asset", `{"asset_id":"{draft}"}`, `{}`},
}

// TestToolsByTheInspector calls every tool and reads a resource with the command line of
// the official inspector. TestAgentStories does more of that over both transports.
func TestToolsByTheInspector(t *testing.T) {
	t.Parallel()
	k := tools(t)
	folder := t.TempDir()
	p := firstStart(t, folder)
	admin := p.client(p.key)
	id := admin.post(http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"Kept."}`).ID
	draft := admin.post(http.StatusCreated, "", `{"type":"copy","title":"Draft","text":"Gone."}`).ID
	ids := strings.NewReplacer("{asset}", id, "{draft}", draft)
	stdio := k.inspector(t, serverCommand(t), "mcp", "-data", folder, "-e", "ASSETS_API_KEY="+p.key)
	stdio.ids = ids
	stdio.listsWhatIsCalled()
	i := k.inspector(t, p.url+"/mcp", "--transport", "http", "--header", "Authorization: Bearer "+p.key)
	i.ids = ids
	i.listsWhatIsCalled()
	for _, c := range toolCalls {
		i.succeeds(c)
	}
	i.refuses("delete_asset", `{"asset_id":"{asset}"}`, `"code":"not_draft","status":409`)
	stdio.refuses("delete_asset", `{"asset_id":"{asset}","Force":true}`, `"code":"validation_error","status":422`)
	i.reads("resources/list", `"resources":[]`)
	stdio.reads("resources/templates/list", `"uriTemplate":"asset://{asset_id}/versions/{version}/content"`)
	i.reads("resources/read", `"text":"Better."`, "--uri", "asset://"+id+"/versions/2")
}

// inspector runs the inspector on a server, in testdata/mcp/inspect.mjs. It connects for
// each call.
type inspector struct {
	*testing.T
	target []string
	ids    *strings.Replacer
	in     io.Writer
	out    *bufio.Reader
}

// inspector starts an inspector of the target that the arguments describe.
func (k toolkit) inspector(t *testing.T, target ...string) inspector {
	t.Helper()
	script, err := filepath.Abs("testdata/mcp/inspect.mjs")
	if err != nil {
		t.Fatal(err)
	}
	in, out := k.script(t, k.node22, nil, script, k.modules)
	return inspector{T: t, target: target, in: in, out: out}
}

// exitError is the code, other than 0, with which the inspector exits.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("it exits with %d", int(e)) }

// inspect calls a method and returns its result.
func (i inspector) inspect(method string, args ...string) (json.RawMessage, error) {
	i.Helper()
	call := append(slices.Clone(i.target), "--connect-timeout", "0", "--format", "json", "--method", method)
	text, err := json.Marshal(append(call, args...))
	if err == nil {
		_, err = i.in.Write(append(text, '\n'))
	}
	var line []byte
	if err == nil {
		line, err = i.out.ReadBytes('\n')
	}
	var printed struct {
		Out, Error string
		Code       exitError
	}
	if err == nil {
		err = json.Unmarshal(line, &printed)
	}
	if err != nil {
		i.Fatalf("%s %q: %v %s", method, args, err, line)
	}
	var answer struct{ Result json.RawMessage }
	if bad := json.Unmarshal([]byte(printed.Out), &answer); bad != nil {
		i.Errorf("%s %q: %v in %s", method, args, bad, line)
	}
	if printed.Code != 0 {
		i.Logf("%s %q: %s", method, args, printed.Error)
		return answer.Result, printed.Code
	}
	return answer.Result, nil
}

// reads calls a method, whose result must contain a text.
func (i inspector) reads(method, has string, args ...string) {
	i.Helper()
	if got, err := i.inspect(method, args...); err != nil || !strings.Contains(string(got), has) {
		i.Errorf("%s: %v %s lacks %s", method, err, got, has)
	}
}

// listsWhatIsCalled requires that the listed tools are those that the test calls,
// and that the inspector accepts their schemas in its strict mode.
func (i inspector) listsWhatIsCalled() {
	i.Helper()
	got, err := i.inspect("tools/list", "--strict")
	var list struct{ Tools []struct{ Name string } }
	if bad := json.Unmarshal(got, &list); err != nil || bad != nil {
		i.Fatalf("%v, %v in %s", err, bad, got)
	}
	called := map[string]bool{}
	for _, c := range toolCalls {
		called[c.tool] = true
	}
	for _, tool := range list.Tools {
		if !called[tool.Name] {
			i.Errorf("%s is not called", tool.Name)
		}
		delete(called, tool.Name)
	}
	if len(called) > 0 {
		i.Errorf("%v are not listed", called)
	}
}

// toolResult is the result of a tool.
type toolResult struct {
	Content           []struct{ Text string }
	StructuredContent json.RawMessage
	IsError           bool
}

func (i inspector) call(tool, arguments string) (toolResult, error) {
	i.Helper()
	got, err := i.inspect("tools/call", "--tool-name", tool, "--tool-args-json", i.ids.Replace(arguments))
	var result toolResult
	if bad := json.Unmarshal(got, &result); bad != nil || len(result.Content) == 0 {
		i.Fatalf("%s: %v, %v in %s", tool, err, bad, got)
	}
	return result, err
}

// succeeds requires a success, with the same structured content and text.
func (i inspector) succeeds(c toolCall) {
	i.Helper()
	got, err := i.call(c.tool, c.arguments)
	text := got.Content[0].Text
	var fromText, structured any
	bad := errors.Join(err, json.Unmarshal([]byte(text), &fromText), json.Unmarshal(got.StructuredContent, &structured))
	if bad != nil || got.IsError || !strings.Contains(text, c.has) || !reflect.DeepEqual(fromText, structured) {
		i.Errorf("%s(%s): %v %+v lacks %s", c.tool, c.arguments, bad, got, c.has)
	}
}

// refuses requires a tool error, for which the inspector exits with 5.
func (i inspector) refuses(tool, arguments, has string) {
	i.Helper()
	got, err := i.call(tool, arguments)
	if !errors.Is(err, exitError(5)) || !got.IsError || got.StructuredContent != nil || !strings.Contains(got.Content[0].Text, has) {
		i.Errorf("%s(%s): %v %+v lacks %s", tool, arguments, err, got, has)
	}
}
