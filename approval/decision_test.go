package approval_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Every action but approve from every status. For approve see TestApprove.
func TestTransitions(t *testing.T) {
	t.Parallel()
	no, conflict := outcome{err: assets.ErrInvalidTransition}, outcome{err: assets.ErrVersionConflict}
	runCases(t, []testCase{
		{"submit a draft", approval.Policy{}, newDraft, request{action: submit}, outcome{to: pending, version: 1}},
		{"submit after changes were requested", approval.Policy{}, changesRequested, request{action: submit}, outcome{to: pending, version: 1}},
		{"submit again after a newer version was added", approval.Policy{}, newerThanSubmitted, request{action: submit}, outcome{to: pending, version: 2}},
		{"submit an approved asset", approval.Policy{}, approvedAsset, request{action: submit}, no},
		{"submit an archived asset", approval.Policy{}, archivedAsset, request{action: submit}, no},

		{"request changes of the submitted version", approval.Policy{}, underReview, request{action: requestChanges}, outcome{to: draft, version: 1}},
		{"request changes of an approved asset", approval.Policy{}, approvedAsset, request{action: requestChanges}, outcome{to: draft, version: 1}},
		{"request changes of the named newer version", approval.Policy{}, newerThanSubmitted, request{action: requestChanges, version: 2}, outcome{to: draft, version: 2}},
		{"request changes of a draft", approval.Policy{}, newDraft, request{action: requestChanges}, no},
		{"request changes of an archived asset", approval.Policy{}, archivedAsset, request{action: requestChanges}, no},
		{"withdraw the approved version's approval beside a draft", approval.Policy{}, newerDraft, request{action: requestChanges, version: 1}, outcome{to: draft, version: 1}},
		{"withdraw a superseded approval", approval.Policy{}, approvedTwice, request{action: requestChanges, version: 1}, outcome{to: approved, version: 1}},
		{"withdraw a withdrawn approval", approval.Policy{}, approvalWithdrawn, request{action: requestChanges, version: 1}, conflict},

		{"withdraw an approval of an archived asset", approval.Policy{}, inconsistent, request{action: requestChanges, version: 1}, no},

		{"archive a draft", approval.Policy{}, newDraft, request{action: archive}, outcome{to: archived, version: 1}},
		{"archive an asset under review", approval.Policy{}, underReview, request{action: archive}, outcome{to: archived, version: 1}},
		{"archive an approved asset", approval.Policy{}, approvedAsset, request{action: archive}, outcome{to: archived, version: 1}},
		{"archive is about the current version", approval.Policy{}, newerThanSubmitted, request{action: archive}, outcome{to: archived, version: 2}},

		{"reopen an archived asset", approval.Policy{}, archivedAsset, request{action: reopen}, outcome{to: draft, version: 1}},
		{"reopen an asset under review", approval.Policy{}, underReview, request{action: reopen}, no},
		{"reopen an approved asset", approval.Policy{}, approvedAsset, request{action: reopen}, no},

		{"an unknown action", approval.Policy{}, underReview, request{action: "publish"}, no},
	})
}

