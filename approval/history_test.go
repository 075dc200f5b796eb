package approval_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// TestVolumeHistories lets several actors decide, add versions and roll back in
// random order while the policy changes, and checks the invariants after each
// step.
func TestVolumeHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &history{T: t, policy: policies().Draw(t, "policy")}
		h.create("ann")
		for range rapid.IntRange(20, 100).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"decide", "decide", "decide", "add version", "roll back", "decide", "policy", "decide"}).Draw(t, "step") {
			case "add version":
				h.addVersion(actors().Draw(t, "creator").Subject)
			case "roll back":
				h.tryRollback()
			case "policy":
				h.policy = policies().Draw(t, "policy")
			default:
				h.decide()
			}
			h.checkInvariants()
		}
	})
}

type history struct {
	*rapid.T
	assetRows
	policy approval.Policy
}

func policies() *rapid.Generator[approval.Policy] {
	return rapid.Custom(func(t *rapid.T) approval.Policy {
		return approval.Policy{
			Quorum:             rapid.IntRange(0, 3).Draw(t, "quorum"),
			ForbidSelfApproval: rapid.Bool().Draw(t, "forbid self-approval"),
			RequireSubmit:      rapid.Bool().Draw(t, "require submit"),
			Kinds:              rapid.SampledFrom([][]assets.Kind{nil, {assets.KindService}, {"robot"}}).Draw(t, "kinds"),
		}
	})
}

func actors() *rapid.Generator[assets.Actor] {
	return rapid.SampledFrom([]assets.Actor{
		user("ann"), user("bob"),
		actor("cid", assets.KindUser, assets.ScopeWrite, assets.ScopeApprove), user("dan"),
		actor("ann", assets.KindService, assets.ScopeAll), // another key of ann's
		actor("ci", assets.KindService, assets.ScopeApprove),
		actor("eve", assets.KindUser, assets.ScopeWrite),
		actor("bot", assets.KindAgent, assets.ScopeAll),
		actor("r2", "robot", assets.ScopeAll),
	})
}

// likelyActions lists every action for every status, the usual ones several
// times.
var likelyActions = map[assets.Status][]assets.Action{
	draft:    {approve, submit, submit, submit, submit, requestChanges, archive, reopen},
	pending:  {approve, approve, approve, approve, approve, approve, requestChanges, requestChanges, submit, archive, reopen},
	approved: {approve, approve, requestChanges, requestChanges, submit, archive, reopen},
	archived: {reopen, reopen, reopen, reopen, archive, approve, submit, requestChanges},
}

func (h *history) decide() {
	by := actors().Draw(h.T, "by")
	ask := assets.Review{Action: rapid.SampledFrom(likelyActions[h.asset.Status]).Draw(h.T, "action"), Comment: "why"}
	if rapid.IntRange(0, 9).Draw(h.T, "current") < 7 {
		ask.Version = h.asset.CurrentVersion
	} else {
		ask.Version = assets.Number(rapid.IntRange(0, len(h.versions)+1).Draw(h.T, "version"))
	}
	if n := int(ask.Version); n > 0 && n <= len(h.versions) && rapid.Bool().Draw(h.T, "named with digest") {
		ask.SHA256 = rapid.SampledFrom([]string{h.versions[n-1].Content.SHA256, digest(99)}).Draw(h.T, "sha256")
	}
	got, err := h.ask(by, ask)
	switch {
	case err == nil:
		h.checkDecision(by, ask, got)
		h.record(by, got)
	case errors.Is(err, assets.ErrUnchanged):
		if got.Version < 1 || got.Version > h.asset.CurrentVersion || got.SHA256 != h.versions[got.Version-1].Content.SHA256 {
			h.Errorf("in effect is %+v", got)
		}
	case got != (assets.Review{}):
		h.Errorf("a review returned with %v: %+v", err, got)
	}
}

func (h *history) tryRollback() {
	by := actors().Draw(h.T, "by")
	n := assets.Number(rapid.IntRange(1, len(h.versions)).Draw(h.T, "to"))
	if rapid.Bool().Draw(h.T, "to the approved version") {
		n = max(1, h.asset.ApprovedVersion)
	}
	m, sha := h.asset.CurrentVersion+1, h.versions[n-1].Content.SHA256
	if h.asset.Status == archived || n == h.asset.CurrentVersion {
		return // the Library refuses this before it calls the policy
	}
	got, err := h.ask(by, carry(m, n, sha))
	if err == nil {
		if h.versions[n-1].Approval != assets.ApprovalGiven || !h.mayApprove(by) || got.ToStatus != approved || got.CarriedFrom != n {
			h.Errorf("carried from %d by %+v: %+v", n, by, got)
		}
		if subjects := h.approvers(n); len(subjects) < max(1, h.policy.Quorum) {
			h.Errorf("carried from %d with approvals of %v only", n, subjects)
		}
	}
	_ = h.rollback(h.policy, by, n)
}

