package approval_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// TestVolumeFewDecisionsSinceResetHOS07 checks, in random histories under one policy, that
// a version has at most one submit and the quorum's approvals since its last reset,
// and that a decision never asks for more.
func TestVolumeFewDecisionsSinceResetHOS07(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{T: t, policy: policies().Draw(t, "policy")}
		h.policy.Quorum = rapid.IntRange(0, 5).Draw(t, "quorum of five")
		h.create("ann")
		most := max(1, h.policy.Quorum) + 1
		for range rapid.IntRange(20, 100).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"decide", "decide", "decide", "add version", "roll back", "decide", "decide"}).Draw(t, "step") {
			case "add version":
				h.addVersion(actors().Draw(t, "creator").Subject)
			case "roll back":
				h.tryRollback()
			default:
				h.decide()
			}
			for n := range h.versions {
				if got := h.sinceReset(assets.Number(n + 1)); got > most {
					t.Errorf("%d decisions on version %d since its last reset, want at most %d", got, n+1, most)
				}
			}
		}
		if h.unlimited > 0 || h.maxLimit > most+1 {
			t.Errorf("%d reads without a limit, and one of %d reviews; want none above %d", h.unlimited, h.maxLimit, most+1)
		}
	})
}

// sinceReset returns the number of decisions on a version since its last reset.
func (h *history) sinceReset(n assets.Number) (count int) {
	for _, r := range h.reviews {
		switch {
		case r.Version != n:
		case r.Action == requestChanges, r.Action == archive, r.Action == reopen:
			count = 0
		default:
			count++
		}
	}
	return count
}

// TestVolumeLongHistoryHOS07 decides on a version with 18,000 recorded reviews. The result
// is that on a short history, and the rows that are read are few.
func TestVolumeLongHistoryHOS07(t *testing.T) {
	t.Parallel()
	rounds := slices.Repeat(list(reviewed("maker", submit, 1), reviewed("old", requestChanges, 1)), 9000)
	three := approval.Policy{Quorum: 3}
	submitted, bob, cid := reviewed("maker", submit, 1), reviewed("bob", approve, 1), reviewed("cid", approve, 1)
	under := state{status: pending, submitted: 1, current: 1}
	inForce := state{status: approved, current: 1, approved: 1, given: list[assets.Number](1)}
	older := state{status: draft, current: 2, approved: 1, given: list[assets.Number](1)}
	for _, c := range []struct {
		name   string
		policy approval.Policy
		state  state
		last   []assets.Review // after the rounds
		ask    request
		want   outcome
		rows   int // reviews that are read at most
	}{
		{"approved", approval.Policy{}, inForce, list(submitted, bob), request{action: approve}, outcome{inEffect: "bob approve 1", version: 1}, 1},
		{"approved by a quorum", three, inForce, list(submitted, bob, cid, reviewed("dan", approve, 1)), request{action: approve}, outcome{inEffect: "dan approve 1", version: 1}, 1},
		{"an older version is approved", approval.Policy{}, older, list(submitted, bob), request{action: approve, version: 1}, outcome{inEffect: "bob approve 1", version: 1}, 1},
		{"the last approval counts already", three, under, list(submitted, bob), request{by: user("bob"), action: approve}, outcome{inEffect: "bob approve 1", version: 1}, 5},
		{"the first approval counts already", three, under, list(submitted, bob, cid), request{by: user("bob"), action: approve}, outcome{inEffect: "bob approve 1", version: 1}, 5},
		{"one more approval", three, under, list(submitted, bob), request{action: approve}, outcome{to: pending, version: 1}, 5},
		{"the last approval", three, under, list(submitted, bob, cid), request{action: approve}, outcome{to: approved, version: 1}, 5},
		{"a lowered quorum", approval.Policy{Quorum: 2}, under, list(submitted, bob, cid, reviewed("dan", approve, 1), reviewed("eve", approve, 1)), request{action: approve}, outcome{to: approved, version: 1}, 12},
		{"submitted", approval.Policy{}, under, list(submitted), request{action: submit}, outcome{inEffect: "maker submit 1", version: 1}, 1},
		{"submitted and approved once", three, under, list(submitted, bob), request{action: submit}, outcome{inEffect: "maker submit 1", version: 1}, 6},
		{"submitted by an approval", three, under, list(bob), request{action: submit}, outcome{inEffect: "none recorded", version: 1}, 6},
		{"changes were requested", approval.Policy{}, state{status: draft, current: 1}, list(submitted, reviewed("bob", requestChanges, 1)), request{by: user("bob"), action: requestChanges}, outcome{inEffect: "bob request_changes 1", version: 1}, 1},
		{"changes are requested", approval.Policy{}, under, list(submitted), request{action: requestChanges}, outcome{to: draft, version: 1}, 1},
		{"archived", approval.Policy{}, state{status: archived, current: 1}, list(reviewed("bob", archive, 1)), request{action: archive}, outcome{inEffect: "bob archive 1", version: 1}, 1},
		{"reopened", approval.Policy{}, state{status: draft, current: 1}, list(reviewed("bob", archive, 1), reviewed("bob", reopen, 1)), request{action: reopen}, outcome{inEffect: "bob reopen 1", version: 1}, 1},
		{"a draft that was not reopened", approval.Policy{}, state{status: draft, current: 1}, nil, request{action: reopen}, outcome{inEffect: "none recorded", version: 1}, 1},
		{"approved after changes were requested", approval.Policy{}, state{status: draft, current: 1}, nil, request{action: approve, version: 1}, outcome{err: assets.ErrInvalidTransition}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.state.reviews = slices.Concat(rounds, c.last)
			testCase{c.name, c.policy, c.state, c.ask, c.want}.run(t)

			w, by := c.state.assetRows(), c.ask.by
			if by.Subject == "" {
				by = user("ann")
			}
			_, _ = c.policy.Decide(t.Context(), w, by, &w.asset, assets.Review{Action: c.ask.action, Version: c.ask.version, Comment: "why"})
			if w.unlimited > 0 || w.rows > c.rows {
				t.Errorf("%d reviews were read, %d times without a limit; want at most %d", w.rows, w.unlimited, c.rows)
			}
		})
	}
}

