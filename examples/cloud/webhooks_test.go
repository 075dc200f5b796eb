package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// deliveries is an endpoint of a webhook. It responds once it is opened.
type deliveries struct {
	mu     sync.Mutex
	times  map[string]int     // by the id of the event: how often it came
	last   map[string]float64 // by asset: the last revision that was accepted
	began  chan struct{}      // closed by the first request
	opened chan struct{}
	errorf func(string, ...any)
}

func (d *deliveries) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var e struct {
		ID   string
		Data struct {
			AssetID  string `json:"asset_id"`
			Revision float64
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil || e.ID != r.Header.Get("Webhook-Id") {
		d.errorf("event %q with the header %q: %v", e.ID, r.Header.Get("Webhook-Id"), err)
	}
	d.mu.Lock()
	if len(d.times) == 0 {
		close(d.began)
	}
	d.times[e.ID]++
	d.mu.Unlock()
	select {
	case <-d.opened:
	case <-r.Context().Done():
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Data.Revision < d.last[e.Data.AssetID] {
		d.errorf("revision %v of %s after %v", e.Data.Revision, e.Data.AssetID, d.last[e.Data.AssetID])
	}
	d.last[e.Data.AssetID] = e.Data.Revision
}

// newDeliveries starts an endpoint, which responds once it is opened, and returns its URL.
func newDeliveries(t *testing.T) (d *deliveries, url string) {
	t.Helper()
	d = &deliveries{times: map[string]int{}, last: map[string]float64{}, began: make(chan struct{}), opened: make(chan struct{}), errorf: t.Errorf}
	endpoint := httptest.NewServer(d)
	t.Cleanup(endpoint.Close)
	return d, endpoint.URL
}

// allowLocal are the flags with which a server calls endpoints of a test.
func allowLocal() []string { return []string{"-webhook-allow", "127.0.0.0/8"} }

func (d *deliveries) events() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.times)
}

// TestVolumeKilledServerLosesNoDelivery: a server is killed while it waits for responses.
// Another one takes over when the leases have ended. Every event arrives, those that the
// killed one had sent once more.
func TestVolumeKilledServerLosesNoDelivery(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.flags = allowLocal()
	got, url := newDeliveries(t)
	first := d.launch(t, signingKey("a")).ready()
	person := d.mint(t, "ana", "user", "*")
	first.post(person, http.StatusCreated, "/webhooks", fmt.Sprintf(`{"url":%q}`, url))
	const made, each = 12, 2 // created and submitted
	for range made {
		a := first.post(person, http.StatusCreated, "", `{"type":"copy","title":"t","text":"x"}`)
		first.post(person, http.StatusOK, "/"+a.ID+"/approval", `{"action":"submit"}`)
	}
	<-got.began
	d.launch(t, signingKey("a")).ready()
	first.kill()
	close(got.opened)
	limit := time.After(2 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for got.events() < made*each {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d of %d events arrived", got.events(), made*each)
		}
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	twice := 0
	for _, n := range got.times {
		if n > 1 {
			twice++
		}
	}
	if twice == 0 || twice > 4 { // what was in flight
		t.Errorf("%d events came again", twice)
	}
}
