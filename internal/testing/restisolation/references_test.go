package restisolation_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestActorWithoutWorkspaceTEN02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &resttest.RecordingStore{Database: db}
		srv := newTenants(t, w, func(_ *assets.Config, o *httpx.Options) {
			o.Authenticate = func(*http.Request) (assets.Actor, error) {
				return assets.Actor{Subject: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
			}
		})
		w.Calls = nil
		for _, row := range assetRoutes {
			want{Status: 401, Code: "unauthorized"}.Check(t, srv.Server, srv.send(row, "none", unknownID, nil))
		}
		if len(w.Calls) > 0 {
			t.Errorf("the store was called: %v", w.Calls)
		}
	})
}

// TestListAndTagsOfOneWorkspaceTEN06: assets of another workspace are neither listed nor
// counted.
func TestListAndTagsOfOneWorkspaceTEN06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTenants(t, db)
		in := assets.NewAsset{Tags: assets.Tags{"lang": {"en"}, "both": {"x", "y"}}, CampaignID: "c"}
		in.Provenance = assets.Provenance{AgentSlug: "bot", RunID: "r", BrandID: "b", BriefID: "f"}
		own := srv.CreateCopy("w1", in)
		for range 3 {
			id := srv.CreateCopy("w2", in)
			if _, err := srv.Lib.Review(t.Context(), resttest.Maker("w2"), id, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
				t.Fatal(err)
			}
		}
		for _, query := range []string{"", "tag=lang:en", "tag=both:*&tag=lang:*", "run_id=r", "agent_slug=bot", "campaign_id=c", "brand_id=b", "brief_id=f", "type=copy", "status=draft", "created_by=maker", "media_type=text/plain", "perspective=current&include_text=true"} {
			p := srv.List("read", "include_total=true&"+query)
			if !slices.Equal(p.IDs(), []assets.ID{own}) || *p.Total != 1 {
				t.Errorf("%q: %v of %d", query, p.IDs(), *p.Total)
			}
		}
		if p := srv.List("read", "status=approved&include_total=true"); len(p.Items) != 0 || *p.Total != 0 {
			t.Errorf("approved in the other workspace: %v", p)
		}
		for key, n := range map[string]int{"read": 1, "other": 3} {
			rec := srv.Send(call{Method: "GET", Path: base + "/tags", As: srv.Bearers[key]})
			items := fmt.Sprintf(`{"items":[{"key":"both","value":"x","count":%[1]d},{"key":"both","value":"y","count":%[1]d},{"key":"lang","value":"en","count":%[1]d}],`, n)
			want{Status: 200, Body: []string{items}}.Check(t, srv.Server, rec)
		}
	})
}

// TestForeignReferencesTEN04: the id of another workspace's asset in a body is treated as
// unknown, and the asset does not change.
func TestForeignReferencesTEN04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTenants(t, db)
		own, foreign := srv.CreateAsset("w1", "pending"), srv.CreateAsset("w2", "pending")
		before := srv.Asset(t, "w2", foreign)
		body := `{"type":"copy","title":"t","text":"x","provenance":{"derived_from":[{"asset_id":"%s","version":1},{"asset_id":"%s","version":1}]}}`
		want{Status: 422, Locs: []string{"body.provenance.derived_from.1"}}.Check(t, srv.Server,
			srv.Send(call{Method: "POST", Path: base, As: srv.Bearers["write"], Body: fmt.Sprintf(body, own, foreign)}))
		rec := srv.Send(call{Method: "POST", Path: base + "/bulk/approval", As: srv.Bearers["owner"], Body: fmt.Sprintf(`{"action":"approve","items":[{"asset_id":"%s"},{"asset_id":"%s"}]}`, foreign, own)})
		want{Status: 200, Body: []string{fmt.Sprintf(`{"asset_id":"%s","error":{"detail":"not found","code":"not_found"}}`, foreign), `"status":"approved"`}}.Check(t, srv.Server, rec)
		if after := srv.Asset(t, "w2", foreign); after.Revision != before.Revision || after.Status != assets.StatusPendingReview {
			t.Errorf("the other workspace's asset is %s at revision %d", after.Status, after.Revision)
		}
		if n := len(srv.List("owner", "").Items); n != 1 {
			t.Errorf("%d assets", n)
		}
	})
}

// TestForeignCursorAndKeyTEN05: a cursor and an idempotency key of one workspace are not
// valid in another, even for the same subject.
func TestForeignCursorAndKeyTEN05(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTenants(t, db)
		for _, ws := range []string{"w1", "w1", "w1", "w2", "w2", "w2"} {
			srv.CreateAsset(ws, "draft")
		}
		page := srv.Must(200, call{Method: "GET", Path: base + "?limit=1", As: srv.Bearers["owner"]})
		cursor := "?limit=1&cursor=" + url.QueryEscape(page["next_cursor"].(string))
		want{Status: 400, Code: "invalid_cursor"}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: base + cursor, As: srv.Bearers["other"]}))
		want{Status: 200}.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: base + cursor, As: srv.Bearers["owner"]}))

		first := srv.Must(201, resttest.WithKey(srv.Bearers["owner"], base, "k", resttest.CopyBody))
		rec := srv.Send(resttest.WithKey(srv.Bearers["other"], base, "k", resttest.CopyBody))
		want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "-"}, Body: []string{`"workspace_id":"w2"`}}.Check(t, srv.Server, rec)
		if strings.Contains(rec.Body.String(), first["id"].(string)) {
			t.Error("the response has another workspace's asset")
		}
		other := strings.Replace(resttest.CopyBody, `"x"`, `"y"`, 1) // a mismatch in w1 only
		want{Status: 422, Code: "idempotency_mismatch"}.Check(t, srv.Server, srv.Send(resttest.WithKey(srv.Bearers["owner"], base, "k", other)))
		want{Status: 201}.Check(t, srv.Server, srv.Send(resttest.WithKey(srv.Bearers["other"], base, "k2", other)))
	})
}
