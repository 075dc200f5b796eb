package webhook_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

const noneNeedsAnOlderKey = "none needs an older one"

func TestSecretsFollowTheNewestKey(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	old, next := f.cfg.SigningKeys[0], []byte("the next key, which has 32 bytes or more")
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	rotated, err := f.hooks.RotateSecret(t.Context(), f.user, w.ID)
	f.ok(err)
	f.lib, f.hooks = f.open(next, old)
	turn := f.hooks.UpkeepTurn()
	f.ok(turn(t.Context()))
	if n := strings.Count(f.log.String(), noneNeedsAnOlderKey); n != 1 {
		t.Errorf("the log says %d times that no secret needs an older key", n)
	}
	f.ok(turn(t.Context()))
	if n := strings.Count(f.log.String(), noneNeedsAnOlderKey); n != 1 {
		t.Errorf("and then %d times", n)
	}
	f.lib, f.hooks = f.open(next)
	f.approved("w")
	f.deliver()
	if got := r.got(); len(got) != 1 || !verifies(got[0], rotated.Secret, 0) || !verifies(got[0], w.Secret, 1) {
		t.Errorf("with the new key alone: %d requests", len(got))
	}
	for _, secret := range []string{w.Secret, rotated.Secret, strings.TrimPrefix(w.Secret, "whsec_"), string(next)} {
		if strings.Contains(f.log.String(), secret) {
			t.Error("the log has a secret")
		}
	}
}

func TestUpkeepPausesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.create(webhook.NewWebhook{URL: "https://example.com/"})
	f.lib, f.hooks = f.open([]byte("another key that has 32 bytes or more"))
	turn := f.hooks.UpkeepTurn()
	f.ok(turn(t.Context()))
	if got := f.get(w.ID); got.PauseReason != "secret" {
		t.Errorf("webhook %+v", got)
	}
	f.ok(turn(t.Context()))
	log := f.log.String()
	if strings.Contains(log, noneNeedsAnOlderKey) || strings.Count(log, "reason=secret") != 1 {
		t.Errorf("the log has\n%s", log)
	}
	_, err := f.hooks.RotateSecret(t.Context(), f.user, w.ID)
	f.ok(err)
	f.advance(25 * time.Hour) // the old secret has ended
	f.ok(turn(t.Context()))
	if !strings.Contains(f.log.String(), noneNeedsAnOlderKey) {
		t.Error("the log does not say that no secret needs an older key")
	}
}

func TestLogIsKeptForAMonth(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.deliver()
	turn := f.hooks.UpkeepTurn()
	f.advance(30 * 24 * time.Hour)
	f.ok(turn(t.Context()))
	if n := len(f.deliveries(w.ID)); n != 1 {
		t.Errorf("after 30 days %d deliveries", n)
	}
	f.advance(time.Hour)
	f.ok(turn(t.Context()))
	if n := len(f.deliveries(w.ID)); n != 0 {
		t.Errorf("later %d deliveries", n)
	}
	pause := true
	_, err := f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &pause})
	f.ok(err)
	f.approved("w")
	f.deliver()
	f.advance(31 * 24 * time.Hour)
	f.ok(turn(t.Context()))
	if d := f.deliveries(w.ID); len(d) != 1 || d[0].State != record.StateFailed || d[0].Problem == "" {
		t.Errorf("what waited too long: %+v", d)
	}
}

// TestUpkeepWritesNothingWithoutNeed: a secret that nobody can read costs one write, not one
// each minute.
func TestUpkeepWritesNothingWithoutNeed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.create(webhook.NewWebhook{URL: "https://example.com/"})
	_, err := f.hooks.RotateSecret(t.Context(), f.user, w.ID)
	f.ok(err)
	changes := &countedChanges{Store: f.store()}
	f.cfg.Store = struct {
		assets.Store
		assets.Journal
		assets.Followers
		*countedChanges
	}{f.cfg.Store, f.cfg.Store.(assets.Journal), f.cfg.Store.(assets.Followers), changes}
	f.lib, f.hooks = f.open([]byte("another key that has 32 bytes or more"))
	turn := f.hooks.UpkeepTurn()
	for range 5 {
		f.ok(turn(t.Context()))
		f.advance(time.Minute)
	}
	if changes.n != 1 || f.get(w.ID).PauseReason != "secret" {
		t.Errorf("%d changes, %+v", changes.n, f.get(w.ID))
	}
}

// failingPrunes is a store that cannot remove deliveries.
type failingPrunes struct{ record.Store }

func (failingPrunes) PruneDeliveries(context.Context, assets.Time, assets.Time) (int, error) {
	return 0, errors.New("no space")
}

// TestUpkeepIsObserved: the observer of the Library is told that it fails.
func TestUpkeepIsObserved(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.Store = struct {
		assets.Store
		assets.Journal
		assets.Followers
		failingPrunes
	}{f.cfg.Store, f.cfg.Store.(assets.Journal), f.cfg.Store.(assets.Followers), failingPrunes{f.store()}}
	codes := make(chan string, 1)
	f.cfg.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
		return ctx, func(out assets.Outcome) {
			if op == (assets.Op{Name: "webhook_upkeep", Kind: assets.OpJob, Door: assets.DoorBackground}) {
				codes <- out.Code
			}
		}
	}
	_, hooks := f.open(f.cfg.SigningKeys...)
	during(t, []*webhook.Hooks{hooks}, func() {
		if code := <-codes; code != "internal_error" {
			t.Errorf("told of %q", code)
		}
	})
}

// countedChanges counts the calls of ChangeWebhook.
type countedChanges struct {
	record.Store
	n int
}

func (c *countedChanges) ChangeWebhook(ctx context.Context, workspace string, id assets.ID, fn func(*record.Webhook) error) (record.Webhook, error) {
	c.n++
	return c.Store.ChangeWebhook(ctx, workspace, id, fn)
}
