package assetstest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
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
