package approval_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Giving and withdrawing approvals needs the scope and an accepted kind.
func TestRightToApprove(t *testing.T) {
	t.Parallel()
	writer := actor("eve", assets.KindUser, assets.ScopeWrite)
	agent := actor("bot", assets.KindAgent, assets.ScopeAll)
	service := actor("ci", assets.KindService, assets.ScopeApprove)
	agentWrites := actor("bot", assets.KindAgent, assets.ScopeWrite)
	scope, kind := outcome{err: assets.ErrForbiddenScope}, outcome{err: assets.ErrKindCannotApprove}
	supersededOnly := state{status: draft, current: 3, given: list[assets.Number](1), withdrawn: list[assets.Number](2)}
	services := approval.Policy{Kinds: list(assets.KindService)}
	robots := approval.Policy{Kinds: list[assets.Kind]("robot")}

	runCases(t, []testCase{
		{"a write key archives an approved asset APR16", approval.Policy{}, approvedAsset, request{by: writer, action: archive}, scope},
		{"a write key archives a draft beside an approved version APR16", approval.Policy{}, newerDraft, request{by: writer, action: archive}, scope},
		{"a write key archives a draft with a superseded approval APR16", approval.Policy{}, supersededOnly, request{by: writer, action: archive}, scope},
		{"an agent with every scope archives an approved asset APR16", approval.Policy{}, approvedAsset, request{by: agent, action: archive}, kind},
		{"a write key requests changes of an approved asset APR16", approval.Policy{}, approvedAsset, request{by: writer, action: requestChanges}, scope},
		{"a write key withdraws an older approval APR16", approval.Policy{}, newerDraft, request{by: writer, action: requestChanges, version: 1}, scope},
		{"an agent requests changes of an approved asset APR16", approval.Policy{}, approvedAsset, request{by: agent, action: requestChanges}, kind},
		{"an agent withdraws an older approval APR16", approval.Policy{}, newerDraft, request{by: agent, action: requestChanges, version: 1}, kind},
		{"an agent requests changes of an unapproved version", approval.Policy{}, underReview, request{by: agent, action: requestChanges}, outcome{to: draft, version: 1}},
		{"a write key archives an unapproved asset", approval.Policy{}, underReview, request{by: writer, action: archive}, outcome{to: archived, version: 1}},
		{"a write key archives an asset whose approval was withdrawn", approval.Policy{}, approvalWithdrawn, request{by: writer, action: archive}, outcome{to: archived, version: 2}},
		{"a write key reopens", approval.Policy{}, archivedAsset, request{by: writer, action: reopen}, outcome{to: draft, version: 1}},
		{"scope is checked before kind", approval.Policy{}, approvedAsset, request{by: agentWrites, action: archive}, scope},

		{"an agent with every scope approves AUTH05", approval.Policy{}, underReview, request{by: agent, action: approve}, kind},
		{"a service approves", approval.Policy{}, underReview, request{by: service, action: approve}, kind},
		{"a service approves where services may approve", services, underReview, request{by: service, action: approve}, outcome{to: approved, version: 1}},
		{"a service archives an approved asset where services may approve", services, approvedAsset, request{by: service, action: archive}, outcome{to: archived, version: 1}},
		{"a user approves where services may approve", services, underReview, request{action: approve}, outcome{to: approved, version: 1}},
		{"an unknown kind approves, though it is listed", robots, underReview, request{by: actor("r2", "robot", assets.ScopeAll), action: approve}, kind},
		{"a write key approves", approval.Policy{}, underReview, request{by: writer, action: approve}, scope},
	})
}

