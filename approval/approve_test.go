package approval_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Whether version n's approval may be carried to the version that a rollback
// is about to append.
func TestCarryOver(t *testing.T) {
	t.Parallel()
	type numbers = []assets.Number
	maker, writer := user("maker"), actor("eve", assets.KindUser, assets.ScopeWrite)
	agent, service := actor("bot", assets.KindAgent, assets.ScopeAll), actor("ci", assets.KindService, assets.ScopeApprove)
	given := func(status assets.Status, n assets.Number, reviews ...assets.Review) state {
		return state{status: status, current: 2, approved: n, given: numbers{n}, reviews: reviews}
	}
	bob, cid, sent := reviewed("bob", approve, 1), reviewed("cid", approve, 1), reviewed("maker", submit, 1)
	once := given(draft, 1, sent, bob)
	unsubmitted := given(draft, 1, bob)
	resubmitted := given(draft, 1, sent, reviewed("bob", requestChanges, 1), bob)
	twice := given(draft, 1, sent, bob, cid)
	alone := given(draft, 1, sent, reviewed("maker", approve, 1))
	byAgent := given(draft, 1, sent, byKind(bob, assets.KindAgent))
	withdrawnThenHalf := given(draft, 1, sent, bob, reviewed("cid", requestChanges, 1), sent, cid)
	through := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(sent, bob, carried("maker", 2, 1))}
	throughAndDirect := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(sent, bob, carried("maker", 2, 1), reviewed("cid", approve, 2))}
	sourceWithdrawn := state{status: draft, current: 3, approved: 2, given: numbers{2}, withdrawn: numbers{1}, reviews: list(sent, bob, carried("maker", 2, 1), reviewed("cid", requestChanges, 1))}
	circle := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(carried("bob", 1, 2), carried("bob", 2, 1))}
	gone := state{status: draft, current: 2, withdrawn: numbers{1}, reviews: list(sent, bob, reviewed("cid", requestChanges, 1))}

	for _, c := range []struct {
		name   string
		policy approval.Policy
		state  state
		by     assets.Actor
		from   assets.Number
		want   error
	}{
		{"from a draft", approval.Policy{}, once, user("ann"), 1, nil},
		{"from under review", approval.Policy{}, given(pending, 1, sent, bob), user("ann"), 1, nil},
		{"while another version is approved", approval.Policy{}, superseded, user("ann"), 1, nil},
		{"by the creator, judged by n's reviewers", approval.Policy{ForbidSelfApproval: true}, once, maker, 1, nil},
		{"by a service where services may", approval.Policy{Kinds: list(assets.KindService)}, once, service, 1, nil},
		{"quorum reached", approval.Policy{Quorum: 2}, twice, user("ann"), 1, nil},
		{"submitted, as the policy asks", approval.Policy{RequireSubmit: true}, once, user("ann"), 1, nil},
		{"followed to the version it came from", approval.Policy{RequireSubmit: true, ForbidSelfApproval: true}, through, user("ann"), 2, nil},
		{"followed, and counted with the direct ones", approval.Policy{Quorum: 2}, throughAndDirect, user("ann"), 2, nil},

		{"APR06 by a write-only key", approval.Policy{}, once, writer, 1, assets.ErrForbiddenScope},
		{"AUTH05 by an agent with every scope", approval.Policy{}, once, agent, 1, assets.ErrKindCannotApprove},
		{"APR06 quorum raised since", approval.Policy{Quorum: 2}, once, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR06 quorum not reached through a carried approval", approval.Policy{Quorum: 2}, through, user("ann"), 2, assets.ErrInvalidTransition},
		{"APR06 counted since changes were requested", approval.Policy{Quorum: 2}, withdrawnThenHalf, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR06 self-approval forbidden since", approval.Policy{ForbidSelfApproval: true}, alone, user("ann"), 1, assets.ErrSelfApproval},
		{"APR06 the reviewer's kind may not approve today", approval.Policy{}, byAgent, user("ann"), 1, assets.ErrKindCannotApprove},
		{"APR06 never submitted", approval.Policy{RequireSubmit: true}, unsubmitted, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR06 submitted only before changes were requested", approval.Policy{RequireSubmit: true}, resubmitted, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR06 the host's rule refuses", approval.Policy{Rule: refuse}, once, user("ann"), 1, assets.ErrRefused},
		{"APR05 the approval was withdrawn", approval.Policy{}, gone, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR05 the approval it came from was withdrawn", approval.Policy{}, sourceWithdrawn, user("ann"), 2, assets.ErrInvalidTransition},
		{"never approved", approval.Policy{}, overtaken, user("ann"), 1, assets.ErrInvalidTransition},
		{"no such version", approval.Policy{}, once, user("ann"), 8, assets.ErrInvalidTransition},
		{"APR04 archived", approval.Policy{}, shelved, user("ann"), 1, assets.ErrInvalidTransition},
		{"APR04 archived, whatever the rows say", approval.Policy{}, contradictory, user("ann"), 1, assets.ErrInvalidTransition},
		{"approvals that name each other end", approval.Policy{}, circle, user("ann"), 2, assets.ErrInvalidTransition},
		{"transition before scope", approval.Policy{}, gone, writer, 1, assets.ErrInvalidTransition},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.state.world()
			proposed := carry(w.asset.CurrentVersion+1, c.from, digest(c.from))
			proposed.Comment, proposed.By = "as before", c.by.Subject
			got, err := c.policy.Decide(t.Context(), w, c.by, &w.asset, proposed)
			if !errors.Is(err, c.want) {
				t.Fatalf("Decide: %v, want %v", err, c.want)
			}
			if c.want != nil {
				return
			}
			proposed.FromStatus, proposed.ToStatus = c.state.status, approved
			if d := cmp.Diff(proposed, got); d != "" {
				t.Errorf("review (-want +got):\n%s", d)
			}
		})
	}
}

// An approval is never carried to what it was not given for.
func TestCarryOverBindsVersionAndDigest(t *testing.T) {
	t.Parallel()
	for name, proposed := range map[string]assets.Review{
		"another digest":        carry(3, 1, digest(9)),
		"no digest":             carry(3, 1, ""),
		"a version that exists": carry(2, 1, digest(1)),
		"itself":                carry(1, 1, digest(1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newerDraft.world()
			if got, err := (approval.Policy{}).Decide(t.Context(), w, user("ann"), &w.asset, proposed); !errors.Is(err, assets.ErrVersionConflict) {
				t.Errorf("Decide = %+v, %v; want ErrVersionConflict", got, err)
			}
		})
	}
}

func TestRequireSubmit(t *testing.T) {
	t.Parallel()
	p, no := approval.Policy{RequireSubmit: true}, answer{err: assets.ErrInvalidTransition}
	run(t, []row{
		{"a named draft", p, fresh, decision{action: approve, version: 1}, no},
		{"the submitted version", p, underWay, decision{action: approve}, answer{to: approved, version: 1}},
		{"the submitted version, named", p, underWay, decision{action: approve, version: 1}, answer{to: approved, version: 1}},
		{"a newer version than the submitted", p, overtaken, decision{action: approve, version: 2}, no},
	})
}
