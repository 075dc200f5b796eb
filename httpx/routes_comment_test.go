package httpx_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestCommentAsset records comments in any status and by any kind of actor. They change
// nothing but the revision, and are no action of an approval.
func TestCommentAsset(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		send := func(status int, as, method, path, body string) map[string]any {
			t.Helper()
			return srv.Must(status, call{Method: method, Path: base + path, As: srv.Bearers[as], Body: body})
		}
		id, _ := send(201, "write", "POST", "", `{"type":"copy","title":"t","text":"x"}`)["id"].(string)
		comments := "/" + id + "/comments"
		before := send(200, "read", "GET", "/"+id, "")
		made := send(201, "write", "POST", comments, `{"version":1,"text":"Is it agreed?"}`)
		if made["action"] != "comment" || made["comment"] != "Is it agreed?" || made["version"] != 1.0 || made["via"] != "rest" || made["from_status"] != "draft" || made["to_status"] != "draft" {
			t.Errorf("made %v", made)
		}
		send(200, "approve", "POST", "/"+id+"/approval", `{"action":"approve","version":1}`)
		send(201, "approve", "POST", comments, `{"version":1,"text":"Now it is."}`)
		after := send(200, "read", "GET", "/"+id, "")
		if reviews, _ := after["reviews"].([]any); len(reviews) != 3 || fmt.Sprint(after["revision"]) != fmt.Sprint(before["revision"].(float64)+3) {
			t.Errorf("revision %v, then %v with %d reviews", before["revision"], after["revision"], len(reviews))
		}
		if last, _ := after["last_review"].(map[string]any); last["action"] != "approve" || after["status"] != "approved" {
			t.Errorf("the last review is %v, the status %v", last, after["status"])
		}
		send(404, "write", "POST", comments, `{"version":2,"text":"x"}`)
		send(404, "other", "POST", comments, `{"version":1,"text":"x"}`)
		send(403, "read", "POST", comments, `{"version":1,"text":"x"}`)
		for _, body := range []string{`{"text":"x"}`, `{"version":1}`, `{"version":1,"text":" "}`, `{"version":0,"text":"x"}`} {
			send(422, "write", "POST", comments, body)
		}
		send(422, "approve", "POST", "/"+id+"/approval", `{"action":"comment","version":1,"comment":"x"}`)
	})
}
