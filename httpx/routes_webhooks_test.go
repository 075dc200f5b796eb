package httpx_test

import (
	"context"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

func TestWebhookRoutes(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		send := func(status int, method, path, body string) map[string]any {
			t.Helper()
			return srv.Must(status, call{Method: method, Path: base + "/webhooks" + path, As: srv.Bearers["owner"], Body: body})
		}
		rec := srv.Send(call{Method: "POST", Path: base + "/webhooks", As: srv.Bearers["owner"], Body: `{"url":"https://example.com/","types":["asset.approved"]}`})
		want{Status: 201, Body: []string{`"secret":"whsec_`, `"types":["asset.approved"]`, `"pause_reason":null`}}.Check(t, srv.Server, rec)
		one := strings.TrimPrefix(rec.Header().Get("Location"), "https://assets.example"+base+"/webhooks")
		if got := send(200, "GET", one, ""); got["secret"] != nil || got["url"] != "https://example.com/" || got["created_by"] != "olga" {
			t.Errorf("got %v", got)
		}
		if got := send(200, "PATCH", one, `{"types":null,"paused":true,"description":"x"}`); len(got["types"].([]any)) != 0 || got["pause_reason"] != "by_caller" || got["secret"] != nil {
			t.Errorf("edited %v", got)
		}
		if got := send(200, "POST", one+"/secret", ""); got["secret"] == nil {
			t.Errorf("no secret: %v", got)
		}
		test := send(202, "POST", one+"/test", "")
		log := send(200, "GET", one+"/deliveries?state=pending", "")["items"].([]any)
		if len(log) != 1 || log[0].(map[string]any)["id"] != test["id"] {
			t.Errorf("log %v, want %v", log, test)
		}
		if got := send(202, "POST", one+"/deliveries/"+test["id"].(string)+"/retry", ""); got["state"] != "pending" {
			t.Errorf("retried %v", got)
		}
		send(202, "POST", one+"/replay", `{"after":"now"}`)
		if got := send(200, "GET", "", "")["items"].([]any); len(got) != 1 {
			t.Errorf("list %v", got)
		}
		send(204, "DELETE", one, "")
		send(404, "GET", one, "")
		for range webhook.MaxWebhooks {
			send(201, "POST", "", `{"url":"https://example.com/"}`)
		}
		if got := send(429, "POST", "", `{"url":"https://example.com/"}`); got["code"] != "limit_reached" {
			t.Errorf("one more: %v", got)
		}
	})
}

// TestWebhooksOfOneWorkspace: every route responds to another workspace as if the webhook
// did not exist.
func TestWebhooksOfOneWorkspace(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		own, _ := srv.Must(201, call{Method: "POST", Path: base + "/webhooks", As: srv.Bearers["owner"], Body: `{"url":"https://example.com/"}`})["id"].(string)
		test, _ := srv.Must(202, call{Method: "POST", Path: base + "/webhooks/" + own + "/test", As: srv.Bearers["owner"]})["id"].(string)
		all, _ := httpx.Operations(srv.Lib)
		bodies := map[string]string{"edit_webhook": `{"url":"https://other.example/"}`, "replay_webhook": `{"after":"now"}`}
		tried := 0
		for _, op := range all {
			if !strings.Contains(op.Path, "{webhook_id}") {
				continue
			}
			tried++
			respond := func(webhook, delivery string) string {
				path := strings.NewReplacer("{webhook_id}", webhook, "{delivery_id}", delivery).Replace(op.Path)
				rec := srv.Send(call{Method: op.Method, Path: base + path, As: srv.Bearers["other"], Body: bodies[op.Name]})
				want{Status: 404, Code: "not_found"}.Check(t, srv.Server, rec)
				return rec.Body.String()
			}
			if foreign, unknown := respond(own, test), respond(unknownID, unknownID); foreign != unknown {
				t.Errorf("%s: %s for a foreign one, %s for an unknown one", op.Name, foreign, unknown)
			}
		}
		if tried != 8 {
			t.Errorf("%d operations on one webhook", tried)
		}
		list := srv.Must(200, call{Method: "GET", Path: base + "/webhooks", As: srv.Bearers["other"]})
		if items := list["items"].([]any); len(items) != 0 {
			t.Errorf("the list of another workspace has %v", items)
		}
		store, _ := assets.StoreAs[record.Store](srv.DB)
		w, err := store.Webhook(context.WithoutCancel(t.Context()), "w1", assets.ID(own))
		if err != nil || w.URL != "https://example.com/" || w.Paused != "" {
			t.Errorf("afterwards: %+v, %v", w, err)
		}
	})
}

// TestWebhooksAreNotConfigured: without Options.Webhooks the routes check the request and
// then say so.
func TestWebhooksAreNotConfigured(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.SigningKeys = nil })
	for _, c := range []struct {
		as, method, path, body string
		want                   want
	}{
		{"ann", "GET", "", "", want{Status: 404, Code: "not_configured"}},
		{"ann", "POST", "", `{"url":"https://example.com/"}`, want{Status: 404, Code: "not_configured"}},
		{"ann", "DELETE", "/" + unknownID, "", want{Status: 404, Code: "not_configured"}},
		{"ann", "POST", "", `{"url":1}`, want{Status: 422, Locs: []string{"body.url"}}},
		{"", "GET", "", "", want{Status: 401, Code: "unauthorized"}},
	} {
		rec := srv.Send(call{Method: c.method, Path: base + "/webhooks" + c.path, As: c.as, Body: c.body})
		c.want.Check(t, srv, rec)
	}
}