// ask calls Decide twice and checks that both results are equal, that an
// error is a known one, and that nothing was changed.
func (h *history) ask(by assets.Actor, ask assets.Review) (assets.Review, error) {
	before := h.snapshot()
	got, err := h.policy.Decide(context.Background(), &h.assetRows, by, &h.asset, ask)
	again, errAgain := h.policy.Decide(context.Background(), &h.assetRows, by, &h.asset, ask)
	if got != again || fmt.Sprint(err) != fmt.Sprint(errAgain) {
		h.Errorf("Decide = %+v, %v and then %+v, %v", got, err, again, errAgain)
	}
	if err != nil && !errors.Is(err, assets.ErrUnchanged) && assets.Code(err) == "internal_error" {
		h.Errorf("Decide: %v", err)
	}
	if d := cmp.Diff(before.asset, h.asset) + cmp.Diff(before.versions, h.versions) + cmp.Diff(before.reviews, h.reviews); d != "" {
		h.Errorf("Decide changed something:\n%s", d)
	}
	return got, err
}

// checkDecision checks that the policy was right to allow a decision.
func (h *history) checkDecision(by assets.Actor, ask, got assets.Review) {
	a := &h.asset
	if got.FromStatus != a.Status || got.Action != ask.Action ||
		(ask.Version != 0 && got.Version != ask.Version) || (ask.SHA256 != "" && got.SHA256 != ask.SHA256) {
		h.Errorf("asked for %+v, decided %+v on a %s asset", ask, got, a.Status)
	}
	given := got.Version <= a.CurrentVersion && h.versions[got.Version-1].Approval == assets.ApprovalGiven
	switch got.Action {
	case approve:
		h.checkApproval(by, ask, got)
	case requestChanges:
		if given && !h.mayApprove(by) {
			h.Errorf("%+v withdraws the approval of version %d", by, got.Version)
		}
		if got.Version != a.CurrentVersion && (!given || got.ToStatus != a.Status) {
			h.Errorf("changes requested of version %d: %+v", got.Version, got)
		}
	case archive:
		if slices.ContainsFunc(h.versions, func(v assets.Version) bool { return v.Approval == assets.ApprovalGiven }) && !h.mayApprove(by) {
			h.Errorf("%+v archives an approved version", by)
		}
	}
	if got.Action != approve && got.ToStatus == approved && (got.Action != requestChanges || a.Status != approved) {
		h.Errorf("%s makes the asset approved", got.Action)
	}
}

func (h *history) checkApproval(by assets.Actor, ask, got assets.Review) {
	a := &h.asset
	if got.Version != a.CurrentVersion || got.SHA256 != a.Content.SHA256 || a.Status == archived || a.Status == approved {
		h.Errorf("on a %s asset at version %d decided %+v", a.Status, a.CurrentVersion, got)
	}
	if ask.Version == 0 && (a.Status != pending || a.Submitted.Version != got.Version) {
		h.Errorf("unnamed, version %d is approved, submitted is %d", got.Version, a.Submitted.Version)
	}
	if !h.mayApprove(by) || h.policy.ForbidSelfApproval && h.versions[got.Version-1].CreatedBy == by.Subject {
		h.Errorf("%+v approves version %d of %s", by, got.Version, h.versions[got.Version-1].CreatedBy)
	}
	if h.policy.RequireSubmit && a.Submitted.Version != got.Version {
		h.Errorf("version %d is approved, submitted is %d", got.Version, a.Submitted.Version)
	}
	subjects := h.approvers(got.Version)
	subjects[by.Subject] = true
	if reached := len(subjects) >= max(1, h.policy.Quorum); reached != (got.ToStatus == approved) {
		h.Errorf("approvals of %v of %d lead to %s", subjects, h.policy.Quorum, got.ToStatus)
	}
}

// mayApprove is the rule about kinds and scopes, written independently.
func (h *history) mayApprove(by assets.Actor) bool {
	person := by.Kind == assets.KindUser || by.Kind != "robot" && slices.Contains(h.policy.Kinds, by.Kind)
	return person && (slices.Contains(by.Scopes, assets.ScopeApprove) || slices.Contains(by.Scopes, assets.ScopeAll))
}

// approvers counts approvals independently: from the first review on instead
// of from the last reset backwards.
func (h *history) approvers(n assets.Number) map[string]bool {
	subjects := map[string]bool{}
	for _, r := range h.reviews {
		own := h.policy.ForbidSelfApproval && h.versions[n-1].CreatedBy == r.By
		switch {
		case r.Version != n:
		case r.Action == requestChanges, r.Action == archive, r.Action == reopen:
			clear(subjects)
		case r.CarriedFrom != 0:
			maps.Copy(subjects, h.approvers(r.CarriedFrom))
		case r.Action == approve && !own && h.mayApprove(actor(r.By, r.ByKind, assets.ScopeAll)):
			subjects[r.By] = true
		}
	}
	return subjects
}

// checkInvariants checks what holds between two decisions.
func (h *history) checkInvariants() {
	a := &h.asset
	if (a.Status == approved) != (a.ApprovedVersion == a.CurrentVersion) {
		h.Errorf("a %s asset at version %d has the approved version %d", a.Status, a.CurrentVersion, a.ApprovedVersion)
	}
	if n := a.ApprovedVersion; n != 0 && h.versions[n-1].Approval != assets.ApprovalGiven {
		h.Errorf("version %d is approved, its approval is %q", n, h.versions[n-1].Approval)
	}
	if a.Status == archived && a.ApprovedVersion != 0 {
		h.Error("an archived asset has an approved version")
	}
}
