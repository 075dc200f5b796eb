package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// TestReplaysTakeTurns: the replay of a workspace with many events stands in front of neither
// those of others nor the rest of the upkeep, and one step queues a limited number.
func TestReplaysTakeTurns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const many = 5 * webhook.ReplayEvents
	replaying := func(workspace string, edits int) webhook.Webhook {
		t.Helper()
		f.user.Workspace = workspace
		start, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{After: assets.AfterNow})
		f.ok(err)
		a := f.approved(workspace)
		for n := range edits {
			f.edit(a.ID, fmt.Sprint("title ", n))
		}
		w := f.create(webhook.NewWebhook{URL: "https://example.com/"})
		_, err = f.hooks.Replay(t.Context(), f.user, w.ID, start.NextAfter)
		f.ok(err)
		return w
	}
	big := replaying("big", many)
	small := replaying("small", 10)
	queued := func(workspace string, w webhook.Webhook) int {
		t.Helper()
		all, err := f.store().Deliveries(t.Context(), workspace, w.ID, record.StatePending, "", 2*many)
		f.ok(err)
		return len(all)
	}
	f.lib, f.hooks = f.open([]byte("the next key, which has 32 bytes or more"), f.cfg.SigningKeys[0])
	step := f.hooks.UpkeepStep()
	before := 0
	for n := 1; ; n++ {
		more, err := step(t.Context())
		f.ok(err)
		if !more {
			break
		}
		now := queued("big", big)
		if now > before+webhook.ReplayEvents {
			t.Errorf("step %d has queued %d events of one webhook", n, now-before)
		}
		before = now
		switch n {
		case 1:
			if got := queued("small", small); got != 12 {
				t.Errorf("%d events of the small workspace were queued beside %d of the big one, want 12", got, now)
			}
			if strings.Count(f.log.String(), noneNeedsAnOlderKey) != 1 {
				t.Error("secrets wait for the end of a replay")
			}
			f.lib, f.hooks = f.open(f.cfg.SigningKeys[0])
		case 20:
			t.Fatalf("the replays have not ended after %d steps, with %d events", n, now)
		}
	}
	if before != many+2 {
		t.Errorf("%d events were queued, want %d", before, many+2)
	}
}

// TestReplayEndsWithTheNewest: what is committed while a replay is under way comes last in
// the end, though it was delivered before.
func TestReplayEndsWithTheNewest(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	start, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{After: assets.AfterNow})
	f.ok(err)
	w := f.create(webhook.NewWebhook{URL: r.URL})
	a := f.approved("w")
	for n := range webhook.ReplayEvents {
		f.edit(a.ID, fmt.Sprint("title ", n))
	}
	f.deliver()
	_, err = f.hooks.Replay(t.Context(), f.user, w.ID, start.NextAfter)
	f.ok(err)
	step := f.hooks.UpkeepStep()
	for n, more := 0, true; more; n++ {
		more, err = step(t.Context())
		f.ok(err)
		if n == 0 {
			_, err = f.lib.Review(t.Context(), f.user, a.ID, assets.Decision{Action: assets.ActionArchive})
			f.ok(err)
		}
		f.deliver()
	}
	got := r.got()
	if last := got[len(got)-1].event(t); last.Type != "asset.archived" {
		t.Errorf("the receiver was told last of %s, revision %d", last.Type, last.Data.Revision)
	}
	if n := len(got); n > 4*webhook.ReplayEvents {
		t.Errorf("%d requests for %d events", n, webhook.ReplayEvents+3)
	}
}

// TestNothingIsQueuedForAWebhookThatIsGivenUp: one that has been paused for a month.
func TestNothingIsQueuedForAWebhookThatIsGivenUp(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	start, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{After: assets.AfterNow})
	f.ok(err)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	pause, resume := true, false
	_, err = f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &pause})
	f.ok(err)
	for _, want := range []int{1, 1} { // it is queued on the first day, and not in the second month
		f.approved("w")
		f.deliver()
		if n := len(f.deliveries(w.ID)); n != want {
			t.Errorf("%d deliveries, want %d", n, want)
		}
		f.advance(31 * 24 * time.Hour)
	}
	_, err = f.hooks.Replay(t.Context(), f.user, w.ID, start.NextAfter)
	f.ok(err)
	turn := f.hooks.UpkeepTurn()
	f.ok(turn(t.Context())) // a replay waits while the webhook is paused
	if n := f.deliver(); n != 0 {
		t.Errorf("%d attempts while it is paused", n)
	}
	_, err = f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &resume})
	f.ok(err)
	f.ok(turn(t.Context()))
	if f.deliver(); len(r.got()) != 2 {
		t.Errorf("%d requests, want those of the 2 approvals", len(r.got()))
	}
}

// TestReplayAfterPruning: if events are removed from the journal between the request and a
// step, the first or a later one, the replay ends, and the webhook and the log say why, until
// another one begins.
func TestReplayAfterPruning(t *testing.T) {
	t.Parallel()
	for _, steps := range []int{0, 1} {
		f := newFixture(t)
		start, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{After: assets.AfterNow})
		f.ok(err)
		a := f.approved("w")
		for n := range 2 * webhook.ReplayEvents {
			f.edit(a.ID, fmt.Sprint("title ", n))
		}
		f.advance(time.Hour)
		kept := assets.TimeOf(f.time())
		f.edit(a.ID, "kept")
		w := f.create(webhook.NewWebhook{URL: "https://example.com/"})
		_, err = f.hooks.Replay(t.Context(), f.user, w.ID, start.NextAfter)
		f.ok(err)
		step := f.hooks.UpkeepStep()
		for range steps {
			_, err := step(t.Context())
			f.ok(err)
		}
		journal, _ := assets.StoreAs[assets.Journal](f.lib.Store())
		if n, err := journal.PruneEvents(t.Context(), kept); err != nil || n == 0 {
			t.Fatalf("%d pruned, %v", n, err)
		}
		if problem := f.get(w.ID).ReplayProblem; problem != "" {
			t.Errorf("before a step the problem is %q", problem)
		}
		f.ok(f.hooks.UpkeepTurn()(t.Context()))
		queued, err := f.store().Deliveries(t.Context(), "w", w.ID, record.StatePending, "", 3*webhook.ReplayEvents)
		if err != nil || len(queued) != steps*webhook.ReplayEvents {
			t.Errorf("after %d steps: %d events were queued, %v", steps, len(queued), err)
		}
		if problem := f.get(w.ID).ReplayProblem; problem != record.ReplayPruned {
			t.Errorf("the problem is %q", problem)
		}
		if n := strings.Count(f.log.String(), "has ended early"); n != 1 {
			t.Errorf("the log says it %d times:\n%s", n, f.log.String())
		}
		now, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{After: assets.AfterNow})
		f.ok(err)
		if w, err = f.hooks.Replay(t.Context(), f.user, w.ID, now.NextAfter); err != nil || w.ReplayProblem != "" {
			t.Errorf("another replay: %q, %v", w.ReplayProblem, err)
		}
	}
}
