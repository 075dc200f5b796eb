package assetstest

import (
	"errors"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/export"
	hook "github.com/10ex/assets/webhook/record"
)

// keyOf returns the key of a content of a workspace.
func keyOf(workspace, name string) string {
	return fmt.Sprintf("%x/202601/%s12345678901234567890", workspace, name)
}

// fill writes something of everything; n distinguishes workspaces.
func (t *purgeT) fill(workspace string, n int) {
	t.Helper()
	x := newExportT(t.T, t.PurgerStore)
	first, second := sample(workspace, 1), sample(workspace, 2)
	shareKey(first, keyOf(workspace, "content"))
	shareKey(second, keyOf(workspace, "0small"))
	second.versions[1].Words = longWords("purged") // indexed after the commit, where it is
	x.put(first, second)
	x.attest(workspace, 1)
	u, link := sampleUpload(workspace, 1), sampleLink(workspace, 1)
	u.Key, u.UsedAt = keyOf(workspace, "upload"), 0
	used := sampleUpload(workspace, 2)
	used.Key = keyOf(workspace, "used") // its version was deleted
	x.update(func(tx assets.Tx) error {
		if contents, ok := tx.(assets.ContentTx); ok {
			if err := contents.PutContent(t.Context(), keyOf(workspace, "0small"), []byte("small")); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.PutUpload(t.Context(), u), tx.PutUpload(t.Context(), used), tx.PutLink(t.Context(), link),
			tx.PutRequest(t.Context(), workspace, sampleRequest("key")), tx.AddEvent(t.Context(), sampleEvent(workspace, n)),
		)
	})
	x.freeze(workspace, 100+n, nil)
	t.ok(t.AddKey(t.Context(), sampleKey(fmt.Sprintf("purge%03d", n), workspace)))
	w := sampleWebhook(workspace, 10+n)
	t.ok(t.AddWebhook(t.Context(), w, 20))
	t.ok(t.Enqueue(t.Context(), []hook.Delivery{{
		ID: idOf(300 + n), WebhookID: w.ID, Workspace: workspace, EventID: idOf(2000 + n), EventType: "asset.edited", AssetID: idOf(1),
		Position: 1, Body: []byte("{}"), CreatedAt: baseTime, State: hook.StatePending, DueAt: baseTime,
	}}, false))
}

// found returns how many rows of each kind a workspace has.
func (t *purgeT) found(workspace string, n int) map[string]int {
	t.Helper()
	found := map[string]int{}
	count := func(kind string, n int, err error) {
		if err != nil && !errors.Is(err, assets.ErrNotFound) {
			t.Fatalf("%s: %v", kind, err)
		}
		if n > 0 && err == nil {
			found[kind] = n
		}
	}
	for kind, f := range map[string]assets.Filter{
		"assets": {}, "approved": {Approved: true}, "searched": {Words: []string{"title"}}, "long": {Words: []string{"purged"}},
	} {
		page, err := t.Assets(t.Context(), workspace, f, assets.Window{Limit: 10})
		count(kind, len(page), err)
	}
	tags, err := t.TagCounts(t.Context(), workspace, assets.TagWindow{Limit: 10})
	count("tags", len(tags), err)
	versions, err := t.Versions(t.Context(), workspace, idOf(1))
	count("versions", len(versions), err)
	reviews, err := t.Reviews(t.Context(), workspace, idOf(1), 0, 0)
	count("reviews", len(reviews), err)
	_, err = t.Requested(t.Context(), workspace, "ann", "POST /", "key")
	count("request", 1, err)
	_, err = t.Upload(t.Context(), workspace, sampleUpload(workspace, 1).ID)
	count("upload", 1, err)
	_, err = t.Link(t.Context(), workspace, sampleLink(workspace, 1).ID)
	count("link", 1, err)
	_, err = t.Attestation(t.Context(), workspace, idOf(1), 1)
	count("attestation", 1, err)
	exports, err := t.Exports(t.Context(), workspace, "", 10)
	count("exports", len(exports), err)
	entries, err := t.Entries(t.Context(), workspace, idOf(100+n), export.SectionPayload, 0, 10)
	count("entries", len(entries), err)
	keys, err := t.Keys(t.Context(), apikey.Filter{Workspace: workspace})
	count("keys", len(keys), err)
	webhooks, err := t.WebhooksOf(t.Context(), workspace, "", 10)
	count("webhooks", len(webhooks), err)
	events, err := t.SelectEvents(t.Context(), assets.EventFilter{Workspace: workspace}, assets.EventWindow{Rows: 100, Limit: 100})
	count("events", len(events.Events), err)
	if contents, ok := assets.StoreAs[assets.Contents](t.PurgerStore); ok {
		small, err := contents.ReadContents(t.Context(), []string{keyOf(workspace, "0small")})
		count("contents", len(small), err)
	}
	return found
}

func (t *purgeT) filled(workspace string, n int) {
	t.Helper()
	want := map[string]int{
		"assets": 2, "approved": 2, "searched": 2, "long": 1, "tags": 3, "versions": 2, "reviews": 2, "request": 1, "upload": 1, "link": 1,
		"attestation": 1, "exports": 1, "entries": 2, "keys": 1, "webhooks": 1, "events": 1,
	}
	if _, ok := assets.StoreAs[assets.Contents](t.PurgerStore); ok {
		want["contents"] = 1
	}
	t.same(fmt.Sprintf("what %q has", workspace), t.found(workspace, n), want)
}

func (t *purgeT) empty(workspace string, n int) {
	t.Helper()
	t.same(fmt.Sprintf("what %q has after a purge", workspace), t.found(workspace, n), map[string]int{})
}