// The version that a decision is about, named or not.
func TestVersionOfDecision(t *testing.T) {
	t.Parallel()
	conflict := outcome{err: assets.ErrVersionConflict}
	runCases(t, []testCase{
		{"approve a draft without naming a version APR02", approval.Policy{}, newDraft, request{action: approve}, outcome{err: assets.ErrInvalidTransition}},
		{"approve unnamed after a newer version was added APR02", approval.Policy{}, newerThanSubmitted, request{action: approve}, conflict},
		{"retry without a version after a newer one was added APR02", approval.Policy{}, newerDraft, request{action: approve}, outcome{err: assets.ErrInvalidTransition}},
		{"retry with the version named APR02", approval.Policy{}, newerDraft, request{action: approve, version: 1}, outcome{inEffect: "bob approve 1", version: 1}},

		{"request changes unnamed after a newer version was added", approval.Policy{}, newerThanSubmitted, request{action: requestChanges}, conflict},
		{"request changes of the older version, never approved", approval.Policy{}, newerThanSubmitted, request{action: requestChanges, version: 1}, conflict},
		{"request changes of a version that does not exist", approval.Policy{}, underReview, request{action: requestChanges, version: 7}, conflict},

		{"approve the older version", approval.Policy{}, newerThanSubmitted, request{action: approve, version: 1}, conflict},
		{"approve a superseded version", approval.Policy{}, approvedTwice, request{action: approve, version: 1}, conflict},
		{"approve a version that does not exist", approval.Policy{}, underReview, request{action: approve, version: 2}, conflict},
		{"submit the older version", approval.Policy{}, newerThanSubmitted, request{action: submit, version: 1}, conflict},
		{"archive the older version", approval.Policy{}, newerThanSubmitted, request{action: archive, version: 1}, conflict},
		{"reopen another version", approval.Policy{}, archivedAsset, request{action: reopen, version: 2}, conflict},

		{"approve with the digest", approval.Policy{}, underReview, request{action: approve, version: 1, sha: digest(1)}, outcome{to: approved, version: 1}},
		{"approve with another digest", approval.Policy{}, underReview, request{action: approve, version: 1, sha: digest(9)}, conflict},
		{"request changes with another digest", approval.Policy{}, underReview, request{action: requestChanges, version: 1, sha: digest(9)}, conflict},
		{"submit with another digest", approval.Policy{}, newDraft, request{action: submit, version: 1, sha: digest(9)}, conflict},
		{"archive with another digest", approval.Policy{}, newDraft, request{action: archive, version: 1, sha: digest(9)}, conflict},
		{"reopen with another digest", approval.Policy{}, archivedAsset, request{action: reopen, version: 1, sha: digest(9)}, conflict},
		{"withdraw with the digest", approval.Policy{}, newerDraft, request{action: requestChanges, version: 1, sha: digest(1)}, outcome{to: draft, version: 1}},
		{"withdraw with another digest", approval.Policy{}, newerDraft, request{action: requestChanges, version: 1, sha: digest(9)}, conflict},
	})
}

