package httpx_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
)

// TestTEN04ForeignReferences: an id of another workspace in a body is as
// unknown, and nothing of it is locked or written.
func TestTEN04ForeignReferences(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newTenants(t, db)
		own, foreign := b.asset("w1", "pending"), b.asset("w2", "pending")
		before := b.whole(t, "w2", foreign)
		body := `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"%s","version":1},{"asset_id":"%s","version":1}]}}`
		want{status: 422, locs: []string{"body.provenance.derived_from.1"}}.check(t, b.world,
			b.send(call{method: "POST", path: base, as: b.bearers["write"], body: fmt.Sprintf(body, own, foreign)}))
		rec := b.send(call{method: "POST", path: base + "/bulk/approval", as: b.bearers["owner"], body: fmt.Sprintf(`{"action":"approve","items":[{"asset_id":"%s"},{"asset_id":"%s"}]}`, foreign, own)})
		want{status: 200, body: []string{fmt.Sprintf(`{"asset_id":"%s","error":{"detail":"not found","code":"not_found"}}`, foreign), `"status":"approved"`}}.check(t, b.world, rec)
		if after := b.whole(t, "w2", foreign); after.Revision != before.Revision || after.Status != assets.StatusPendingReview {
			t.Errorf("the other workspace's asset is %s at revision %d", after.Status, after.Revision)
		}
		if n := len(b.list("owner", "").Items); n != 1 {
			t.Errorf("%d assets", n)
		}
	})
}

// TestTEN05AnothersCursorAndKey: what was handed to one workspace is nothing in
// another, though the person has keys of both.
func TestTEN05AnothersCursorAndKey(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newTenants(t, db)
		for _, ws := range []string{"w1", "w1", "w1", "w2", "w2", "w2"} {
			b.asset(ws, "draft")
		}
		page := b.must(200, call{method: "GET", path: base + "?limit=1", as: b.bearers["owner"]})
		cursor := "?limit=1&cursor=" + url.QueryEscape(page["next_cursor"].(string))
		want{status: 400, code: "invalid_cursor"}.check(t, b.world, b.send(call{method: "GET", path: base + cursor, as: b.bearers["other"]}))
		want{status: 200}.check(t, b.world, b.send(call{method: "GET", path: base + cursor, as: b.bearers["owner"]}))

		first := b.must(201, keyed(b.bearers["owner"], base, "k", aCopy))
		rec := b.send(keyed(b.bearers["other"], base, "k", aCopy))
		want{status: 201, header: map[string]string{"Idempotency-Replayed": "-"}, body: []string{`"workspace_id":"w2"`}}.check(t, b.world, rec)
		if strings.Contains(rec.Body.String(), first["id"].(string)) {
			t.Error("another workspace's asset is shown")
		}
		other := strings.Replace(aCopy, `"x"`, `"y"`, 1) // nor is it a mismatch with what the other has sent
		want{status: 422, code: "idempotency_mismatch"}.check(t, b.world, b.send(keyed(b.bearers["owner"], base, "k", other)))
		want{status: 201}.check(t, b.world, b.send(keyed(b.bearers["other"], base, "k2", other)))
	})
}
