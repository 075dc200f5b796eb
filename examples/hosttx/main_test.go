package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
)

func Example() {
	if err := run(context.Background(), "", os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// spring with "Spring is here.": launched
	//   the headline is approved, its campaigns [spring]
	// spring with "Spring, once more.": not launched
	//   the headline is pending_review, its campaigns []
	// summer by an agent: agent_cannot_approve, and announced all the same
	//   the headline is pending_review, its campaigns [summer]
}

// eachDatabase runs a test on a host in each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, h *host)) {
	t.Helper()
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": pgtest.Durable, // skips without a server
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, done, err := open(t.Context(), url(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := done(); err != nil {
					t.Error(err)
				}
			})
			h, err := newHost(t.Context(), st)
			if err != nil {
				t.Fatal(err)
			}
			test(t, h)
		})
	}
}

func TestStory(t *testing.T) {
	eachDatabase(t, func(t *testing.T, h *host) {
		var out strings.Builder
		if err := h.story(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"launched\n  the headline is approved", "not launched\n  the headline is pending_review", "same\n  the headline is pending_review, its campaigns [summer]"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the story lacks %q:\n%s", want, &out)
			}
		}
	})
}

// TestLaunchLeavesNothing: a failure after the approval, in the host's row, its own
// rule, by a panic or its context, undoes the review and the journal too.
func TestLaunchLeavesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, h *host) {
		hero, err := h.propose(t.Context(), "Text")
		if err != nil {
			t.Fatal(err)
		}
		before := h.events(t)
		refused := errors.New("no budget")
		for name, fail := range map[string]func(context.Context, context.CancelFunc, bun.Tx) error{
			"rule":    func(context.Context, context.CancelFunc, bun.Tx) error { return refused },
			"context": func(_ context.Context, cancel context.CancelFunc, _ bun.Tx) error { cancel(); return nil },
			"panic":   func(context.Context, context.CancelFunc, bun.Tx) error { panic(refused) },
			"row": func(ctx context.Context, _ context.CancelFunc, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO campaigns (name, asset_id, version) VALUES (NULL, '', 1)")
				return err
			},
		} {
			if err := h.fails(t, hero, fail); err == nil {
				t.Errorf("%s: committed", name)
			}
			now, err := h.lib.Get(t.Context(), editor, hero.ID, assets.SelectCurrent)
			if err != nil || now.Status != assets.StatusPendingReview || now.Revision != hero.Revision || len(now.Reviews) != 1 {
				t.Errorf("%s: the asset is %+v, %v", name, now, err)
			}
			if after := h.events(t); after != before {
				t.Errorf("%s: %d journal rows, before %d", name, after, before)
			}
		}
		if err := h.launch(t.Context(), "spring", hero); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// fails approves, adds a campaign, and then calls fail.
func (h *host) fails(t *testing.T, hero *assets.Asset, fail func(context.Context, context.CancelFunc, bun.Tx) error) (err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	return h.store.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		bound := h.lib.With(h.store.In(tx))
		if _, err := bound.Review(ctx, editor, hero.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
			return err
		}
		if got, err := bound.Get(ctx, editor, hero.ID, assets.SelectApproved); err != nil || got.Version != 1 {
			t.Errorf("inside, the approval does not show: %v", err)
		}
		if err := addCampaign(ctx, tx, "spring", hero); err != nil {
			return err
		}
		return fail(ctx, cancel, tx)
	})
}

func (h *host) events(t *testing.T) int {
	t.Helper()
	events, err := h.store.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}
