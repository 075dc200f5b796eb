package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

func TestAttemptSendsTheEventOfTheFeed(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL + "/path?token=x", Types: []assets.EventType{assets.EventApproved}})
	a := f.approved("w")
	f.approved("other")
	if n := f.deliver(); n != 1 {
		t.Fatalf("%d attempts, want 1", n)
	}
	got := r.got()[0]
	feed, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{Types: []assets.EventType{assets.EventApproved}})
	f.ok(err)
	var sent, shown any
	want, err := json.Marshal(feed.Items[0])
	f.ok(err)
	f.ok(json.Unmarshal(got.body, &sent))
	f.ok(json.Unmarshal(want, &shown))
	if fmt.Sprint(sent) != fmt.Sprint(shown) {
		t.Errorf("sent\n%s\nthe feed has\n%s", got.body, want)
	}
	e := got.event(t)
	if e.Workspace != "w" || e.Data.AssetID != a.ID || got.header.Get("Webhook-Id") != string(e.ID) {
		t.Errorf("event %+v with the headers %v", e, got.header)
	}
	if got.header.Get("Content-Type") != "application/json" || got.header.Get("Webhook-Timestamp") != fmt.Sprint(f.time().Unix()) {
		t.Errorf("headers %v", got.header)
	}
	d := f.deliveries(w.ID)[0]
	if d.State != record.StateDelivered || d.Attempts != 1 || d.Status != 204 || d.Problem != "" || d.EventID != e.ID || d.NextAttemptAt != 0 {
		t.Errorf("delivery %+v", d)
	}
}

func TestAttemptThatFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request)
		status  assets.Number
		problem string
	}{
		"an error":       {status(500), 500, "the response has the status 500"},
		"a closed door":  {status(403), 403, "the response has the status 403"},
		"no connection":  {nil, 0, "no connection could be opened"},
		"a cut response": {cut, 0, "the connection ended without a response"},
		"no response":    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "there was no response in time"},
		"a huge header":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }, 0, "the connection ended without a response"},
		"an informational": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusBadGateway)
		}, 502, "the response has the status 502"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFixture(t), newReceiver(t, tt.answer)
			f.hooks.SetTimeout(10 * time.Second)
			if name == "no response" {
				f.hooks.SetTimeout(50 * time.Millisecond)
			}
			if tt.answer == nil {
				r.Close()
			}
			w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
			f.approved("w")
			f.deliver()
			d := f.deliveries(w.ID)[0]
			if d.State != record.StatePending || d.Attempts != 1 || d.Status != tt.status || string(d.Problem) != tt.problem {
				t.Errorf("delivery %+v, want the status %d and %q", d, tt.status, tt.problem)
			}
			if f.get(w.ID).Paused {
				t.Error("one failure has paused the webhook")
			}
			r.answers(nil)
			if tt.answer == nil {
				return
			}
			f.advance(2 * time.Second)
			if n := f.deliver(); n != 1 || f.deliveries(w.ID)[0].State != record.StateDelivered {
				t.Errorf("%d attempts later: %+v", n, f.deliveries(w.ID)[0])
			}
			requests := r.got()
			if first, last := requests[0], requests[len(requests)-1]; first.event(t).ID != last.event(t).ID || string(first.body) != string(last.body) {
				t.Error("the attempts sent different events")
			}
		})
	}
}

func TestAttemptFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		other := newReceiver(t, nil)
		f, r := newFixture(t), newReceiver(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, other.URL, code) })
		w := f.create(webhook.NewWebhook{URL: r.URL})
		f.approved("w")
		f.deliver()
		if len(other.got()) != 0 {
			t.Errorf("%d was followed", code)
		}
		if d := f.deliveries(w.ID); int(d[len(d)-1].Status) != code || d[len(d)-1].State != record.StatePending {
			t.Errorf("%d: delivery %+v", code, d[len(d)-1])
		}
	}
}

