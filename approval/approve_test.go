package approval_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

func TestApprove(t *testing.T) {
	t.Parallel()
	no := outcome{err: assets.ErrInvalidTransition}
	runCases(t, []testCase{
		{"approve the submitted version", approval.Policy{}, underReview, request{action: approve}, outcome{to: approved, version: 1}},
		{"approve a named draft", approval.Policy{}, newDraft, request{action: approve, version: 1}, outcome{to: approved, version: 1}},
		{"approve a named draft that was reopened", approval.Policy{}, reopenedAsset, request{action: approve, version: 1}, outcome{to: approved, version: 1}},
		{"approve a named draft whose last review requests changes", approval.Policy{}, changesRequested, request{action: approve, version: 1}, no},
		{"approve a named newer version than the submitted", approval.Policy{}, newerThanSubmitted, request{action: approve, version: 2}, outcome{to: approved, version: 2}},
		{"approve a newer draft beside an approved version", approval.Policy{}, newerDraft, request{action: approve, version: 2}, outcome{to: approved, version: 2}},
		{"approve an archived asset", approval.Policy{}, archivedAsset, request{action: approve, version: 1}, no},
		{"approve an archived asset, unnamed", approval.Policy{}, archivedAsset, request{action: approve}, no},
	})
}

// A rollback appends a version and asks whether the approval of its source
// may be carried over.
func TestCarryOver(t *testing.T) {
	t.Parallel()
	type numbers = []assets.Number
	maker, writer := user("maker"), actor("eve", assets.KindUser, assets.ScopeWrite)
	agent, service := actor("bot", assets.KindAgent, assets.ScopeAll), actor("ci", assets.KindService, assets.ScopeApprove)
	given := func(status assets.Status, n assets.Number, reviews ...assets.Review) state {
		return state{status: status, current: 2, approved: n, given: numbers{n}, reviews: reviews}
	}
	bob, cid, sent := reviewed("bob", approve, 1), reviewed("cid", approve, 1), reviewed("maker", submit, 1)
	once := given(draft, 1, sent, bob)
	unsubmitted := given(draft, 1, bob)
	resubmitted := given(draft, 1, sent, reviewed("bob", requestChanges, 1), bob)
	twice := given(draft, 1, sent, bob, cid)
	selfApproved := given(draft, 1, sent, reviewed("maker", approve, 1))
	byAgent := given(draft, 1, sent, byKind(bob, assets.KindAgent))
	halfAfterReset := given(draft, 1, sent, bob, reviewed("cid", requestChanges, 1), sent, cid)
	carriedOnce := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(sent, bob, carried("maker", 2, 1))}
	carriedAndDirect := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(sent, bob, carried("maker", 2, 1), reviewed("cid", approve, 2))}
	sourceWithdrawn := state{status: draft, current: 3, approved: 2, given: numbers{2}, withdrawn: numbers{1}, reviews: list(sent, bob, carried("maker", 2, 1), reviewed("cid", requestChanges, 1))}
	circle := state{status: draft, current: 3, approved: 2, given: numbers{1, 2}, reviews: list(carried("bob", 1, 2), carried("bob", 2, 1))}
	withdrawnAsset := state{status: draft, current: 2, withdrawn: numbers{1}, reviews: list(sent, bob, reviewed("cid", requestChanges, 1))}

	for _, c := range []struct {
		name   string
		policy approval.Policy
		state  state
		by     assets.Actor
		from   assets.Number
		want   error
	}{
		{"from a draft", approval.Policy{}, once, user("ann"), 1, nil},
		{"from under review", approval.Policy{}, given(pending, 1, sent, bob), user("ann"), 1, nil},
		{"while another version is approved", approval.Policy{}, approvedTwice, user("ann"), 1, nil},
		{"by the creator, if others approved", approval.Policy{ForbidSelfApproval: true}, once, maker, 1, nil},
		{"by a service, if services may approve", approval.Policy{Kinds: list(assets.KindService)}, once, service, 1, nil},
		{"quorum reached", approval.Policy{Quorum: 2}, twice, user("ann"), 1, nil},
		{"submitted, if the policy requires it", approval.Policy{RequireSubmit: true}, once, user("ann"), 1, nil},
		{"followed to the version it came from", approval.Policy{RequireSubmit: true, ForbidSelfApproval: true}, carriedOnce, user("ann"), 2, nil},
		{"followed, and counted with direct approvals", approval.Policy{Quorum: 2}, carriedAndDirect, user("ann"), 2, nil},

		{"by a write-only key APR06", approval.Policy{}, once, writer, 1, assets.ErrForbiddenScope},
		{"by an agent with every scope AUTH05", approval.Policy{}, once, agent, 1, assets.ErrKindCannotApprove},
		{"quorum raised since APR06", approval.Policy{Quorum: 2}, once, user("ann"), 1, assets.ErrInvalidTransition},
		{"quorum not reached through a carried approval APR06", approval.Policy{Quorum: 2}, carriedOnce, user("ann"), 2, assets.ErrInvalidTransition},
		{"counted since changes were requested APR06", approval.Policy{Quorum: 2}, halfAfterReset, user("ann"), 1, assets.ErrInvalidTransition},
		{"self-approval forbidden since APR06", approval.Policy{ForbidSelfApproval: true}, selfApproved, user("ann"), 1, assets.ErrSelfApproval},
		{"the reviewer's kind may not approve today APR06", approval.Policy{}, byAgent, user("ann"), 1, assets.ErrKindCannotApprove},
		{"not submitted APR06", approval.Policy{RequireSubmit: true}, unsubmitted, user("ann"), 1, assets.ErrInvalidTransition},
		{"submitted only before changes were requested APR06", approval.Policy{RequireSubmit: true}, resubmitted, user("ann"), 1, assets.ErrInvalidTransition},
		{"the host's rule refuses APR06", approval.Policy{Rule: refuse}, once, user("ann"), 1, assets.ErrRefused},
		{"the approval was withdrawn APR05", approval.Policy{}, withdrawnAsset, user("ann"), 1, assets.ErrInvalidTransition},
		{"the approval it came from was withdrawn APR05", approval.Policy{}, sourceWithdrawn, user("ann"), 2, assets.ErrInvalidTransition},
		{"never approved", approval.Policy{}, newerThanSubmitted, user("ann"), 1, assets.ErrInvalidTransition},
		{"no such version", approval.Policy{}, once, user("ann"), 8, assets.ErrInvalidTransition},
		{"archived APR04", approval.Policy{}, archivedAsset, user("ann"), 1, assets.ErrInvalidTransition},
		{"archived with an approval in its rows APR04", approval.Policy{}, inconsistent, user("ann"), 1, assets.ErrInvalidTransition},
		{"approvals carried from each other", approval.Policy{}, circle, user("ann"), 2, assets.ErrInvalidTransition},
		{"transition before scope", approval.Policy{}, withdrawnAsset, writer, 1, assets.ErrInvalidTransition},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := c.state.assetRows()
			proposed := carry(w.asset.CurrentVersion+1, c.from, digest(c.from))
			proposed.Comment, proposed.By = "as before", c.by.Subject
			got, err := c.policy.Decide(t.Context(), w, c.by, &w.asset, proposed)
			if !errors.Is(err, c.want) {
				t.Fatalf("Decide: %v, want %v", err, c.want)
			}
			if c.want != nil {
				return
			}
			proposed.FromStatus, proposed.ToStatus = c.state.status, approved
			if d := cmp.Diff(proposed, got); d != "" {
				t.Errorf("review (-want +got):\n%s", d)
			}
		})
	}
}