// The checks run in order: each case fails two of them, and the error is that
// of the earlier one.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	maker, writer := user("maker"), actor("maker", assets.KindUser, assets.ScopeWrite)
	strict := approval.Policy{ForbidSelfApproval: true, Rule: refuse}
	agent := actor("maker", assets.KindAgent, assets.ScopeAll)
	runCases(t, []testCase{
		{"in effect before transition", strict, archivedAsset, request{by: writer, action: archive}, outcome{inEffect: "bob archive 1", version: 1}},
		{"version before transition", strict, archivedAsset, request{action: approve, version: 2}, outcome{err: assets.ErrVersionConflict}},
		{"version before right to approve", strict, approvedAsset, request{by: writer, action: archive, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"transition before scope", strict, archivedAsset, request{by: writer, action: approve, version: 1}, outcome{err: assets.ErrInvalidTransition}},
		{"scope before self-approval", strict, underReview, request{by: writer, action: approve}, outcome{err: assets.ErrForbiddenScope}},
		{"kind before self-approval", strict, underReview, request{by: agent, action: approve}, outcome{err: assets.ErrKindCannotApprove}},
		{"self-approval before the host's rule AUTH04", strict, underReview, request{by: maker, action: approve}, outcome{err: assets.ErrSelfApproval}},
		{"scope before the host's rule", strict, approvedAsset, request{by: writer, action: archive}, outcome{err: assets.ErrForbiddenScope}},
		{"the host's rule last", strict, underReview, request{action: approve}, outcome{err: assets.ErrRefused}},
		{"forbidding self-approval does not forbid another's", approval.Policy{ForbidSelfApproval: true}, underReview, request{action: approve}, outcome{to: approved, version: 1}},
		{"the creator may request changes", approval.Policy{ForbidSelfApproval: true}, underReview, request{by: maker, action: requestChanges}, outcome{to: draft, version: 1}},
	})
}

func TestRequestChangesRequiresComment(t *testing.T) {
	t.Parallel()
	for _, comment := range list("", " \t\n") {
		for _, s := range list(underReview, changesRequested, archivedAsset) {
			w := s.assetRows()
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
	versionRequired := approval.Policy{RequireVersion: true}
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
		{"an agent with every scope approves AUTH05", approval.Policy{}, agent, approve, 1, assets.ErrKindCannotApprove, nil},
		{"an agent approves where agents may approve", agents, agent, approve, 1, nil, nil},
		{"an unknown kind", approval.Policy{Kinds: list[assets.Kind]("robot", "")}, robot, approve, 1, assets.ErrKindCannotApprove, nil},
		{"no kind", approval.Policy{Kinds: list[assets.Kind]("robot", "")}, actor("x", ""), approve, 1, assets.ErrKindCannotApprove, nil},
		{"an agent submits", approval.Policy{}, agent, submit, 0, nil, nil},
		{"a required version is checked before the kind", versionRequired, agent, approve, 0, nil, list("version")},
		{"an approval without the required version", versionRequired, user("ann"), approve, 0, nil, list("version")},
		{"a submit without the required version", versionRequired, user("ann"), submit, 0, nil, list("version")},
		{"an approval with the required version", versionRequired, user("ann"), approve, 1, nil, nil},
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

// Under RequireDisclosure only a version with a known source type is approved, and only
// such an approval is carried over.
func TestRequireDisclosure(t *testing.T) {
	t.Parallel()
	p := approval.Policy{RequireDisclosure: true}
	for source, want := range map[string]error{
		"": assets.ErrRefused, "stored before codes": assets.ErrRefused, "trainedAlgorithmicMedia": nil, "digitalCapture": nil,
	} {
		w := underReview.assetRows()
		w.asset.Provenance.SourceType = source
		_, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve})
		if !errors.Is(err, want) || want != nil && !strings.Contains(assets.Detail(err), "provenance.source_type") {
			t.Errorf("an approval with source type %q: %v, want %v", source, err, want)
		}
		w = newerDraft.assetRows()
		w.versions[0].Provenance.SourceType = source
		_, err = p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve, Version: 3, SHA256: digest(1), CarriedFrom: 1})
		if !errors.Is(err, want) {
			t.Errorf("carrying over an approval with source type %q: %v, want %v", source, err, want)
		}
		if _, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: submit}); err != nil {
			t.Errorf("a submit with source type %q: %v", source, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	got := approval.Policy{Kinds: list[assets.Kind](assets.KindService, "robot"), RequireDisclosure: true, Rule: refuse}.Describe()
	want := assets.PolicyRules{Quorum: 1, Kinds: list(assets.KindUser, assets.KindService), RequireDisclosure: true, OwnRule: true}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
