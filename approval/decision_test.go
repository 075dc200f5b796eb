package approval_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// The states that the tables below start from.
var (
	fresh      = state{status: draft, current: 1}
	underWay   = state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("maker", submit, 1))}
	overtaken  = state{status: pending, submitted: 1, current: 2, reviews: list(reviewed("maker", submit, 1))}
	signedOff  = state{status: approved, current: 1, approved: 1, given: list[assets.Number](1), reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	newerDraft = state{status: draft, current: 2, approved: 1, given: list[assets.Number](1), reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	superseded = state{status: approved, current: 2, approved: 2, given: list[assets.Number](1, 2), reviews: list(reviewed("bob", approve, 1), reviewed("bob", approve, 2))}
	sentBack   = state{status: draft, current: 1, reviews: list(reviewed("maker", submit, 1), reviewed("bob", requestChanges, 1))}
	shelved    = state{status: archived, current: 1, reviews: list(reviewed("bob", archive, 1))}
	takenBack  = state{status: draft, current: 2, withdrawn: list[assets.Number](1), reviews: list(reviewed("bob", approve, 1), reviewed("bob", requestChanges, 1))}
	fetched    = state{status: draft, current: 1, reviews: list(reviewed("bob", archive, 1), reviewed("bob", reopen, 1))}
)

// No history leads here: something archived whose approval is given. A policy
// does not rely on that.
var contradictory = state{status: archived, current: 2, given: list[assets.Number](1), reviews: list(reviewed("bob", approve, 1))}

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