// An approval is carried over to a new version with the same content only.
func TestCarryOverChecksVersionAndDigest(t *testing.T) {
	t.Parallel()
	for name, proposed := range map[string]assets.Review{
		"another digest":        carry(3, 1, digest(9)),
		"no digest":             carry(3, 1, ""),
		"a version that exists": carry(2, 1, digest(1)),
		"itself":                carry(1, 1, digest(1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newerDraft.assetRows()
			if got, err := (approval.Policy{}).Decide(t.Context(), w, user("ann"), &w.asset, proposed); !errors.Is(err, assets.ErrVersionConflict) {
				t.Errorf("Decide = %+v, %v; want ErrVersionConflict", got, err)
			}
		})
	}
}

func TestRequireSubmit(t *testing.T) {
	t.Parallel()
	p, no := approval.Policy{RequireSubmit: true}, outcome{err: assets.ErrInvalidTransition}
	runCases(t, []testCase{
		{"a named draft", p, newDraft, request{action: approve, version: 1}, no},
		{"the submitted version", p, underReview, request{action: approve}, outcome{to: approved, version: 1}},
		{"the submitted version, named", p, underReview, request{action: approve, version: 1}, outcome{to: approved, version: 1}},
		{"a newer version than the submitted", p, newerThanSubmitted, request{action: approve, version: 2}, no},
	})
}

func TestApprovalIsNotCarriedOver(t *testing.T) {
	t.Parallel()
	p, ann := approval.Policy{}, user("ann")
	approveCurrent := func(t *testing.T, w *assetRows) {
		t.Helper()
		if _, err := w.review(p, ann, assets.Review{Action: approve, Version: w.asset.CurrentVersion}); err != nil {
			t.Fatal(err)
		}
	}
	checkDraft := func(t *testing.T, w *assetRows, wantApproved assets.Number) {
		t.Helper()
		if w.asset.Status != draft || w.asset.ApprovedVersion != wantApproved {
			t.Errorf("asset is %s with version %d approved, want draft and %d", w.asset.Status, w.asset.ApprovedVersion, wantApproved)
		}
	}
	t.Run("after archiving APR04", func(t *testing.T) {
		t.Parallel()
		w := &assetRows{}
		w.create("maker")
		approveCurrent(t, w)
		w.addVersion("maker")
		approveCurrent(t, w)
		for _, action := range list(archive, reopen) {
			if _, err := w.review(p, ann, assets.Review{Action: action}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.rollback(p, ann, 1); !errors.Is(err, assets.ErrInvalidTransition) {
			t.Errorf("carrying over: %v", err)
		}
		checkDraft(t, w, 0)
	})
	t.Run("after the approval was withdrawn APR05", func(t *testing.T) {
		t.Parallel()
		w := &assetRows{}
		w.create("maker")
		approveCurrent(t, w)
		w.addVersion("maker")
		if _, err := w.review(p, ann, assets.Review{Action: requestChanges, Version: 1, Comment: "typo"}); err != nil {
			t.Fatal(err)
		}
		checkDraft(t, w, 0)
		if err := w.rollback(p, ann, 1); !errors.Is(err, assets.ErrInvalidTransition) {
			t.Errorf("carrying over: %v", err)
		}
		checkDraft(t, w, 0)
	})
	t.Run("if the actor may not approve, and the approved version stays APR06", func(t *testing.T) {
		t.Parallel()
		w := &assetRows{}
		w.create("maker")
		approveCurrent(t, w)
		w.addVersion("maker")
		if err := w.rollback(p, actor("eve", assets.KindUser, assets.ScopeWrite), 1); !errors.Is(err, assets.ErrForbiddenScope) {
			t.Errorf("carrying over: %v", err)
		}
		checkDraft(t, w, 1)
	})
}
