package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// eventPage is a page of events.
type eventPage struct {
	Items []struct {
		ID   string
		Data struct {
			AssetID  string `json:"asset_id"`
			Revision float64
		}
	}
	NextAfter string `json:"next_after"`
}

// follow reads the events of a workspace, from another server each time, until nobody works
// and there are no more.
func (f *failover) follow(worked <-chan struct{}, workspace string) {
	after, revisions := "", map[string]float64{}
	for {
		ending := false
		select {
		case <-worked:
			ending = true
		default:
		}
		page, err := f.events(workspace, after)
		if err != nil {
			f.t.Error(err)
			return
		}
		after = page.NextAfter
		for _, e := range page.Items {
			if e.Data.Revision != revisions[e.Data.AssetID]+1 {
				f.t.Errorf("events of %s: revision %v of %s follows %v", workspace, e.Data.Revision, e.Data.AssetID, revisions[e.Data.AssetID])
			}
			revisions[e.Data.AssetID] = e.Data.Revision
			f.mu.Lock()
			f.feeds[workspace] = append(f.feeds[workspace], e.ID)
			f.mu.Unlock()
		}
		if len(page.Items) == 0 {
			if ending {
				return
			}
			<-time.After(20 * time.Millisecond)
		}
	}
}

// events returns the page of events behind a cursor. It repeats a request whose response is
// 503.
func (f *failover) events(workspace, after string) (page eventPage, err error) {
	path := "/events"
	if after != "" {
		path += "?after=" + after
	}
	for {
		status, answer, err := f.request(f.t.Context(), f.anyNode(), workspace, http.MethodGet, path, "")
		switch {
		case err != nil:
			return page, err
		case status == http.StatusOK:
			return page, json.Unmarshal(answer, &page)
		case status != http.StatusServiceUnavailable:
			return page, fmt.Errorf("events of %s: %d %s", workspace, status, answer)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// receive creates a webhook in the first worker's workspace, which has no events yet.
func (f *failover) receive(t *testing.T) {
	t.Helper()
	var url string
	f.delivered, url = newDeliveries(t)
	close(f.delivered.opened)
	status, answer, err := f.request(t.Context(), f.anyNode(), f.workers[0].Workspace, http.MethodPost, "/webhooks", fmt.Sprintf(`{"url":%q}`, url))
	if err != nil || status != http.StatusCreated {
		t.Fatalf("a webhook: %d %s, %v", status, answer, err)
	}
}

// awaitDeliveries waits until the endpoint has every event of its workspace. It may have
// got some twice, under the same id.
func (f *failover) awaitDeliveries(t *testing.T) {
	t.Helper()
	rows := pgtest.Count(t, f.db, "SELECT count(*) FROM asset_events WHERE workspace = '"+f.workers[0].Workspace+"'")
	for deadline := time.Now().Add(2 * time.Minute); f.delivered.events() < rows; <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d of %d events were delivered", f.delivered.events(), rows)
			return
		}
	}
	t.Logf("%d events were delivered", rows)
}

// compareFeeds compares what followers have read with the journal.
func (f *failover) compareFeeds(t *testing.T) {
	t.Helper()
	for _, w := range f.workers {
		rows := pgtest.Count(t, f.db, "SELECT count(*) FROM asset_events WHERE workspace = '"+w.Workspace+"'")
		ids := slices.Clone(f.feeds[w.Workspace])
		slices.Sort(ids)
		if once := len(slices.Compact(ids)); once != rows || len(f.feeds[w.Workspace]) != rows {
			t.Errorf("%s: the follower has %d events, %d different ones, of %d", w.Workspace, len(f.feeds[w.Workspace]), once, rows)
		}
	}
}
