package approval_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Every action from every status, on the version it is about.
func TestTransitions(t *testing.T) {
	t.Parallel()
	no, conflict := answer{err: assets.ErrInvalidTransition}, answer{err: assets.ErrVersionConflict}
	run(t, []row{
		{"submit a draft", approval.Policy{}, fresh, decision{action: submit}, answer{to: pending, version: 1}},
		{"submit after changes were requested", approval.Policy{}, sentBack, decision{action: submit}, answer{to: pending, version: 1}},
		{"submit again when a newer version arrived", approval.Policy{}, overtaken, decision{action: submit}, answer{to: pending, version: 2}},
		{"submit what is approved", approval.Policy{}, signedOff, decision{action: submit}, no},
		{"submit what is archived", approval.Policy{}, shelved, decision{action: submit}, no},

		{"approve what was submitted", approval.Policy{}, underWay, decision{action: approve}, answer{to: approved, version: 1}},
		{"approve a named draft", approval.Policy{}, fresh, decision{action: approve, version: 1}, answer{to: approved, version: 1}},
		{"approve a named draft again that was reopened", approval.Policy{}, fetched, decision{action: approve, version: 1}, answer{to: approved, version: 1}},
		{"approve a named draft whose last review requests changes", approval.Policy{}, sentBack, decision{action: approve, version: 1}, no},
		{"approve a named newer version than the submitted", approval.Policy{}, overtaken, decision{action: approve, version: 2}, answer{to: approved, version: 2}},
		{"approve a newer draft beside an approved version", approval.Policy{}, newerDraft, decision{action: approve, version: 2}, answer{to: approved, version: 2}},
		{"approve what is archived", approval.Policy{}, shelved, decision{action: approve, version: 1}, no},
		{"approve what is archived, unnamed", approval.Policy{}, shelved, decision{action: approve}, no},

		{"request changes of what was submitted", approval.Policy{}, underWay, decision{action: requestChanges}, answer{to: draft, version: 1}},
		{"request changes of what is approved", approval.Policy{}, signedOff, decision{action: requestChanges}, answer{to: draft, version: 1}},
		{"request changes of the named newer version", approval.Policy{}, overtaken, decision{action: requestChanges, version: 2}, answer{to: draft, version: 2}},
		{"request changes of a draft", approval.Policy{}, fresh, decision{action: requestChanges}, no},
		{"request changes of what is archived", approval.Policy{}, shelved, decision{action: requestChanges}, no},
		{"withdraw the approval in force beside a draft", approval.Policy{}, newerDraft, decision{action: requestChanges, version: 1}, answer{to: draft, version: 1}},
		{"withdraw a superseded approval", approval.Policy{}, superseded, decision{action: requestChanges, version: 1}, answer{to: approved, version: 1}},
		{"withdraw what was withdrawn", approval.Policy{}, takenBack, decision{action: requestChanges, version: 1}, conflict},

		{"withdraw what is archived, whatever its rows say", approval.Policy{}, contradictory, decision{action: requestChanges, version: 1}, no},

		{"archive a draft", approval.Policy{}, fresh, decision{action: archive}, answer{to: archived, version: 1}},
		{"archive under review", approval.Policy{}, underWay, decision{action: archive}, answer{to: archived, version: 1}},
		{"archive what is approved", approval.Policy{}, signedOff, decision{action: archive}, answer{to: archived, version: 1}},
		{"archive is about the current version", approval.Policy{}, overtaken, decision{action: archive}, answer{to: archived, version: 2}},

		{"reopen what is archived", approval.Policy{}, shelved, decision{action: reopen}, answer{to: draft, version: 1}},
		{"reopen under review", approval.Policy{}, underWay, decision{action: reopen}, no},
		{"reopen what is approved", approval.Policy{}, signedOff, decision{action: reopen}, no},

		{"an unknown action", approval.Policy{}, underWay, decision{action: "publish"}, no},
	})
}

