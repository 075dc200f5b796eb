package review_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/internal/testing/fixture"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	ask := func(path string) map[string]any {
		t.Helper()
		p := s.get(200, "ana", path)
		var got map[string]any
		if err := json.Unmarshal([]byte(p.body), &got); err != nil || p.Header().Get("Cache-Control") != "no-store" {
			t.Fatal(err, p.body)
		}
		return got
	}
	path := func() string {
		return fmt.Sprintf("events?asset=%s&version=1&revision=%d", a.ID, a.Revision)
	}
	if got := ask(path()); len(got) != 0 {
		t.Errorf("nothing is new: %v", got)
	}
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	if got := ask(path()); got["stop"] != nil || !strings.HasPrefix(fmt.Sprint(got["say"]), "Somebody has decided") {
		t.Errorf("a decision: %v", got)
	}
	if got := ask(path()); ask(fmt.Sprintf("events?asset=%s&version=1&revision=%v", a.ID, got["revision"]))["say"] != nil {
		t.Errorf("the same news twice: %v", got)
	}
	s.add(a.ID, "two")
	for _, page := range []string{"", string(a.ID), "triage"} {
		if p := s.get(200, "ana", page); strings.Count(p.body, `id="news"`) != 1 || !strings.Contains(p.body, "data-live=") {
			t.Errorf("the page %q has no place for news", page)
		}
	}
	if got := ask(path()); got["stop"] != true || !strings.HasPrefix(fmt.Sprint(got["say"]), "Version 2 has arrived") {
		t.Errorf("a newer version: %v", got)
	}
	if got := ask("events?waiting=0"); got["say"] != "1 more waits." {
		t.Errorf("the queue: %v", got)
	}
	if got := ask("events?waiting=1"); len(got) != 0 {
		t.Errorf("the queue is the same: %v", got)
	}
	if got := ask("events?asset=019aa0a4-0000-7000-8000-000000000000&version=1&revision=1"); got["stop"] != true {
		t.Errorf("a deleted asset: %v", got)
	}
}

// TestNewsOfTheQueue: what was submitted since is news, also if as much was decided, and if more
// waits than is counted.
func TestNewsOfTheQueue(t *testing.T) {
	t.Parallel()
	clock := fixture.NewClock()
	s := newSite(t, func(c *assets.Config, _ *review.Options) { c.Now = clock.Now })
	first := s.copyAsset("one")
	live := func() string {
		t.Helper()
		_, at, _ := strings.Cut(s.get(200, "ana", "").body, `data-live="./`)
		at, _, _ = strings.Cut(at, `"`)
		return strings.ReplaceAll(at, "&amp;", "&")
	}
	tells := func(page, want string) {
		t.Helper()
		if p := s.get(200, "ana", page); !strings.Contains(p.body, want) {
			t.Errorf("%s: %s, want %s", page, p.body, want)
		}
	}
	page := live()
	clock.Advance(time.Second)
	tells(page, "{}")
	s.decide("ana", first.ID, assets.Decision{Action: assets.ActionApprove})
	tells(page, "{}")
	s.copyAsset("two")
	tells(page, `{"say":"Something was submitted since this page was made."}`)
	s.copyAsset("three")
	tells(page, `{"say":"1 more waits."}`)
	clock.Advance(time.Second)
	tells(live(), "{}")
	for range assets.MaxPlace {
		s.copyAsset("x")
	}
	clock.Advance(time.Second)
	page = live()
	tells(page, "{}")
	clock.Advance(time.Second)
	s.copyAsset("y")
	tells(page, `{"say":"Something was submitted since this page was made."}`)
	tells("events?status=draft&waiting=0&since=0", "{}")
}

// TestStreamedEvents: a page that is open is told what happens to its asset, and the queue
// what happens in the workspace, from then on.
func TestStreamedEvents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	open := func(as, query string) (next func() assets.Event, status int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		t.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/a/review/events"+query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("X-Test-Actor", as)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		lines := bufio.NewScanner(resp.Body)
		lines.Scan()
		return func() (e assets.Event) {
			t.Helper()
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					if err := json.Unmarshal([]byte(data), &e); err != nil {
						t.Fatal(err)
					}
					return e
				}
			}
			t.Fatal("the stream has ended")
			return e
		}, resp.StatusCode
	}
	if _, status := open("", ""); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	ofAsset, _ := open("reader", "?asset="+string(a.ID)+"&version=1&revision=1")
	ofQueue, _ := open("ana", "?waiting=1&type=copy")
	ofCampaign, _ := open("ana", "?campaign_id=other")
	b := s.copyAsset("two")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	if _, err := s.lib.Edit(t.Context(), actors["ana"], b.ID, assets.Edit{CampaignID: new(assets.Optional("other"))}); err != nil {
		t.Fatal(err)
	}
	if e := ofAsset(); e.Type != "asset.approved" || e.Data.By != "ana" {
		t.Errorf("of the asset: %+v", e)
	}
	for e := ofQueue(); e.Data.AssetID != b.ID; {
		e = ofQueue() // the approval comes first
	}
	if e := ofCampaign(); e.Data.AssetID != b.ID || len(e.Data.Changed) != 1 {
		t.Errorf("of the campaign: %+v", e)
	}
}
