package assetstest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

// maxApprovers is the number of people who approve one version at most.
const maxApprovers = 10

// TestApprover tests an [assets.Approver] against the rules that no policy may
// change: which version a decision is about, which transitions exist, what
// counts as in effect already, and who must not approve or withdraw an
// approval. open returns a new Approver for each subtest; subtests run in
// parallel.
//
// A policy may be stricter than the default, under two conditions: a version
// that its creator submitted is approved when at most ten other users, with
// every scope, have approved it; and users may take every other decision that
// the table of statuses allows. If it is an [assets.GuestDecider] that lets guests decide,
// a guest's decision must count as one of who invited them.
func TestApprover[A assets.Approver](t *testing.T, open func(t *testing.T) A) {
	for _, group := range [][]approverCase{approvingCases, decidingCases, refusingCases} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(newApproverT(t, open(t)))
			})
		}
	}
	for _, c := range guestCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			approver := open(t)
			if policy, ok := any(approver).(assets.GuestDecider); ok && policy.GuestsDecide() {
				c.run(newApproverT(t, approver))
			}
		})
	}
}

type approverCase struct {
	name string
	run  func(*approverT)
}

// approverT is a subtest with its own policy and one draft.
type approverT struct {
	*testing.T
	*singleAsset
	approver assets.Approver
}

func newApproverT(t *testing.T, approver assets.Approver) *approverT {
	a := &approverT{T: t, singleAsset: newSingleAsset(), approver: approver}
	a.newVersion()
	return a
}

// newVersion adds a version by maker.
func (t *approverT) newVersion() {
	v := content(fmt.Sprintf("%064x", len(t.versions)+1))
	v.CreatedBy = "maker"
	t.addVersion(v)
}

func maker() assets.Actor { return User(singleWorkspace, "maker") }

func person(i int) assets.Actor { return User(singleWorkspace, fmt.Sprintf("person-%d", i)) }

// review returns a decision on version n that names its digest. With n = 0 it
// names neither.
func (t *approverT) review(action assets.Action, n assets.Number) assets.Review {
	r := assets.Review{Action: action, Version: n, Comment: "because", Via: assets.ViaGo}
	if n > 0 && int(n) <= len(t.versions) {
		r.SHA256 = t.versions[n-1].Content.SHA256
	}
	return r
}

// decide calls Decide twice with the same arguments. Both calls must return the
// same, change nothing, and fail only with errors of the contract.
func (t *approverT) decide(by assets.Actor, r assets.Review) (assets.Review, error) {
	t.Helper()
	r.By, r.ByKind = by.Subject, by.Kind
	before := t.asset
	before.Tags = assets.Tags{"lang": {"en"}}
	got, err := t.approver.Decide(t.Context(), t.singleAsset, by, &t.asset, r)
	again, errAgain := t.approver.Decide(t.Context(), t.singleAsset, by, &t.asset, r)
	if d := difference(again, got); d != "" || assets.Code(err) != assets.Code(errAgain) {
		t.Errorf("%s twice: %v and %v\n%s", r.Action, err, errAgain, d)
	}
	if d := difference(t.asset, before); d != "" {
		t.Errorf("%s: Decide changed the asset:\n%s", r.Action, d)
	}
	if err != nil && !errors.Is(err, assets.ErrUnchanged) && assets.Code(err) == "internal_error" {
		t.Errorf("%s: Decide fails: %v", r.Action, err)
	}
	return got, err
}

// accepts requires that the decision is accepted and returned complete, and
// applies it to the asset.
func (t *approverT) accepts(by assets.Actor, r assets.Review, to ...assets.Status) assets.Review {
	t.Helper()
	got, err := t.decide(by, r)
	if err != nil {
		t.Fatalf("%s of version %d on a %s asset: %v", r.Action, r.Version, t.asset.Status, err)
	}
	want := r
	want.By, want.ByKind, want.FromStatus, want.ToStatus = by.Subject, by.Kind, t.asset.Status, got.ToStatus
	if want.Version == 0 {
		want.Version = t.asset.CurrentVersion
	}
	want.SHA256 = t.versions[want.Version-1].Content.SHA256
	if d := difference(got, want); d != "" {
		t.Fatalf("%s: the review is not as it is to be recorded:\n%s", r.Action, d)
	}
	if !slices.Contains(to, got.ToStatus) {
		t.Fatalf("%s from %s leads to %s, want %v", r.Action, t.asset.Status, got.ToStatus, to)
	}
	t.record(got)
	return got
}

