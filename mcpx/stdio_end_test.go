package mcpx_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

// TestStdioAnswersWhatCameBeforeTheEnd: calls that are piped in, with the end of
// the stream right behind them, are carried out and answered.
func TestStdioAnswersWhatCameBeforeTheEnd(t *testing.T) {
	t.Parallel()
	bot := assetstest.Agent("acme", "bot")
	lib := assetstest.New(t)
	calls := strings.Join([]string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_asset","arguments":{"type":"copy","title":"t","text":"x"}}}`,
		`{"jsonrpc":"2.0","id":"three","method":"tools/call","params":{"name":"list_assets","arguments":{}}}`,
	}, "\n") + "\n"
	var out strings.Builder
	who := func(context.Context, *mcp.RequestExtra) (assets.Actor, error) { return bot, nil }
	if err := mcpx.Stdio(t.Context(), lib, mcpx.Options{Actor: who}, io.NopCloser(strings.NewReader(calls)), &out); err != nil {
		t.Error(err)
	}
	answered := map[any]bool{}
	for lines := bufio.NewScanner(strings.NewReader(out.String())); lines.Scan(); {
		var answer struct {
			ID     any
			Result struct{ IsError bool }
			Error  any
		}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil || answer.Error != nil || answer.Result.IsError {
			t.Errorf("%s: %v", lines.Bytes(), err)
		}
		answered[answer.ID] = true
	}
	for _, id := range []any{1.0, 2.0, "three"} {
		if !answered[id] {
			t.Errorf("call %v has no answer: %s", id, &out)
		}
	}
	if page, err := lib.List(t.Context(), bot, assets.Query{}); err != nil || len(page.Items) != 1 {
		t.Errorf("%d assets, %v", len(page.Items), err)
	}
}
