package webhook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/webhook"
)

func TestCreateAndList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	in := webhook.NewWebhook{URL: "https://example.com/hook", Types: []assets.EventType{assets.EventApproved}, InForceChanged: true, CampaignID: "spring", Description: "The site"}
	made := f.create(in)
	if made.URL != in.URL || len(made.Types) != 1 || !made.InForceChanged || made.CampaignID != "spring" || made.Description != "The site" ||
		made.Paused || made.CreatedBy != "ann" || made.CreatedAt != assets.TimeOf(f.time()) {
		t.Errorf("created %+v", made)
	}
	var ids []assets.ID
	for range 3 {
		ids = append(ids, f.create(webhook.NewWebhook{URL: "https://example.com/"}).ID)
	}
	var walked []assets.ID
	for q := (webhook.PageQuery{Limit: 3}); ; {
		page, err := f.hooks.List(t.Context(), f.user, q)
		f.ok(err)
		for _, w := range page.Items {
			walked = append(walked, w.ID)
		}
		if page.NextCursor == "" {
			break
		}
		q.Cursor = string(page.NextCursor)
		if _, err := f.hooks.List(t.Context(), assetstest.User("other", "ann"), q); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("the cursor of another workspace: %v", err)
		}
	}
	if want := []assets.ID{ids[2], ids[1], ids[0], made.ID}; fmt.Sprint(walked) != fmt.Sprint(want) {
		t.Errorf("listed %v, want %v", walked, want)
	}
}

func TestWebhooksAreForPeopleAndServices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.create(webhook.NewWebhook{URL: "https://example.com/"})
	calls := map[string]func(by assets.Actor) error{
		"Create": func(by assets.Actor) error {
			_, err := f.hooks.Create(t.Context(), by, webhook.NewWebhook{URL: "https://example.com/"})
			return err
		},
		"Edit":         func(by assets.Actor) error { _, err := f.hooks.Edit(t.Context(), by, w.ID, webhook.Edit{}); return err },
		"RotateSecret": func(by assets.Actor) error { _, err := f.hooks.RotateSecret(t.Context(), by, w.ID); return err },
		"Test":         func(by assets.Actor) error { _, err := f.hooks.Test(t.Context(), by, w.ID); return err },
		"Retry":        func(by assets.Actor) error { _, err := f.hooks.Retry(t.Context(), by, w.ID, w.ID); return err },
		"Replay":       func(by assets.Actor) error { _, err := f.hooks.Replay(t.Context(), by, w.ID, "now"); return err },
		"Get":          func(by assets.Actor) error { _, err := f.hooks.Get(t.Context(), by, w.ID); return err },
		"List":         func(by assets.Actor) error { _, err := f.hooks.List(t.Context(), by, webhook.PageQuery{}); return err },
		"Deliveries": func(by assets.Actor) error {
			_, err := f.hooks.Deliveries(t.Context(), by, w.ID, webhook.DeliveryQuery{})
			return err
		},
		"Delete": func(by assets.Actor) error { return f.hooks.Delete(t.Context(), by, w.ID) },
	}
	actor := func(kind assets.Kind, scopes ...assets.Scope) assets.Actor {
		return assets.Actor{Workspace: "w", Subject: "x", Kind: kind, Scopes: scopes}
	}
	reads := map[string]bool{"Get": true, "List": true, "Deliveries": true}
	for name, call := range calls { // none of them succeeds in deleting the webhook
		for _, by := range []assets.Actor{actor(assets.KindAgent, assets.ScopeAll), actor(assets.KindAgent)} { // the kind comes first
			if err := call(by); !errors.Is(err, assets.ErrForbiddenKind) || !strings.HasSuffix(err.Error(), "may not manage webhooks: a person or a service can") {
				t.Errorf("%s by an agent: %v", name, err)
			}
		}
		for _, by := range []assets.Actor{actor(assets.KindUser, assets.ScopeWrite), actor(assets.KindService, assets.ScopeApprove)} {
			if err := call(by); !errors.Is(err, assets.ErrForbiddenScope) {
				t.Errorf("%s with %v: %v", name, by.Scopes, err)
			}
		}
		err := call(actor(assets.KindService, assets.ScopeRead))
		if reads[name] && err != nil || !reads[name] && !errors.Is(err, assets.ErrForbiddenScope) {
			t.Errorf("%s with the scope read: %v", name, err)
		}
		if err := call(assets.Actor{}); !errors.Is(err, assets.ErrUnauthorized) {
			t.Errorf("%s by nobody: %v", name, err)
		}
		other := actor(assets.KindUser, assets.ScopeAll)
		other.Workspace = "other"
		if err := call(other); name != "Create" && name != "List" && !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("%s in another workspace: %v", name, err)
		}
	}
}

func TestAWorkspaceHasALimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range webhook.MaxWebhooks {
		f.create(webhook.NewWebhook{URL: "https://example.com/"})
	}
	if _, err := f.hooks.Create(t.Context(), f.user, webhook.NewWebhook{URL: "https://example.com/"}); !errors.Is(err, assets.ErrLimitReached) {
		t.Errorf("one more: %v", err)
	}
	f.user.Workspace = "other"
	f.create(webhook.NewWebhook{URL: "https://example.com/"})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.create(webhook.NewWebhook{URL: "https://example.com/a", Types: []assets.EventType{assets.EventApproved}, CampaignID: "spring", Description: "old"})
	f.advance(time.Second)
	url, description, yes, no := "https://example.com/b", "", true, false
	var all []assets.EventType
	var every assets.Optional
	got, err := f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{
		URL: &url, Types: &all, InForceChanged: &yes, CampaignID: &every, Description: &description, Paused: &yes,
	})
	f.ok(err)
	if got.URL != url || got.Types != nil || !got.InForceChanged || got.CampaignID != "" || got.Description != "" || !got.Paused ||
		got.PauseReason != "by_caller" || got.PausedAt != assets.TimeOf(f.time()) || got.UpdatedAt != got.PausedAt || got.CreatedAt != w.CreatedAt {
		t.Errorf("edited %+v", got)
	}
	again, err := f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &no})
	f.ok(err)
	if again.Paused || again.PauseReason != "" || again.PausedAt != 0 || again.URL != url {
		t.Errorf("resumed %+v", again)
	}
	local := "http://10.0.0.1/"
	if _, err := f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{URL: &local}); len(assets.FieldErrors(err)) != 1 {
		t.Errorf("a private address: %v", err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL})
	f.approved("w")
	f.ok(f.hooks.FanOut(t.Context(), f.events()))
	f.ok(f.hooks.Delete(t.Context(), f.user, w.ID))
	if err := f.hooks.Delete(t.Context(), f.user, w.ID); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if n := f.deliver(); n != 0 || len(r.got()) != 0 {
		t.Errorf("%d attempts", n)
	}
}
