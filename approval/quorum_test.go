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
	cleared := func(action assets.Action) state {
		return history(bob, reviewed("cid", action, 1), reviewed("maker", submit, 1))
	}
	onSecond := state{status: pending, submitted: 2, current: 2, reviews: list(reviewed("maker", submit, 1), bob, reviewed("maker", submit, 2))}

	run(t, []row{
		{"first of two", two, underWay, decision{action: approve}, answer{to: pending, version: 1}},
		{"first of two, from a draft, submits it", two, fresh, decision{action: approve, version: 1}, answer{to: pending, version: 1}},
		{"first of two leaves an older submission alone", two, overtaken, decision{action: approve, version: 2}, answer{to: pending, version: 2}},
		{"second of two", two, history(bob), decision{action: approve}, answer{to: approved, version: 1}},
		{"second of three", three, history(bob), decision{action: approve}, answer{to: pending, version: 1}},
		{"a quorum below one is one", approval.Policy{Quorum: -3}, underWay, decision{action: approve}, answer{to: approved, version: 1}},
		{"AUTH04 two keys of one person are one subject", two, history(bob), decision{by: actor("bob", assets.KindUser, assets.ScopeApprove), action: approve}, answer{inEffect: "bob approve 1", version: 1}},
		{"AUTH04 a service key of the same person adds nothing", approval.Policy{Quorum: 2, Kinds: list(assets.KindService)}, history(bob), decision{by: actor("bob", assets.KindService, assets.ScopeApprove), action: approve}, answer{inEffect: "bob approve 1", version: 1}},
		{"APR03 approvals of the version before do not count", two, onSecond, decision{action: approve}, answer{to: pending, version: 2}},
		{"counted since changes were requested", two, cleared(requestChanges), decision{action: approve}, answer{to: pending, version: 1}},
		{"counted since the archive", two, cleared(archive), decision{action: approve}, answer{to: pending, version: 1}},
		{"counted since the reopen", two, cleared(reopen), decision{action: approve}, answer{to: pending, version: 1}},
		{"approving anew after changes were requested counts", two, cleared(requestChanges), decision{by: user("bob"), action: approve}, answer{to: pending, version: 1}},
		{"a kind that may not approve today does not count", two, history(byKind(bob, assets.KindAgent)), decision{action: approve}, answer{to: pending, version: 1}},
		{"the creator's own approval does not count once forbidden", approval.Policy{Quorum: 2, ForbidSelfApproval: true}, history(reviewed("maker", approve, 1)), decision{action: approve}, answer{to: pending, version: 1}},
		{"lowered since: a counted subject approves", two, history(bob, reviewed("cid", approve, 1)), decision{by: user("bob"), action: approve}, answer{to: approved, version: 1}},
	})
}