// TestManyApprovalsCount counts more approvals than the first read asks for.
func TestManyApprovalsCount(t *testing.T) {
	t.Parallel()
	for _, quorum := range []int{2, 100, 299, 300, 301} {
		s := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("old", approve, 1), reviewed("old", requestChanges, 1), reviewed("maker", submit, 1))}
		for i := range 299 {
			s.reviews = append(s.reviews, reviewed(fmt.Sprintf("person-%d", i), approve, 1))
		}
		w := s.assetRows()
		got, err := approval.Policy{Quorum: quorum}.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve, Version: 1})
		want := pending
		if quorum <= 300 {
			want = approved
		}
		if err != nil || got.ToStatus != want {
			t.Errorf("the 300th approval of %d: %s, %v; want %s", quorum, got.ToStatus, err, want)
		}
	}
}

// TestRecordedPassesErrorsOn fails each read of a decision that is in effect.
func TestRecordedPassesErrorsOn(t *testing.T) {
	t.Parallel()
	s := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1), reviewed("cid", approve, 1))}
	for _, r := range []assets.Review{{Action: submit}, {Action: approve}} {
		for failing := 1; ; failing++ {
			w := s.assetRows()
			w.failingRead = failing
			_, err := approval.Policy{Quorum: 3}.Decide(t.Context(), w, user("bob"), &w.asset, r)
			if w.reads < failing {
				break
			}
			if !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%s, read %d fails: %v, want ErrUnavailable", r.Action, failing, err)
			}
		}
	}
}

// TestChainOfRollbacksHOS07 carries an approval over that was carried over 499 times
// before. Each version costs one read of one review.
func TestChainOfRollbacksHOS07(t *testing.T) {
	t.Parallel()
	const n = 500
	s := state{status: approved, current: n + 1, approved: n, given: list[assets.Number](n), reviews: list(reviewed("bob", approve, 1))}
	for v := assets.Number(2); v <= n; v++ {
		s.reviews = append(s.reviews, carried("cid", v, v-1))
	}
	w := s.assetRows()
	got, err := approval.Policy{ForbidSelfApproval: true}.Decide(t.Context(), w, user("ann"), &w.asset, carry(n+2, n, digest(n)))
	if err != nil || got.ToStatus != approved {
		t.Errorf("%+v, %v; want approved", got, err)
	}
	if w.unlimited > 0 || w.rows != n || w.reads > n+2 { // the version rolled back to, and that which was approved
		t.Errorf("%d reviews in %d reads, %d without a limit; want %d in %d", w.rows, w.reads, w.unlimited, n, n+2)
	}
}
