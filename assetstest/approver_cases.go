package assetstest

import (
	"sync"

	"github.com/10ex/assets"
)

// What leads to an approval.
var approvingCases = []approverCase{
	{"enough users approve what was submitted", func(t *approverT) { t.approve() }},
	{"without a version, exactly what was submitted", func(t *approverT) {
		needed := t.approve()
		t.newer()
		t.submit()
		for i := range needed {
			t.does(person(i), t.about(assets.ActionApprove, 0), assets.StatusPendingReview, assets.StatusApproved)
		}
		if t.asset.ApprovedVersion != 2 {
			t.Errorf("version %d is in force, want 2", t.asset.ApprovedVersion)
		}
	}},
	{"AUTH04 one subject counts once", func(t *approverT) {
		if needed := t.measure(); needed > 1 {
			t.submit()
			t.does(person(0), t.about(assets.ActionApprove, 1), assets.StatusPendingReview)
			other := person(0)
			other.KeyPrefix, other.Scopes = "k2345678", []assets.Scope{assets.ScopeApprove}
			t.inEffect(other, t.about(assets.ActionApprove, 1), 1)
		}
	}},
	{"APR03 approvals of the version before do not count", func(t *approverT) {
		needed := t.measure()
		t.submit()
		t.fallShort(needed)
		t.newer()
		t.submit()
		t.fallShort(needed)
	}},
	{"approvals count since changes were requested", func(t *approverT) {
		needed := t.measure()
		t.submit()
		t.fallShort(needed)
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.submit()
		t.fallShort(needed)
	}},
	{"approvals count since the archive", func(t *approverT) {
		needed := t.measure()
		t.submit()
		t.fallShort(needed)
		t.does(person(0), t.about(assets.ActionArchive, 1), assets.StatusArchived)
		t.does(person(0), t.about(assets.ActionReopen, 1), assets.StatusDraft)
		t.submit()
		t.fallShort(needed)
	}},
	{"a withdrawn approval can be given again", func(t *approverT) {
		t.approve()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.approve()
	}},
	{"many goroutines ask at once", func(t *approverT) {
		t.submit()
		var asking sync.WaitGroup
		for i := range 8 {
			asking.Go(func() {
				mine := newApproverT(t.T, t.approver)
				mine.record(assets.Review{Version: 1, Action: assets.ActionSubmit, ToStatus: assets.StatusPendingReview, By: "maker", ByKind: assets.KindUser})
				if _, err := mine.ask(person(i), mine.about(assets.ActionApprove, 1)); err != nil {
					t.Errorf("approve: %v", err)
				}
			})
		}
		asking.Wait()
	}},
}

// measure answers how many approvals the policy wants, on an asset apart.
func (t *approverT) measure() int {
	t.Helper()
	return newApproverT(t.T, t.approver).approve()
}

// The other decisions, and what is in effect.
var decidingCases = []approverCase{
	{"submit again when a newer version arrived", func(t *approverT) {
		t.submit()
		t.newer()
		t.submit()
		t.inEffect(maker(), t.about(assets.ActionSubmit, 2), 2)
	}},
	{"request changes of the current version", func(t *approverT) {
		t.submit()
		t.does(person(0), t.about(assets.ActionRequestChanges, 0), assets.StatusDraft)
		t.approve()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
	}},
	{"APR05 request changes of an approved version beside newer work", func(t *approverT) {
		t.approve()
		t.newer()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.inEffect(person(0), t.about(assets.ActionRequestChanges, 1), 1)
	}},
	{"request changes of a superseded version", func(t *approverT) {
		t.approve()
		t.newer()
		t.approve()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusApproved)
	}},
	{"archive and reopen", func(t *approverT) {
		t.approve()
		t.does(person(0), t.about(assets.ActionArchive, 0), assets.StatusArchived)
		t.inEffect(person(1), t.about(assets.ActionArchive, 1), 1)
		t.does(person(0), t.about(assets.ActionReopen, 0), assets.StatusDraft)
		t.inEffect(person(1), t.about(assets.ActionReopen, 1), 1)
	}},
	{"APR14 approving again is in effect", func(t *approverT) {
		t.approve()
		for _, r := range []assets.Review{t.about(assets.ActionApprove, 0), t.about(assets.ActionApprove, 1)} {
			t.inEffect(person(0), r, 1)
			t.inEffect(person(mostApprovers), r, 1)
		}
		t.newer()
		t.inEffect(person(0), t.about(assets.ActionApprove, 1), 1)
	}},
	{"APR14 requesting changes again is in effect", func(t *approverT) {
		t.submit()
		t.does(person(0), t.about(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.inEffect(person(0), t.about(assets.ActionRequestChanges, 0), 1)
		t.refused(person(1), t.about(assets.ActionRequestChanges, 1), assets.ErrInvalidTransition)
	}},
	{"a failing back end is passed on, never decided", func(t *approverT) {
		t.approve()
		t.newer()
		for _, r := range []assets.Review{
			t.about(assets.ActionSubmit, 2), t.about(assets.ActionApprove, 1), t.about(assets.ActionApprove, 2),
			t.about(assets.ActionRequestChanges, 1), t.about(assets.ActionArchive, 2), t.carried(3, 1),
		} {
			t.failEachRead(r)
		}
	}},
}

// failEachRead asks with the first read failing, then the second, and so on.
func (t *approverT) failEachRead(r assets.Review) {
	t.Helper()
	defer func() { t.failing = 0 }()
	for t.failing = 1; ; t.failing++ {
		t.reads = 0
		_, err := t.approver.Decide(t.Context(), t.oneAsset, person(0), &t.asset, r)
		if t.reads < t.failing {
			return
		}
		if code := assets.Code(err); code != "unavailable" {
			t.Errorf("%s with read %d failing: %v (%s), want ErrUnavailable", r.Action, t.failing, err, code)
		}
	}
}
