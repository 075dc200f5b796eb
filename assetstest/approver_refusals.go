package assetstest

import (
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// refusingCases are decisions that every policy must refuse.
var refusingCases = []approverCase{
	{"nothing is submitted APR02", func(t *approverT) {
		t.refuses(person(0), t.review(assets.ActionApprove, 0), assets.ErrInvalidTransition)
	}},
	{"a newer version arrived since the submit APR02", func(t *approverT) {
		t.submit()
		t.newVersion()
		t.refuses(person(0), t.review(assets.ActionApprove, 0), assets.ErrVersionConflict)
		t.refuses(person(0), t.review(assets.ActionRequestChanges, 0), assets.ErrVersionConflict)
	}},
	{"a version that is not current", func(t *approverT) {
		t.submit()
		t.newVersion()
		for _, n := range []assets.Number{1, 3} {
			for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges, assets.ActionArchive} {
				r := t.review(action, n)
				t.refuses(person(0), r, assets.ErrVersionConflict)
				r.SHA256 = ""
				t.refuses(person(0), r, assets.ErrVersionConflict)
			}
		}
	}},
	{"another digest", func(t *approverT) {
		other := func(action assets.Action, n assets.Number) assets.Review {
			r := t.review(action, n)
			r.SHA256 = content("other").Content.SHA256
			return r
		}
		t.submit()
		for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges, assets.ActionArchive} {
			t.refuses(person(0), other(action, 1), assets.ErrVersionConflict)
		}
		t.signOff()
		t.refuses(person(0), other(assets.ActionApprove, 1), assets.ErrVersionConflict)
		t.newVersion()
		t.refuses(person(0), other(assets.ActionApprove, 1), assets.ErrVersionConflict)
		t.refuses(person(0), other(assets.ActionRequestChanges, 1), assets.ErrVersionConflict)
	}},
	{"a superseded version is not approved again", func(t *approverT) {
		t.approve()
		t.newVersion()
		t.approve()
		t.refuses(person(0), t.review(assets.ActionApprove, 1), assets.ErrVersionConflict)
	}},
	{"transitions that do not exist", func(t *approverT) {
		t.refuses(person(0), t.review(assets.ActionRequestChanges, 1), assets.ErrInvalidTransition)
		t.submit()
		t.refuses(person(0), t.review(assets.ActionReopen, 1), assets.ErrInvalidTransition)
		t.signOff()
		t.refuses(person(0), t.review(assets.ActionSubmit, 1), assets.ErrInvalidTransition)
		t.refuses(person(0), t.review(assets.ActionReopen, 1), assets.ErrInvalidTransition)
		t.accepts(person(0), t.review(assets.ActionArchive, 1), assets.StatusArchived)
		for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges} {
			t.refuses(person(0), t.review(action, 1), assets.ErrInvalidTransition)
		}
	}},
	{"a draft that was sent back has to be submitted again", func(t *approverT) {
		t.submit()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.refuses(person(1), t.review(assets.ActionApprove, 1), assets.ErrInvalidTransition)
	}},
	{"no scope lifts the rule about kinds AUTH05", func(t *approverT) {
		robot := person(0)
		robot.Kind = "robot"
		if err := t.approver.Admit(robot, t.review(assets.ActionApprove, 1)); !errors.Is(err, assets.ErrKindCannotApprove) {
			t.Errorf("Admit of an unknown kind: %v, want ErrKindCannotApprove", err)
		}
		if err := t.approver.Admit(person(0), t.review(assets.ActionApprove, 1)); err != nil {
			t.Errorf("Admit of a user: %v", err)
		}
		t.approve()
		t.newVersion()
		t.refuses(robot, t.carried(3, 1), assets.ErrKindCannotApprove)
		t.refuses(robot, t.review(assets.ActionArchive, 2), assets.ErrKindCannotApprove)
		t.refuses(robot, t.review(assets.ActionRequestChanges, 1), assets.ErrKindCannotApprove)
	}},
	{"an actor who may not approve withdraws nothing APR16", func(t *approverT) {
		writer := User(singleWorkspace, "writer")
		writer.Scopes = []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
		t.approve()
		t.refuses(writer, t.review(assets.ActionArchive, 1), assets.ErrForbiddenScope)
		t.refuses(writer, t.review(assets.ActionRequestChanges, 1), assets.ErrForbiddenScope)
		t.newVersion()
		t.refuses(writer, t.review(assets.ActionArchive, 2), assets.ErrForbiddenScope)
		t.refuses(writer, t.review(assets.ActionRequestChanges, 1), assets.ErrForbiddenScope)
		t.approve()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 2), assets.StatusDraft)
		t.refuses(writer, t.review(assets.ActionArchive, 2), assets.ErrForbiddenScope) // 1 is still given
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.accepts(writer, t.review(assets.ActionArchive, 2), assets.StatusArchived)
	}},
	{"an approval is carried whole or not at all APR06", func(t *approverT) {
		writer := User(singleWorkspace, "writer")
		writer.Scopes = []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
		t.approve()
		t.newVersion()
		t.refuses(writer, t.carried(3, 1), assets.ErrForbiddenScope)
		t.carries(person(0), 3, 1)
		t.newVersion()
		t.carries(person(0), 5, 3)
	}},
	{"an approval that is not given is not carried APR04 APR05", func(t *approverT) {
		t.newVersion()
		t.refuses(person(0), t.carried(3, 1), notCarried...)
		t.approve()
		t.newVersion()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 2), assets.StatusDraft)
		t.refuses(person(0), t.carried(4, 2), notCarried...)
		t.approve()
		t.accepts(person(0), t.review(assets.ActionArchive, 3), assets.StatusArchived)
		t.refuses(person(0), t.carried(4, 3), notCarried...)
		t.accepts(person(0), t.review(assets.ActionReopen, 3), assets.StatusDraft)
		t.newVersion()
		t.refuses(person(0), t.carried(5, 3), notCarried...)
	}},
}

// notCarried are the errors after which a rollback goes on as a draft.
var notCarried = []error{
	assets.ErrInvalidTransition, assets.ErrForbiddenScope, assets.ErrKindCannotApprove, assets.ErrSelfApproval, assets.ErrRefused,
}

// carries rolls back to n as version m, with the approval of n if the policy
// allows it.
func (t *approverT) carries(by assets.Actor, m, n assets.Number) {
	t.Helper()
	r := t.carried(m, n)
	got, err := t.decide(by, r)
	rolledBack := t.versions[n-1]
	rolledBack.Approval, rolledBack.RolledBackFrom, rolledBack.CreatedBy = assets.ApprovalNone, n, by.Subject
	r.By, r.ByKind, r.FromStatus, r.ToStatus = by.Subject, by.Kind, t.asset.Status, assets.StatusApproved
	t.addVersion(rolledBack)
	if err != nil {
		if !slices.ContainsFunc(notCarried, func(want error) bool { return errors.Is(err, want) }) {
			t.Errorf("carrying %d to %d: %v, want one of %v", n, m, err, notCarried)
		}
		return
	}
	if d := difference(got, r); d != "" {
		t.Fatalf("carrying %d to %d: the review is not as it is to be recorded:\n%s", n, m, d)
	}
	t.record(got)
}

// carried returns the request to carry the approval of n to m, a version that
// has no rows yet.
func (t *approverT) carried(m, n assets.Number) assets.Review {
	r := t.review(assets.ActionApprove, n)
	r.Version, r.CarriedFrom = m, n
	return r
}
