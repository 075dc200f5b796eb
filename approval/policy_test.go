package approval_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Who may approve, and who may take an approval away.
func TestStandingApproval(t *testing.T) {
	t.Parallel()
	writer := actor("eve", assets.KindUser, assets.ScopeWrite)
	agent := actor("bot", assets.KindAgent, assets.ScopeAll)
	service := actor("ci", assets.KindService, assets.ScopeApprove)
	agentWrites := actor("bot", assets.KindAgent, assets.ScopeWrite)
	scope, kind := answer{err: assets.ErrForbiddenScope}, answer{err: assets.ErrKindCannotApprove}
	stale := state{status: draft, current: 3, given: list[assets.Number](1), withdrawn: list[assets.Number](2)}
	services := approval.Policy{Kinds: list(assets.KindService)}
	robots := approval.Policy{Kinds: list[assets.Kind]("robot")}

	run(t, []row{
		{"APR16 a write key archives what is approved", approval.Policy{}, signedOff, decision{by: writer, action: archive}, scope},
		{"APR16 a write key archives beside an approval in force", approval.Policy{}, newerDraft, decision{by: writer, action: archive}, scope},
		{"APR16 a write key archives where a superseded approval is given", approval.Policy{}, stale, decision{by: writer, action: archive}, scope},
		{"APR16 an agent with every scope archives what is approved", approval.Policy{}, signedOff, decision{by: agent, action: archive}, kind},
		{"APR16 a write key requests changes of what is approved", approval.Policy{}, signedOff, decision{by: writer, action: requestChanges}, scope},
		{"APR16 a write key withdraws an older approval", approval.Policy{}, newerDraft, decision{by: writer, action: requestChanges, version: 1}, scope},
		{"APR16 an agent requests changes of what is approved", approval.Policy{}, signedOff, decision{by: agent, action: requestChanges}, kind},
		{"APR16 an agent withdraws an older approval", approval.Policy{}, newerDraft, decision{by: agent, action: requestChanges, version: 1}, kind},
		{"an agent sends back what nobody approved", approval.Policy{}, underWay, decision{by: agent, action: requestChanges}, answer{to: draft, version: 1}},
		{"a write key archives what nobody approved", approval.Policy{}, underWay, decision{by: writer, action: archive}, answer{to: archived, version: 1}},
		{"a write key archives what was withdrawn", approval.Policy{}, takenBack, decision{by: writer, action: archive}, answer{to: archived, version: 2}},
		{"a write key reopens", approval.Policy{}, shelved, decision{by: writer, action: reopen}, answer{to: draft, version: 1}},
		{"scope is judged before kind", approval.Policy{}, signedOff, decision{by: agentWrites, action: archive}, scope},

		{"AUTH05 an agent with every scope approves", approval.Policy{}, underWay, decision{by: agent, action: approve}, kind},
		{"a service approves", approval.Policy{}, underWay, decision{by: service, action: approve}, kind},
		{"a service approves where services may", services, underWay, decision{by: service, action: approve}, answer{to: approved, version: 1}},
		{"a service archives what is approved where services may", services, signedOff, decision{by: service, action: archive}, answer{to: archived, version: 1}},
		{"users always may", services, underWay, decision{action: approve}, answer{to: approved, version: 1}},
		{"an unknown kind never may, even if listed", robots, underWay, decision{by: actor("r2", "robot", assets.ScopeAll), action: approve}, kind},
		{"a write key approves", approval.Policy{}, underWay, decision{by: writer, action: approve}, scope},
	})
}

