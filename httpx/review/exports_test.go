package review_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestExports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows(s.get(200, "ana", "exports"), "There are no exports yet", "everything that is approved")
	if p := s.send("ana", "exports", url.Values{}); p.Code != 422 {
		t.Errorf("nothing is approved: %d", p.Code)
	}
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	p := s.get(200, "ana", "exports?campaign_id=spring&status=approved&type=copy")
	s.shows(p, "A new export has what is approved and matches:", "campaign_id: spring", "type: copy")
	if p = s.send("ana", "exports", url.Values{"campaign_id": {"none"}}); p.Code != 422 {
		t.Errorf("another campaign: %d", p.Code)
	}
	s.shows(p, "Nothing was exported")
	if p = s.send("ana", "exports", url.Values{"campaign_id": {"spring"}, "type": {"copy"}}); p.Code != 303 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	p = s.get(200, "ana", "exports?made=1")
	s.shows(p, "The export is complete", "ana")
	if !strings.Contains(p.body, s.lib.PublicPath()+"/exports/") {
		t.Error("the export has no link")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows(s.get(200, "reader", "help"), "Approving always takes two keys", "Keyboard shortcuts")
}

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