// TestAttemptReadsLittle: a very long response is not read to the end.
func TestAttemptReadsLittle(t *testing.T) {
	t.Parallel()
	var written atomic.Int64
	ended := make(chan struct{})
	f, r := newFixture(t), newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		for range 10 << 20 / 4096 {
			n, err := io.WriteString(w, strings.Repeat("x", 4096))
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.deliver()
	<-ended
	if n := written.Load(); n == 10<<20 {
		t.Errorf("%d bytes were read", n)
	}
	if d := f.deliveries(w.ID)[0]; d.State != record.StateDelivered {
		t.Errorf("delivery %+v", d)
	}
}

func TestGonePausesTheWebhook(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, status(http.StatusGone))
	w := f.create(webhook.NewWebhook{URL: r.URL + "?token=zqsecret", InForceChanged: true})
	f.approved("w")
	f.approved("w")
	f.deliver()
	paused := f.get(w.ID)
	line := "workspace=w webhook=" + string(w.ID)
	if log := f.log.String(); !strings.Contains(log, line) || !strings.Contains(log, " asset="+string(r.got()[0].event(t).Data.AssetID)) {
		t.Errorf("the log does not have %q and the asset: %s", line, log)
	}
	if !paused.Paused || paused.PauseReason != "gone" || paused.PausedAt == 0 {
		t.Fatalf("webhook %+v", paused)
	}
	before := len(r.got())
	f.advance(48 * time.Hour)
	if n := f.deliver(); n != 0 || len(r.got()) != before {
		t.Errorf("%d attempts while it is paused", n)
	}
	if log := f.log.String(); !strings.Contains(log, "reason=gone") || strings.Contains(log, "zqsecret") {
		t.Errorf("the log has\n%s", log)
	}
	r.answers(nil)
	resume := false
	_, err := f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &resume})
	f.ok(err)
	f.deliver()
	for _, d := range f.deliveries(w.ID) {
		if d.State != record.StateDelivered {
			t.Errorf("after it was resumed: %+v", d)
		}
	}
}

// TestEventsOfAnAssetKeepTheirOrder: a failing one holds back its asset only.
func TestEventsOfAnAssetKeepTheirOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var failing atomic.Value
	failing.Store(assets.ID(""))
	r := newReceiver(t, nil)
	var accepted []event
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		e := r.requests[len(r.requests)-1].event(t) // one attempt at a time: each asset has its turn
		if e.Data.AssetID == failing.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		accepted = append(accepted, e)
	})
	f.create(webhook.NewWebhook{URL: r.URL})
	a, b := f.approved("w"), f.approved("w")
	failing.Store(a.ID)
	for n := range 5 {
		f.edit(a.ID, fmt.Sprint("a", n))
		f.edit(b.ID, fmt.Sprint("b", n))
		oneByOne(f)
	}
	for _, e := range accepted {
		if e.Data.AssetID != b.ID {
			t.Errorf("an event of the failing asset was taken: %+v", e)
		}
	}
	failing.Store(assets.ID(""))
	f.advance(20 * time.Minute)
	oneByOne(f)
	for _, id := range []assets.ID{a.ID, b.ID} {
		var revisions []int64
		for _, e := range accepted {
			if e.Data.AssetID == id {
				revisions = append(revisions, e.Data.Revision)
			}
		}
		if len(revisions) != 7 || !slices.IsSorted(revisions) { // create, approve and 5 edits
			t.Errorf("the receiver got the revisions %v", revisions)
		}
	}
}

// oneByOne queues new events and attempts what is due, one at a time.
func oneByOne(f *fixture) {
	f.Helper()
	f.ok(f.hooks.FanOut(f.Context(), f.events()))
	for {
		claimed, err := f.hooks.Claim(f.Context())
		f.ok(err)
		if len(claimed) == 0 {
			return
		}
		for _, c := range claimed {
			f.hooks.Attempt(f.Context(), c)
		}
	}
}

// TestEndedContextIsNoAttempt: what a process was sending when it was told to end is due
// again at once, and not counted.
func TestEndedContextIsNoAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arrived := make(chan struct{})
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) {
		close(arrived)
		<-req.Context().Done()
	})
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.ok(f.hooks.FanOut(t.Context(), f.events()))
	claimed, err := f.hooks.Claim(t.Context())
	f.ok(err)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	f.hooks.Attempt(ctx, claimed[0])
	if d := f.deliveries(w.ID)[0]; d.State != record.StatePending || d.Attempts != 0 {
		t.Errorf("delivery %+v", d)
	}
	r.answers(nil)
	if n := f.deliver(); n != 1 || f.deliveries(w.ID)[0].State != record.StateDelivered {
		t.Errorf("%d attempts later: %+v", n, f.deliveries(w.ID)[0])
	}
}

// TestResponseBeforeTheEndCounts: what the receiver has taken, or refused, is recorded also
// if the process is told to end before it does so: the event is not sent twice.
func TestResponseBeforeTheEndCounts(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]record.State{http.StatusOK: record.StateDelivered, http.StatusBadGateway: record.StatePending} {
		f, r := newFixture(t), newReceiver(t, status(code))
		ctx, cancel := context.WithCancel(t.Context())
		f.cfg.Now = func() time.Time {
			if len(r.got()) > 0 { // read after the response has arrived
				cancel()
			}
			return f.time()
		}
		f.lib, f.hooks = f.open(f.cfg.SigningKeys...)
		w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
		f.approved("w")
		f.ok(f.hooks.FanOut(t.Context(), f.events()))
		claimed, err := f.hooks.Claim(t.Context())
		f.ok(err)
		f.hooks.Attempt(ctx, claimed[0])
		if d := f.deliveries(w.ID)[0]; d.State != want || d.Attempts != 1 || int(d.Status) != code {
			t.Errorf("%d: delivery %+v", code, d)
		}
	}
}