// The checks in their order: each row fails two of them, the earlier answers.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	maker, writer := user("maker"), actor("maker", assets.KindUser, assets.ScopeWrite)
	strict := approval.Policy{ForbidSelfApproval: true, Rule: refuse}
	agent := actor("maker", assets.KindAgent, assets.ScopeAll)
	run(t, []row{
		{"in effect before transition", strict, shelved, decision{by: writer, action: archive}, answer{inEffect: "bob archive 1", version: 1}},
		{"version before transition", strict, shelved, decision{action: approve, version: 2}, answer{err: assets.ErrVersionConflict}},
		{"version before standing approval", strict, signedOff, decision{by: writer, action: archive, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"transition before scope", strict, shelved, decision{by: writer, action: approve, version: 1}, answer{err: assets.ErrInvalidTransition}},
		{"scope before self-approval", strict, underWay, decision{by: writer, action: approve}, answer{err: assets.ErrForbiddenScope}},
		{"kind before self-approval", strict, underWay, decision{by: agent, action: approve}, answer{err: assets.ErrKindCannotApprove}},
		{"AUTH04 self-approval before the host's rule", strict, underWay, decision{by: maker, action: approve}, answer{err: assets.ErrSelfApproval}},
		{"scope before the host's rule", strict, signedOff, decision{by: writer, action: archive}, answer{err: assets.ErrForbiddenScope}},
		{"the host's rule last", strict, underWay, decision{action: approve}, answer{err: assets.ErrRefused}},
		{"forbidding self-approval does not forbid another's", approval.Policy{ForbidSelfApproval: true}, underWay, decision{action: approve}, answer{to: approved, version: 1}},
		{"the creator may request changes", approval.Policy{ForbidSelfApproval: true}, underWay, decision{by: maker, action: requestChanges}, answer{to: draft, version: 1}},
	})
}

func TestRequestChangesNeedsAComment(t *testing.T) {
	t.Parallel()
	for _, comment := range list("", " \t\n") {
		for _, s := range list(underWay, sentBack, shelved) {
			w := s.world()
			_, err := approval.Policy{}.Decide(t.Context(), w, user("bob"), &w.asset, assets.Review{Action: requestChanges, Comment: comment})
			want := list(assets.Invalid(assets.TypeMissing, "say what has to change", "comment"))
			if d := cmp.Diff(want, assets.FieldErrors(err)); d != "" {
				t.Errorf("with comment %q (-want +got):\n%s", comment, d)
			}
		}
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	agent, robot := actor("bot", assets.KindAgent, assets.ScopeAll), actor("r2", "robot", assets.ScopeAll)
	named := approval.Policy{RequireVersion: true}
	agents := approval.Policy{Kinds: list(assets.KindAgent)}
	for _, c := range []struct {
		name    string
		policy  approval.Policy
		by      assets.Actor
		action  assets.Action
		version assets.Number
		err     error
		fields  []string
	}{
		{"a user approves", approval.Policy{}, user("ann"), approve, 0, nil, nil},
		{"AUTH05 an agent with every scope approves", approval.Policy{}, agent, approve, 1, assets.ErrKindCannotApprove, nil},
		{"an agent approves where agents may", agents, agent, approve, 1, nil, nil},
		{"an unknown kind", approval.Policy{Kinds: list[assets.Kind]("robot", "")}, robot, approve, 1, assets.ErrKindCannotApprove, nil},
		{"no kind", approval.Policy{Kinds: list[assets.Kind]("robot", "")}, actor("x", ""), approve, 1, assets.ErrKindCannotApprove, nil},
		{"an agent submits", approval.Policy{}, agent, submit, 0, nil, nil},
		{"a demanded version before the kind, as input comes before rights on the approval routes", named, agent, approve, 0, nil, list("version")},
		{"a version is demanded of an approval", named, user("ann"), approve, 0, nil, list("version")},
		{"and of every other decision", named, user("ann"), submit, 0, nil, list("version")},
		{"and given", named, user("ann"), approve, 1, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.policy.Admit(c.by, assets.Review{Action: c.action, Version: c.version})
			var fields []string
			for _, f := range assets.FieldErrors(err) {
				fields = append(fields, f.Error()[:len("version")])
				if f.Type != assets.TypeMissing {
					t.Errorf("%v has type %q", f, f.Type)
				}
			}
			if !slices.Equal(fields, c.fields) || (c.fields == nil && !errors.Is(err, c.err)) {
				t.Errorf("Admit = %v, want %v and fields %v", err, c.err, c.fields)
			}
		})
	}
}
