package approval_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

func TestQuorum(t *testing.T) {
	t.Parallel()
	two, three := approval.Policy{Quorum: 2}, approval.Policy{Quorum: 3}
	history := func(r ...assets.Review) state {
		return state{status: pending, submitted: 1, current: 1, reviews: append(list(reviewed("maker", submit, 1)), r...)}
	}
	bob := reviewed("bob", approve, 1)
	reset := func(action assets.Action) state {
		return history(bob, reviewed("cid", action, 1), reviewed("maker", submit, 1))
	}
	onSecondVersion := state{status: pending, submitted: 2, current: 2, reviews: list(reviewed("maker", submit, 1), bob, reviewed("maker", submit, 2))}

	runCases(t, []testCase{
		{"first of two", two, underReview, request{action: approve}, outcome{to: pending, version: 1}},
		{"first of two, from a draft, submits it", two, newDraft, request{action: approve, version: 1}, outcome{to: pending, version: 1}},
		{"first of two leaves an older submission alone", two, newerThanSubmitted, request{action: approve, version: 2}, outcome{to: pending, version: 2}},
		{"second of two", two, history(bob), request{action: approve}, outcome{to: approved, version: 1}},
		{"second of three", three, history(bob), request{action: approve}, outcome{to: pending, version: 1}},
		{"a quorum below one is one", approval.Policy{Quorum: -3}, underReview, request{action: approve}, outcome{to: approved, version: 1}},
		{"two keys of one person are one subject AUTH04", two, history(bob), request{by: actor("bob", assets.KindUser, assets.ScopeApprove), action: approve}, outcome{inEffect: "bob approve 1", version: 1}},
		{"a service key of the same person is the same subject AUTH04", approval.Policy{Quorum: 2, Kinds: list(assets.KindService)}, history(bob), request{by: actor("bob", assets.KindService, assets.ScopeApprove), action: approve}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approvals of the version before do not count APR03", two, onSecondVersion, request{action: approve}, outcome{to: pending, version: 2}},
		{"approvals before changes were requested do not count", two, reset(requestChanges), request{action: approve}, outcome{to: pending, version: 1}},
		{"approvals before archiving do not count", two, reset(archive), request{action: approve}, outcome{to: pending, version: 1}},
		{"approvals before reopening do not count", two, reset(reopen), request{action: approve}, outcome{to: pending, version: 1}},
		{"an approval given again after changes were requested counts", two, reset(requestChanges), request{by: user("bob"), action: approve}, outcome{to: pending, version: 1}},
		{"a kind that may not approve today does not count", two, history(byKind(bob, assets.KindAgent)), request{action: approve}, outcome{to: pending, version: 1}},
		{"a guest's approval counts", approval.Policy{Quorum: 2, GuestsMayDecide: true}, history(byGuestOf("bob")), request{action: approve}, outcome{to: approved, version: 1}},
		{"a guest's approval does not count where guests may not decide", two, history(byGuestOf("bob")), request{action: approve}, outcome{to: pending, version: 1}},
		{"who invited a guest whose approval does not count approves", two, history(byGuestOf("bob")), request{by: user("bob"), action: approve}, outcome{to: pending, version: 1}},
		{"the creator's own approval does not count once forbidden", approval.Policy{Quorum: 2, ForbidSelfApproval: true}, history(reviewed("maker", approve, 1)), request{action: approve}, outcome{to: pending, version: 1}},
		{"a subject whose approval counts completes a lowered quorum", two, history(bob, reviewed("cid", approve, 1)), request{by: user("bob"), action: approve}, outcome{to: approved, version: 1}},
	})
}