// refuses requires that the decision is refused with one of the errors.
func (t *approverT) refuses(by assets.Actor, r assets.Review, wants ...error) {
	t.Helper()
	got, err := t.decide(by, r)
	if slices.ContainsFunc(wants, func(want error) bool { return errors.Is(err, want) }) {
		return
	}
	t.Errorf("%s of version %d by %s (%s) on a %s asset: %+v, %v; want %v",
		r.Action, r.Version, by.Subject, by.Kind, t.asset.Status, got, err, wants)
}

// inEffect requires ErrUnchanged and the review of version n that has decided
// the same.
func (t *approverT) inEffect(by assets.Actor, r assets.Review, n assets.Number) {
	t.Helper()
	got, err := t.decide(by, r)
	if !errors.Is(err, assets.ErrUnchanged) {
		t.Errorf("%s again: %+v, %v; want ErrUnchanged", r.Action, got, err)
		return
	}
	if got.Version != n || got.SHA256 != t.versions[n-1].Content.SHA256 {
		t.Errorf("%s again: the review in effect is %+v, want one of version %d", r.Action, got, n)
	}
}

func (t *approverT) submit() {
	t.Helper()
	t.accepts(maker(), t.review(assets.ActionSubmit, 0), assets.StatusPendingReview)
}

// approve submits the current version and approves it. It returns the number
// of people needed.
func (t *approverT) approve() int {
	t.Helper()
	t.submit()
	return t.signOff()
}

// signOff lets one person after the other approve the submitted version until
// it is approved. It returns their number.
func (t *approverT) signOff() int {
	t.Helper()
	n := t.asset.CurrentVersion
	for i := range maxApprovers {
		got := t.accepts(person(i), t.review(assets.ActionApprove, n), assets.StatusPendingReview, assets.StatusApproved)
		if got.ToStatus == assets.StatusApproved {
			return i + 1
		}
	}
	t.Fatalf("the approvals of %d users do not approve", maxApprovers)
	return 0
}

// approveAllButOne lets one person fewer approve than needed.
func (t *approverT) approveAllButOne(needed int) {
	t.Helper()
	n := t.asset.CurrentVersion
	for i := range needed - 1 {
		t.accepts(person(i), t.review(assets.ActionApprove, n), assets.StatusPendingReview)
	}
}

// approvingCases lead to an approval, or show what does not count as one.
var approvingCases = []approverCase{
	{"enough users approve what was submitted", func(t *approverT) { t.approve() }},
	{"without a version, exactly what was submitted", func(t *approverT) {
		needed := t.approve()
		t.newVersion()
		t.submit()
		for i := range needed {
			t.accepts(person(i), t.review(assets.ActionApprove, 0), assets.StatusPendingReview, assets.StatusApproved)
		}
		if t.asset.ApprovedVersion != 2 {
			t.Errorf("version %d is in force, want 2", t.asset.ApprovedVersion)
		}
	}},
	{"one subject counts once AUTH04", func(t *approverT) {
		if needed := t.quorum(); needed > 1 {
			t.submit()
			t.accepts(person(0), t.review(assets.ActionApprove, 1), assets.StatusPendingReview)
			other := person(0)
			other.KeyPrefix, other.Scopes = "k2345678", []assets.Scope{assets.ScopeApprove}
			t.inEffect(other, t.review(assets.ActionApprove, 1), 1)
		}
	}},
	{"approvals of the version before do not count APR03", func(t *approverT) {
		needed := t.quorum()
		t.submit()
		t.approveAllButOne(needed)
		t.newVersion()
		t.submit()
		t.approveAllButOne(needed)
	}},
	{"approvals count since changes were requested", func(t *approverT) {
		needed := t.quorum()
		t.submit()
		t.approveAllButOne(needed)
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.submit()
		t.approveAllButOne(needed)
	}},
	{"approvals count since the archive", func(t *approverT) {
		needed := t.quorum()
		t.submit()
		t.approveAllButOne(needed)
		t.accepts(person(0), t.review(assets.ActionArchive, 1), assets.StatusArchived)
		t.accepts(person(0), t.review(assets.ActionReopen, 1), assets.StatusDraft)
		t.submit()
		t.approveAllButOne(needed)
	}},
	{"a withdrawn approval can be given again", func(t *approverT) {
		t.approve()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.approve()
	}},
	{"many goroutines decide at once", func(t *approverT) {
		t.submit()
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				mine := newApproverT(t.T, t.approver)
				mine.record(assets.Review{Version: 1, Action: assets.ActionSubmit, ToStatus: assets.StatusPendingReview, By: "maker", ByKind: assets.KindUser})
				if _, err := mine.decide(person(i), mine.review(assets.ActionApprove, 1)); err != nil {
					t.Errorf("approve: %v", err)
				}
			})
		}
		group.Wait()
	}},
}

