package restisolation_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/mcpx"
)

// TestReviewLinkIsNoCredential: with the token of a review link no route and no tool can be
// used, and no other public route has something for it.
func TestReviewLinkIsNoCredential(t *testing.T) {
	t.Parallel()
	srv := newTenants(t, backends.Memory().Database(t))
	id := string(srv.CreateAsset("w1", "draft"))
	made := srv.Must(201, call{Method: "POST", Path: base + "/" + id + "/review-links", As: srv.Bearers["approve"], Body: `{"name":"Eve"}`})
	link, _ := made["url"].(string)
	token := link[strings.LastIndexByte(link, '/')+1:]
	if _, err := srv.Lib.OpenReviewLink(t.Context(), token); err != nil {
		t.Fatalf("the token opens nothing: %v", err)
	}
	own, public := operationsOf(srv.Server)
	path := strings.NewReplacer(
		"{asset_id}", id, "{version}", "1", "{webhook_id}", unknownID, "{delivery_id}", unknownID, "{export_id}", unknownID,
		"{link_id}", unknownID, "{token}", token,
	)
	for _, op := range own {
		if !op.credential {
			continue
		}
		want{Status: 401, Code: "unauthorized"}.Check(t, srv.Server, srv.Send(call{Method: op.method, Path: base + path.Replace(op.path), As: token}))
	}
	tried := 0
	for _, op := range public {
		if strings.Contains(op.path, "{token}") {
			tried++
			want{Status: 404, Code: "not_found"}.Check(t, srv.Server, srv.Send(call{Method: op.method, Path: srv.Lib.PublicPath() + path.Replace(op.path), Body: "x"}))
		}
	}
	if tried < 3 {
		t.Errorf("%d public routes have a token", tried)
	}
	tools := mcpx.Handler(srv.Lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(srv.Ring)})
	rec := httptest.NewRecorder()
	tools.ServeHTTP(withDeadlines{rec}, call{Method: "POST", Path: "/mcp", As: token, Body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`}.Request(srv.Server))
	want{Status: 401, Code: "unauthorized"}.Check(t, srv.Server, rec)
}
