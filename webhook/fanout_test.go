package webhook_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	hooks := map[string]webhook.NewWebhook{
		"all":      {},
		"types":    {Types: []assets.EventType{assets.EventApproved, assets.EventArchived}},
		"in force": {InForceChanged: true},
		"campaign": {CampaignID: "spring"},
		"both":     {CampaignID: "autumn", InForceChanged: true},
	}
	receivers := map[string]*receiver{}
	for name, in := range hooks {
		receivers[name] = newReceiver(t, nil)
		in.URL = receivers[name].URL
		f.create(in)
	}
	a := f.approved("w") // created, then approved
	none := assets.Optional("")
	_, err := f.lib.Edit(t.Context(), f.user, a.ID, assets.Edit{CampaignID: &none})
	f.ok(err)
	_, err = f.lib.Review(t.Context(), f.user, a.ID, assets.Decision{Action: assets.ActionArchive})
	f.ok(err)
	f.deliver()
	for name, want := range map[string][]string{
		"all":      {"asset.created", "asset.approved", "asset.edited", "asset.archived"},
		"types":    {"asset.approved", "asset.archived"},
		"in force": {"asset.approved", "asset.archived"},
		"campaign": {"asset.created", "asset.approved", "asset.edited"},
		"both":     nil,
	} {
		var got []string
		for _, r := range receivers[name].got() {
			got = append(got, r.event(t).Type)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s got %v, want %v", name, got, want)
		}
	}
}

// TestFanOutTwice: a process that is killed before its mark is kept queues a batch again.
func TestFanOutTwice(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL})
	for range 3 {
		f.approved("w")
	}
	events := f.events()
	for _, batch := range [][]assets.Event{events[:4], events[2:], events} {
		f.ok(f.hooks.FanOut(t.Context(), batch))
		_, err := f.hooks.DeliverDue(t.Context())
		f.ok(err)
	}
	if n := len(r.got()); n != len(events) {
		t.Errorf("%d requests for %d events", n, len(events))
	}
	if n := len(f.deliveries(w.ID)); n != len(events) {
		t.Errorf("%d deliveries", n)
	}
}

// TestFanOutOfManyEvents queues more than one transaction does.
func TestFanOutOfManyEvents(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	for range 5 {
		f.create(webhook.NewWebhook{URL: r.URL, Types: []assets.EventType{assets.EventEdited}})
	}
	a := f.approved("w")
	for n := range 60 {
		f.edit(a.ID, fmt.Sprint("title ", n))
	}
	f.ok(f.hooks.FanOut(t.Context(), f.events()))
	list, err := f.hooks.List(t.Context(), f.user, webhook.PageQuery{})
	f.ok(err)
	for _, w := range list.Items {
		if n := len(f.deliveries(w.ID)); n != 60 {
			t.Errorf("%d deliveries, want 60", n)
		}
	}
}