// Which version a decision is about.
func TestResolution(t *testing.T) {
	t.Parallel()
	conflict := answer{err: assets.ErrVersionConflict}
	run(t, []row{
		{"APR02 approve a draft without naming a version", approval.Policy{}, fresh, decision{action: approve}, answer{err: assets.ErrInvalidTransition}},
		{"APR02 approve unnamed after a newer version arrived", approval.Policy{}, overtaken, decision{action: approve}, conflict},
		{"APR02 the answer was lost, a newer version arrived, the client retries", approval.Policy{}, newerDraft, decision{action: approve}, answer{err: assets.ErrInvalidTransition}},
		{"APR02 the same, with the version named", approval.Policy{}, newerDraft, decision{action: approve, version: 1}, answer{inEffect: "bob approve 1", version: 1}},

		{"request changes unnamed after a newer version arrived", approval.Policy{}, overtaken, decision{action: requestChanges}, conflict},
		{"request changes of the older version, never approved", approval.Policy{}, overtaken, decision{action: requestChanges, version: 1}, conflict},
		{"request changes of a version that does not exist", approval.Policy{}, underWay, decision{action: requestChanges, version: 7}, conflict},

		{"approve the older version", approval.Policy{}, overtaken, decision{action: approve, version: 1}, conflict},
		{"approve a superseded version", approval.Policy{}, superseded, decision{action: approve, version: 1}, conflict},
		{"approve a version that does not exist", approval.Policy{}, underWay, decision{action: approve, version: 2}, conflict},
		{"submit the older version", approval.Policy{}, overtaken, decision{action: submit, version: 1}, conflict},
		{"archive the older version", approval.Policy{}, overtaken, decision{action: archive, version: 1}, conflict},
		{"reopen another version", approval.Policy{}, shelved, decision{action: reopen, version: 2}, conflict},

		{"approve with the digest", approval.Policy{}, underWay, decision{action: approve, version: 1, sha: digest(1)}, answer{to: approved, version: 1}},
		{"approve with another digest", approval.Policy{}, underWay, decision{action: approve, version: 1, sha: digest(9)}, conflict},
		{"request changes with another digest", approval.Policy{}, underWay, decision{action: requestChanges, version: 1, sha: digest(9)}, conflict},
		{"submit with another digest", approval.Policy{}, fresh, decision{action: submit, version: 1, sha: digest(9)}, conflict},
		{"archive with another digest", approval.Policy{}, fresh, decision{action: archive, version: 1, sha: digest(9)}, conflict},
		{"reopen with another digest", approval.Policy{}, shelved, decision{action: reopen, version: 1, sha: digest(9)}, conflict},
		{"withdraw with the digest", approval.Policy{}, newerDraft, decision{action: requestChanges, version: 1, sha: digest(1)}, answer{to: draft, version: 1}},
		{"withdraw with another digest", approval.Policy{}, newerDraft, decision{action: requestChanges, version: 1, sha: digest(9)}, conflict},
	})
}

