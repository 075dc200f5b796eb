package assetstest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

// mostApprovers is how many people the suite lets approve one version.
const mostApprovers = 10

// TestApprover judges an [assets.Approver] by what the contract leaves to no
// policy: which version a decision is about, which transitions there are, what
// is in effect, and that nobody approves or un-approves who may not. open
// answers a fresh one for each subtest; subtests run in parallel.
//
// A policy may be stricter than the default, as long as a version that its
// creator submitted is approved once up to ten other users, with every scope,
// have done so, and users may decide otherwise as the table of statuses says.
func TestApprover[A assets.Approver](t *testing.T, open func(t *testing.T) A) {
	for _, group := range [][]approverCase{approvingCases, decidingCases, refusingCases} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(newApproverT(t, open(t)))
			})
		}
	}
}

type approverCase struct {
	name string
	run  func(*approverT)
}

// approverT is a subtest with its fresh policy and one draft.
type approverT struct {
	*testing.T
	*oneAsset
	approver assets.Approver
}

func newApproverT(t *testing.T, approver assets.Approver) *approverT {
	a := &approverT{T: t, oneAsset: newOneAsset(), approver: approver}
	a.newer()
	return a
}

// newer makes a new version arrive, of maker.
func (t *approverT) newer() {
	v := content(fmt.Sprintf("%064x", len(t.versions)+1))
	v.CreatedBy = "maker"
	t.arrive(v)
}

func maker() assets.Actor { return User(oneWorkspace, "maker") }

func person(i int) assets.Actor { return User(oneWorkspace, fmt.Sprintf("person-%d", i)) }

// about is a decision on a version with its digest named; on 0 names none.
func (t *approverT) about(action assets.Action, n assets.Number) assets.Review {
	r := assets.Review{Action: action, Version: n, Comment: "because", Via: assets.ViaGo}
	if n > 0 && int(n) <= len(t.versions) {
		r.SHA256 = t.versions[n-1].Content.SHA256
	}
	return r
}

// ask asks the same twice, which must answer the same, change nothing, and
// fail only with errors of the contract.
func (t *approverT) ask(by assets.Actor, r assets.Review) (assets.Review, error) {
	t.Helper()
	r.By, r.ByKind = by.Subject, by.Kind
	before := t.asset
	before.Tags = assets.Tags{"lang": {"en"}}
	got, err := t.approver.Decide(t.Context(), t.oneAsset, by, &t.asset, r)
	again, errAgain := t.approver.Decide(t.Context(), t.oneAsset, by, &t.asset, r)
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

// does requires a decision to be accepted and complete, and carries it out.
func (t *approverT) does(by assets.Actor, r assets.Review, to ...assets.Status) assets.Review {
	t.Helper()
	got, err := t.ask(by, r)
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
		t.Fatalf("%s from %s answers %s, want %v", r.Action, t.asset.Status, got.ToStatus, to)
	}
	t.record(got)
	return got
}

// refused requires one of the errors.
func (t *approverT) refused(by assets.Actor, r assets.Review, wants ...error) {
	t.Helper()
	got, err := t.ask(by, r)
	if slices.ContainsFunc(wants, func(want error) bool { return errors.Is(err, want) }) {
		return
	}
	t.Errorf("%s of version %d by %s (%s) on a %s asset answers %+v, %v; want %v",
		r.Action, r.Version, by.Subject, by.Kind, t.asset.Status, got, err, wants)
}

// inEffect requires ErrUnchanged, with the review that is.
func (t *approverT) inEffect(by assets.Actor, r assets.Review, n assets.Number) {
	t.Helper()
	got, err := t.ask(by, r)
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
	t.does(maker(), t.about(assets.ActionSubmit, 0), assets.StatusPendingReview)
}

// approve submits the current version and has it approved. It answers how
// many people that took.
func (t *approverT) approve() int {
	t.Helper()
	t.submit()
	return t.signOff()
}

// signOff lets people approve the submitted version until it is approved.
func (t *approverT) signOff() int {
	t.Helper()
	n := t.asset.CurrentVersion
	for i := range mostApprovers {
		got := t.does(person(i), t.about(assets.ActionApprove, n), assets.StatusPendingReview, assets.StatusApproved)
		if got.ToStatus == assets.StatusApproved {
			return i + 1
		}
	}
	t.Fatalf("the approvals of %d users do not approve", mostApprovers)
	return 0
}

// fallShort lets one fewer approve than needed.
func (t *approverT) fallShort(needed int) {
	t.Helper()
	n := t.asset.CurrentVersion
	for i := range needed - 1 {
		t.does(person(i), t.about(assets.ActionApprove, n), assets.StatusPendingReview)
	}
}
