package assetstest

import (
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// What no policy may let happen.
var refusingCases = []approverCase{
	{"APR02 nothing is submitted", func(t *approverT) {
		t.refused(person(0), t.about(assets.ActionApprove, 0), assets.ErrInvalidTransition)
	}},
	{"APR02 a newer version arrived since the submit", func(t *approverT) {
		t.submit()
		t.newer()
		t.refused(person(0), t.about(assets.ActionApprove, 0), assets.ErrVersionConflict)
		t.refused(person(0), t.about(assets.ActionRequestChanges, 0), assets.ErrVersionConflict)
	}},
	{"a version that is not current", func(t *approverT) {
		t.submit()
		t.newer()
		for _, n := range []assets.Number{1, 3} {
			for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges, assets.ActionArchive} {
				r := t.about(action, n)
				t.refused(person(0), r, assets.ErrVersionConflict)
				r.SHA256 = ""
				t.refused(person(0), r, assets.ErrVersionConflict)
			}
		}
	}},
	{"another digest", func(t *approverT) {
		other := func(action assets.Action, n assets.Number) assets.Review {
			r := t.about(action, n)
			r.SHA256 = content("other").Content.SHA256
			return r
		}
		t.submit()
		for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges, assets.ActionArchive} {
			t.refused(person(0), other(action, 1), assets.ErrVersionConflict)
		}
		t.signOff()
		t.refused(person(0), other(assets.ActionApprove, 1), assets.ErrVersionConflict)
		t.newer()
		t.refused(person(0), other(assets.ActionApprove, 1), assets.ErrVersionConflict)
		t.refused(person(0), other(assets.ActionRequestChanges, 1), assets.ErrVersionConflict)
	}},
	{"a superseded version is not approved again", func(t *approverT) {
		t.approve()
		t.newer()
		t.approve()
		t.refused(person(0), t.about(assets.ActionApprove, 1), assets.ErrVersionConflict)
	}},
	{"transitions there are not", func(t *approverT) {
		t.refused(person(0), t.about(assets.ActionRequestChanges, 1), assets.ErrInvalidTransition)
		t.submit()
		t.refused(person(0), t.about(assets.ActionReopen, 1), assets.ErrInvalidTransition)
		t.signOff()
		t.refused(person(0), t.about(assets.ActionSubmit, 1), assets.ErrInvalidTransition)
		t.refused(person(0), t.about(assets.ActionReopen, 1), assets.ErrInvalidTransition)
		t.does(person(0), t.about(assets.ActionArchive, 1), assets.StatusArchived)
		for _, action := range []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges} {
			t.refused(person(0), t.about(action, 1), assets.ErrInvalidTransition)
		}
	}},
	{"a draft that was sent back has to be submitted again", func(t *approverT) {
		t.submit()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.refused(person(1), t.about(assets.ActionApprove, 1), assets.ErrInvalidTransition)
	}},
	{"AUTH05 no scope lifts the rule about kinds", func(t *approverT) {
		robot := person(0)
		robot.Kind = "robot"
		if err := t.approver.Admit(robot, t.about(assets.ActionApprove, 1)); !errors.Is(err, assets.ErrKindCannotApprove) {
			t.Errorf("Admit of an unknown kind: %v, want ErrKindCannotApprove", err)
		}
		if err := t.approver.Admit(person(0), t.about(assets.ActionApprove, 1)); err != nil {
			t.Errorf("Admit of a user: %v", err)
		}
		t.approve()
		t.newer()
		t.refused(robot, t.carried(3, 1), assets.ErrKindCannotApprove)
		t.refused(robot, t.about(assets.ActionArchive, 2), assets.ErrKindCannotApprove)
		t.refused(robot, t.about(assets.ActionRequestChanges, 1), assets.ErrKindCannotApprove)
	}},
	{"APR16 who may not approve takes nothing away", func(t *approverT) {
		writer := User(oneWorkspace, "writer")
		writer.Scopes = []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
		t.approve()
		t.refused(writer, t.about(assets.ActionArchive, 1), assets.ErrForbiddenScope)
		t.refused(writer, t.about(assets.ActionRequestChanges, 1), assets.ErrForbiddenScope)
		t.newer()
		t.refused(writer, t.about(assets.ActionArchive, 2), assets.ErrForbiddenScope)
		t.refused(writer, t.about(assets.ActionRequestChanges, 1), assets.ErrForbiddenScope)
		t.approve()
		t.does(person(0), t.about(assets.ActionRequestChanges, 2), assets.StatusDraft)
		t.refused(writer, t.about(assets.ActionArchive, 2), assets.ErrForbiddenScope) // 1 is still given
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.does(writer, t.about(assets.ActionArchive, 2), assets.StatusArchived)
	}},
	{"APR06 an approval is carried whole or not at all", func(t *approverT) {
		writer := User(oneWorkspace, "writer")
		writer.Scopes = []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
		t.approve()
		t.newer()
		t.refused(writer, t.carried(3, 1), assets.ErrForbiddenScope)
		t.carries(person(0), 3, 1)
		t.newer()
		t.carries(person(0), 5, 3)
	}},
	{"APR04 APR05 what is not given is not carried", func(t *approverT) {
		t.newer()
		t.refused(person(0), t.carried(3, 1), notCarried...)
		t.approve()
		t.newer()
		t.does(person(0), t.about(assets.ActionRequestChanges, 2), assets.StatusDraft)
		t.refused(person(0), t.carried(4, 2), notCarried...)
		t.approve()
		t.does(person(0), t.about(assets.ActionArchive, 3), assets.StatusArchived)
		t.refused(person(0), t.carried(4, 3), notCarried...)
		t.does(person(0), t.about(assets.ActionReopen, 3), assets.StatusDraft)
		t.newer()
		t.refused(person(0), t.carried(5, 3), notCarried...)
	}},
}

// notCarried are the errors that leave a rollback a draft.
var notCarried = []error{
	assets.ErrInvalidTransition, assets.ErrForbiddenScope, assets.ErrKindCannotApprove, assets.ErrSelfApproval, assets.ErrRefused,
}

// carries rolls back to n, with its approval if the policy lets it be carried.
func (t *approverT) carries(by assets.Actor, m, n assets.Number) {
	t.Helper()
	r := t.carried(m, n)
	got, err := t.ask(by, r)
	rolledBack := t.versions[n-1]
	rolledBack.Approval, rolledBack.RolledBackFrom, rolledBack.CreatedBy = assets.ApprovalNone, n, by.Subject
	r.By, r.ByKind, r.FromStatus, r.ToStatus = by.Subject, by.Kind, t.asset.Status, assets.StatusApproved
	t.arrive(rolledBack)
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

// carried asks to carry n's approval to m, a version that has no rows yet.
func (t *approverT) carried(m, n assets.Number) assets.Review {
	r := t.about(assets.ActionApprove, n)
	r.Version, r.CarriedFrom = m, n
	return r
}