// What is in effect already answers the review that is, and records nothing.
func TestAPR14InEffect(t *testing.T) {
	t.Parallel()
	bob, two := user("bob"), approval.Policy{Quorum: 2}
	half := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	reviewedFirst := state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("bob", approve, 1))}
	archivedSince := state{status: archived, current: 2, withdrawn: list[assets.Number](1), reviews: append(takenBack.reviews, reviewed("bob", archive, 2))}
	twoNotes := state{status: approved, current: 2, approved: 2, given: list[assets.Number](2), withdrawn: list[assets.Number](1), reviews: takenBack.reviews}

	run(t, []row{
		{"approve again, unnamed", approval.Policy{}, signedOff, decision{by: bob, action: approve}, answer{inEffect: "bob approve 1", version: 1}},
		{"approve again, named", approval.Policy{}, signedOff, decision{by: bob, action: approve, version: 1, sha: digest(1)}, answer{inEffect: "bob approve 1", version: 1}},
		{"approve what another approved", approval.Policy{}, signedOff, decision{action: approve, version: 1}, answer{inEffect: "bob approve 1", version: 1}},
		{"approve what is in force beside a newer draft", approval.Policy{}, newerDraft, decision{action: approve, version: 1, sha: digest(1)}, answer{inEffect: "bob approve 1", version: 1}},
		{"approve again with another digest", approval.Policy{}, signedOff, decision{by: bob, action: approve, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"approve what is in force with another digest", approval.Policy{}, newerDraft, decision{action: approve, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"approve again short of the quorum", two, half, decision{by: bob, action: approve}, answer{inEffect: "bob approve 1", version: 1}},
		{"approve again short of the quorum, with another digest", two, half, decision{by: bob, action: approve, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"approve again once the quorum was lowered", approval.Policy{}, half, decision{by: bob, action: approve}, answer{to: approved, version: 1}},
		{"a decision in effect is no matter of policy", approval.Policy{ForbidSelfApproval: true, RequireSubmit: true, Rule: refuse}, signedOff, decision{by: user("maker"), action: approve}, answer{inEffect: "bob approve 1", version: 1}},

		{"request changes again", approval.Policy{}, sentBack, decision{by: bob, action: requestChanges}, answer{inEffect: "bob request_changes 1", version: 1}},
		{"request changes again, named", approval.Policy{}, sentBack, decision{by: bob, action: requestChanges, version: 1, sha: digest(1)}, answer{inEffect: "bob request_changes 1", version: 1}},
		{"request changes again with another digest", approval.Policy{}, sentBack, decision{by: bob, action: requestChanges, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"request changes that another requested", approval.Policy{}, sentBack, decision{action: requestChanges}, answer{err: assets.ErrInvalidTransition}},
		{"withdraw again", approval.Policy{}, takenBack, decision{by: bob, action: requestChanges, version: 1}, answer{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again while another version is approved", approval.Policy{}, twoNotes, decision{by: bob, action: requestChanges, version: 1}, answer{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again once archived", approval.Policy{}, archivedSince, decision{by: bob, action: requestChanges, version: 1}, answer{inEffect: "bob request_changes 1", version: 1}},
		{"withdraw again with another digest", approval.Policy{}, takenBack, decision{by: bob, action: requestChanges, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},

		{"submit again", approval.Policy{}, underWay, decision{action: submit, version: 1}, answer{inEffect: "maker submit 1", version: 1}},
		{"submit what an approval submitted", two, reviewedFirst, decision{action: submit}, answer{inEffect: "none recorded", version: 1}},
		{"submit again with another digest", approval.Policy{}, underWay, decision{action: submit, version: 1, sha: digest(9)}, answer{err: assets.ErrVersionConflict}},
		{"archive again", approval.Policy{}, shelved, decision{action: archive}, answer{inEffect: "bob archive 1", version: 1}},
		{"archive again, another version", approval.Policy{}, shelved, decision{action: archive, version: 2}, answer{err: assets.ErrVersionConflict}},
		{"reopen a draft", approval.Policy{}, fresh, decision{action: reopen}, answer{inEffect: "none recorded", version: 1}},
		{"reopen again", approval.Policy{}, fetched, decision{action: reopen, version: 1}, answer{inEffect: "bob reopen 1", version: 1}},
		{"reopen a draft, an older version", approval.Policy{}, newerDraft, decision{action: reopen, version: 1}, answer{err: assets.ErrVersionConflict}},
	})
}

func TestFailingBackEnd(t *testing.T) {
	t.Parallel()
	p := approval.Policy{Quorum: 2, ForbidSelfApproval: true}
	ever := state{status: draft, current: 2, withdrawn: list[assets.Number](1)}
	for name, c := range map[string]struct {
		from state
		ask  assets.Review
	}{
		"approve":                 {underWay, assets.Review{Action: approve}},
		"approve a draft":         {fresh, assets.Review{Action: approve, Version: 1}},
		"approve in effect":       {signedOff, assets.Review{Action: approve}},
		"approve an older":        {newerDraft, assets.Review{Action: approve, Version: 1}},
		"request changes":         {underWay, assets.Review{Action: requestChanges, Comment: "why"}},
		"request changes, other":  {newerDraft, assets.Review{Action: requestChanges, Version: 1, Comment: "why"}},
		"archive":                 {ever, assets.Review{Action: archive}},
		"archive in effect":       {shelved, assets.Review{Action: archive}},
		"carry over":              {newerDraft, carry(3, 1, digest(1))},
		"carry over, many a read": {state{status: draft, current: 3, approved: 2, given: list[assets.Number](1, 2), reviews: list(reviewed("bob", approve, 1), reviewed("cid", approve, 1), carried("maker", 2, 1))}, carry(4, 2, digest(2))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := c.from.world()
			for w.failing = 1; ; w.failing++ {
				w.reads = 0
				got, err := p.Decide(t.Context(), w, user("ann"), &w.asset, c.ask)
				if w.reads < w.failing {
					break // every read has failed once
				}
				if !errors.Is(err, assets.ErrUnavailable) || got != (assets.Review{}) {
					t.Errorf("with read %d failing Decide = %+v, %v; want ErrUnavailable", w.failing, got, err)
				}
			}
			if w.failing == 1 {
				t.Error("nothing was read")
			}
		})
	}
}

// The stories of the approval rows, told through the policy.
func TestStories(t *testing.T) {
	t.Parallel()
	p, ann := approval.Policy{}, user("ann")
	approveNow := func(t *testing.T, w *world) {
		t.Helper()
		if _, err := w.do(p, ann, assets.Review{Action: approve, Version: w.asset.CurrentVersion}); err != nil {
			t.Fatal(err)
		}
	}
	isDraft := func(t *testing.T, w *world, inForce assets.Number) {
		t.Helper()
		if w.asset.Status != draft || w.asset.ApprovedVersion != inForce {
			t.Errorf("asset is %s with version %d in force, want draft and %d", w.asset.Status, w.asset.ApprovedVersion, inForce)
		}
	}
	t.Run("APR04 archiving withdraws every approval", func(t *testing.T) {
		t.Parallel()
		w := &world{}
		w.create("maker")
		approveNow(t, w)
		w.arrive("maker")
		approveNow(t, w)
		for _, action := range list(archive, reopen) {
			if _, err := w.do(p, ann, assets.Review{Action: action}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.rollback(p, ann, 1); !errors.Is(err, assets.ErrInvalidTransition) {
			t.Errorf("carrying over: %v", err)
		}
		isDraft(t, w, 0)
	})
	t.Run("APR05 a withdrawn approval is not carried", func(t *testing.T) {
		t.Parallel()
		w := &world{}
		w.create("maker")
		approveNow(t, w)
		w.arrive("maker")
		if _, err := w.do(p, ann, assets.Review{Action: requestChanges, Version: 1, Comment: "typo"}); err != nil {
			t.Fatal(err)
		}
		isDraft(t, w, 0)
		if err := w.rollback(p, ann, 1); !errors.Is(err, assets.ErrInvalidTransition) {
			t.Errorf("carrying over: %v", err)
		}
		isDraft(t, w, 0)
	})
	t.Run("APR06 refused, the rollback is a draft and the approved version stays", func(t *testing.T) {
		t.Parallel()
		w := &world{}
		w.create("maker")
		approveNow(t, w)
		w.arrive("maker")
		if err := w.rollback(p, actor("eve", assets.KindUser, assets.ScopeWrite), 1); !errors.Is(err, assets.ErrForbiddenScope) {
			t.Errorf("carrying over: %v", err)
		}
		isDraft(t, w, 1)
	})
}