// quorum returns the number of approvals that the policy needs, found on
// another asset.
func (t *approverT) quorum() int {
	t.Helper()
	return newApproverT(t.T, t.approver).approve()
}

// decidingCases are the other decisions, and decisions already in effect.
var decidingCases = []approverCase{
	{"submit again when a newer version arrived", func(t *approverT) {
		t.submit()
		t.newVersion()
		t.submit()
		t.inEffect(maker(), t.review(assets.ActionSubmit, 2), 2)
	}},
	{"request changes of the current version", func(t *approverT) {
		t.submit()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 0), assets.StatusDraft)
		t.approve()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
	}},
	{"request changes of an approved version beside newer work APR05", func(t *approverT) {
		t.approve()
		t.newVersion()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.inEffect(person(0), t.review(assets.ActionRequestChanges, 1), 1)
	}},
	{"request changes of a superseded version", func(t *approverT) {
		t.approve()
		t.newVersion()
		t.approve()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusApproved)
	}},
	{"archive and reopen", func(t *approverT) {
		t.approve()
		t.accepts(person(0), t.review(assets.ActionArchive, 0), assets.StatusArchived)
		t.inEffect(person(1), t.review(assets.ActionArchive, 1), 1)
		t.accepts(person(0), t.review(assets.ActionReopen, 0), assets.StatusDraft)
		t.inEffect(person(1), t.review(assets.ActionReopen, 1), 1)
	}},
	{"approving again is in effect APR14", func(t *approverT) {
		t.approve()
		for _, r := range []assets.Review{t.review(assets.ActionApprove, 0), t.review(assets.ActionApprove, 1)} {
			t.inEffect(person(0), r, 1)
			t.inEffect(person(maxApprovers), r, 1)
		}
		t.newVersion()
		t.inEffect(person(0), t.review(assets.ActionApprove, 1), 1)
	}},
	{"requesting changes again is in effect APR14", func(t *approverT) {
		t.submit()
		t.accepts(person(0), t.review(assets.ActionRequestChanges, 1), assets.StatusDraft)
		t.inEffect(person(0), t.review(assets.ActionRequestChanges, 0), 1)
		t.refuses(person(1), t.review(assets.ActionRequestChanges, 1), assets.ErrInvalidTransition)
	}},
	{"a failing back end is passed on, never decided", func(t *approverT) {
		t.approve()
		t.newVersion()
		for _, r := range []assets.Review{
			t.review(assets.ActionSubmit, 2), t.review(assets.ActionApprove, 1), t.review(assets.ActionApprove, 2),
			t.review(assets.ActionRequestChanges, 1), t.review(assets.ActionArchive, 2), t.carried(3, 1),
		} {
			t.failEachRead(r)
		}
	}},
}

// failEachRead calls Decide with the first read failing, then with the second,
// and so on.
func (t *approverT) failEachRead(r assets.Review) {
	t.Helper()
	defer func() { t.failing = 0 }()
	for t.failing = 1; ; t.failing++ {
		t.reads = 0
		_, err := t.approver.Decide(t.Context(), t.singleAsset, person(0), &t.asset, r)
		if t.reads < t.failing {
			return
		}
		if code := assets.Code(err); code != "unavailable" {
			t.Errorf("%s with read %d failing: %v (%s), want ErrUnavailable", r.Action, t.failing, err, code)
		}
	}
}