// A decision that is in effect already returns the recorded review.
func TestInEffectAPR14(t *testing.T) {
	t.Parallel()
	bob, two := user("bob"), approval.Policy{Quorum: 2}
	oneOfTwo := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	approvedBeforeSubmit := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("bob", approve, 1))}
	archivedAfterWithdrawal := state{status: archived, current: 2, withdrawn: list[assets.Number](1), reviews: append(approvalWithdrawn.reviews, reviewed("bob", archive, 2))}
	approvedAfterWithdrawal := state{status: approved, current: 2, approved: 2, given: list[assets.Number](2), withdrawn: list[assets.Number](1), reviews: approvalWithdrawn.reviews}

	runCases(t, []testCase{
		{"approve again, unnamed", approval.Policy{}, approvedAsset, request{by: bob, action: approve}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approve again, named", approval.Policy{}, approvedAsset, request{by: bob, action: approve, version: 1, sha: digest(1)}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approve a version that another subject approved", approval.Policy{}, approvedAsset, request{action: approve, version: 1}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approve the approved version beside a newer draft", approval.Policy{}, newerDraft, request{action: approve, version: 1, sha: digest(1)}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approve again with another digest", approval.Policy{}, approvedAsset, request{by: bob, action: approve, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"approve the approved version with another digest", approval.Policy{}, newerDraft, request{action: approve, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"approve again short of the quorum", two, oneOfTwo, request{by: bob, action: approve}, outcome{inEffect: "bob approve 1", version: 1}},
		{"approve again short of the quorum, with another digest", two, oneOfTwo, request{by: bob, action: approve, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"approve again once the quorum was lowered", approval.Policy{}, oneOfTwo, request{by: bob, action: approve}, outcome{to: approved, version: 1}},
		{"a decision in effect skips the other checks", approval.Policy{ForbidSelfApproval: true, RequireSubmit: true, Rule: refuse}, approvedAsset, request{by: user("maker"), action: approve}, outcome{inEffect: "bob approve 1", version: 1}},

		{"request changes again", approval.Policy{}, changesRequested, request{by: bob, action: requestChanges}, outcome{inEffect: "bob request_changes 1", version: 1}},
		{"request changes again, named", approval.Policy{}, changesRequested, request{by: bob, action: requestChanges, version: 1, sha: digest(1)}, outcome{inEffect: "bob request_changes 1", version: 1}},
		{"request changes again with another digest", approval.Policy{}, changesRequested, request{by: bob, action: requestChanges, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"request changes that another subject requested", approval.Policy{}, changesRequested, request{action: requestChanges}, outcome{err: assets.ErrInvalidTransition}},
		{"withdraw again", approval.Policy{}, approvalWithdrawn, request{by: bob, action: requestChanges, version: 1}, outcome{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again while another version is approved", approval.Policy{}, approvedAfterWithdrawal, request{by: bob, action: requestChanges, version: 1}, outcome{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again once archived", approval.Policy{}, archivedAfterWithdrawal, request{by: bob, action: requestChanges, version: 1}, outcome{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again with another digest", approval.Policy{}, approvalWithdrawn, request{by: bob, action: requestChanges, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},

		{"submit again", approval.Policy{}, underReview, request{action: submit, version: 1}, outcome{inEffect: "maker submit 1", version: 1}},
		{"submit a version that an approval submitted", two, approvedBeforeSubmit, request{action: submit}, outcome{inEffect: "none recorded", version: 1}},
		{"submit again with another digest", approval.Policy{}, underReview, request{action: submit, version: 1, sha: digest(9)}, outcome{err: assets.ErrVersionConflict}},
		{"archive again", approval.Policy{}, archivedAsset, request{action: archive}, outcome{inEffect: "bob archive 1", version: 1}},
		{"archive again, another version", approval.Policy{}, archivedAsset, request{action: archive, version: 2}, outcome{err: assets.ErrVersionConflict}},
		{"reopen a draft", approval.Policy{}, newDraft, request{action: reopen}, outcome{inEffect: "none recorded", version: 1}},
		{"reopen again", approval.Policy{}, reopenedAsset, request{action: reopen, version: 1}, outcome{inEffect: "bob reopen 1", version: 1}},
		{"reopen a draft, an older version", approval.Policy{}, newerDraft, request{action: reopen, version: 1}, outcome{err: assets.ErrVersionConflict}},
	})
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	p := approval.Policy{Quorum: 2, ForbidSelfApproval: true}
	onceApproved := state{status: draft, current: 2, withdrawn: list[assets.Number](1)}
	for name, c := range map[string]struct {
		from     state
		proposed assets.Review
	}{
		"approve":                {underReview, assets.Review{Action: approve}},
		"approve a draft":        {newDraft, assets.Review{Action: approve, Version: 1}},
		"approve in effect":      {approvedAsset, assets.Review{Action: approve}},
		"approve an older":       {newerDraft, assets.Review{Action: approve, Version: 1}},
		"request changes":        {underReview, assets.Review{Action: requestChanges, Comment: "why"}},
		"request changes, other": {newerDraft, assets.Review{Action: requestChanges, Version: 1, Comment: "why"}},
		"archive":                {onceApproved, assets.Review{Action: archive}},
		"archive in effect":      {archivedAsset, assets.Review{Action: archive}},
		"carry over":             {newerDraft, carry(3, 1, digest(1))},
		"carry over, followed":   {state{status: draft, current: 3, approved: 2, given: list[assets.Number](1, 2), reviews: list(reviewed("bob", approve, 1), reviewed("cid", approve, 1), carried("maker", 2, 1))}, carry(4, 2, digest(2))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := c.from.assetRows()
			for w.failingRead = 1; ; w.failingRead++ {
				w.reads = 0
				got, err := p.Decide(t.Context(), w, user("ann"), &w.asset, c.proposed)
				if w.reads < w.failingRead {
					break // every read has failed once
				}
				if !errors.Is(err, assets.ErrUnavailable) || got != (assets.Review{}) {
					t.Errorf("with read %d failing Decide = %+v, %v; want ErrUnavailable", w.failingRead, got, err)
				}
			}
			if w.failingRead == 1 {
				t.Error("nothing was read")
			}
		})
	}
}
