package httpx_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestReviewLinksOfOneWorkspace makes, lists and revokes a review link. Another workspace
// is told that there is none.
func TestReviewLinksOfOneWorkspace(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		send := func(status int, as, method, path, body string) map[string]any {
			t.Helper()
			return srv.Must(status, call{Method: method, Path: base + path, As: srv.Bearers[as], Body: body})
		}
		asset, _ := send(201, "write", "POST", "", `{"type":"copy","title":"t","text":"x"}`)["id"].(string)
		made := send(201, "approve", "POST", "/"+asset+"/review-links", `{"name":"Eve","expires_in":60}`)
		if made["url"] == nil || made["can"] != "comment" || made["version"] != 1.0 || made["revoked_at"] != nil {
			t.Errorf("made %v", made)
		}
		link, _ := made["id"].(string)
		send(404, "other", "GET", "/"+asset+"/review-links", "")
		send(404, "other", "DELETE", "/review-links/"+link, "")
		list, _ := send(200, "approve", "GET", "/"+asset+"/review-links", "")["items"].([]any)
		if len(list) != 1 {
			t.Fatalf("list %v", list)
		}
		if one, _ := list[0].(map[string]any); one["id"] != link || one["url"] != nil || one["revoked_at"] != nil {
			t.Errorf("listed %v", one)
		}
		send(204, "approve", "DELETE", "/review-links/"+link, "")
		send(204, "approve", "DELETE", "/review-links/"+link, "")
		list, _ = send(200, "approve", "GET", "/"+asset+"/review-links?limit=1", "")["items"].([]any)
		if one, _ := list[0].(map[string]any); one["revoked_at"] == nil {
			t.Errorf("after it was revoked: %v", one)
		}
		if got := send(403, "approve", "POST", "/"+asset+"/review-links", `{"name":"Eve","can":"decide"}`); got["code"] != "refused_by_policy" {
			t.Errorf("a guest that decides: %v", got)
		}
	})
}

// TestForbiddenKindNamesWhoMay: the text names who can do what an agent may not.
func TestForbiddenKindNamesWhoMay(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/webhooks", "an actor of kind agent may not do this: a person or a service can"},
		{"DELETE", "/review-links/none", "an actor of kind agent may not do this: a person has to"},
	} {
		got := srv.Must(403, call{Method: c.method, Path: base + c.path, As: "agent"})
		if got["code"] != "forbidden_kind" || got["detail"] != c.want {
			t.Errorf("%s: %v, want %q", c.path, got, c.want)
		}
	}
}
