package approval_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// state describes an asset before a decision. Version n was created by "maker"
// and has the digest digest(n).
type state struct {
	status    assets.Status
	submitted assets.Number
	current   assets.Number
	approved  assets.Number   // as Asset.ApprovedVersion
	given     []assets.Number // versions whose approval is given
	withdrawn []assets.Number
	reviews   []assets.Review // oldest first
}

// The states that the tables below start from.
var (
	newDraft           = state{status: draft, current: 1}
	underReview        = state{status: pending, submitted: 1, current: 1, reviews: list(reviewed("maker", submit, 1))}
	newerThanSubmitted = state{status: pending, submitted: 1, current: 2, reviews: list(reviewed("maker", submit, 1))}
	approvedAsset      = state{status: approved, current: 1, approved: 1, given: list[assets.Number](1), reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	newerDraft         = state{status: draft, current: 2, approved: 1, given: list[assets.Number](1), reviews: list(reviewed("maker", submit, 1), reviewed("bob", approve, 1))}
	approvedTwice      = state{status: approved, current: 2, approved: 2, given: list[assets.Number](1, 2), reviews: list(reviewed("bob", approve, 1), reviewed("bob", approve, 2))}
	changesRequested   = state{status: draft, current: 1, reviews: list(reviewed("maker", submit, 1), reviewed("bob", requestChanges, 1))}
	archivedAsset      = state{status: archived, current: 1, reviews: list(reviewed("bob", archive, 1))}
	approvalWithdrawn  = state{status: draft, current: 2, withdrawn: list[assets.Number](1), reviews: list(reviewed("bob", approve, 1), reviewed("bob", requestChanges, 1))}
	reopenedAsset      = state{status: draft, current: 1, reviews: list(reviewed("bob", archive, 1), reviewed("bob", reopen, 1))}
)

// inconsistent cannot be reached: the asset is archived and an approval is
// given. The policy must not rely on that.
var inconsistent = state{status: archived, current: 2, given: list[assets.Number](1), reviews: list(reviewed("bob", approve, 1))}

// request is the decision that an actor proposes. If by is zero, it is ann, a
// user with every scope.
type request struct {
	by      assets.Actor
	action  assets.Action
	version assets.Number
	sha     string
}

// outcome is the expected result: the status afterwards and the version, the
// review that is in effect already, or an error.
type outcome struct {
	to       assets.Status
	version  assets.Number
	inEffect string // id of the recorded review, or "none recorded"
	err      error
}

type testCase struct {
	name   string
	policy approval.Policy
	state  state
	ask    request
	want   outcome
}

func runCases(t *testing.T, cases []testCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func (c testCase) run(t *testing.T) {
	t.Helper()
	w, by := c.state.assetRows(), c.ask.by
	if by.Subject == "" {
		by = user("ann")
	}
	before := w.snapshot()
	proposed := assets.Review{
		Action: c.ask.action, Version: c.ask.version, SHA256: c.ask.sha,
		Comment: "why", By: by.Subject, ByKind: by.Kind, Via: assets.ViaREST,
	}
	got, err := c.policy.Decide(t.Context(), w, by, &w.asset, proposed)

	switch want := c.want; {
	case want.inEffect != "":
		if !errors.Is(err, assets.ErrUnchanged) {
			t.Fatalf("Decide = %+v, %v; want ErrUnchanged", got, err)
		}
		if id := assets.ID(want.inEffect); got.ID != id && (got.ID != "" || id != "none recorded") {
			t.Errorf("review in effect is %q, want %q", got.ID, want.inEffect)
		}
		if got.Version != want.version || got.SHA256 != digest(want.version) {
			t.Errorf("the review in effect is of version %d (sha256 %s), want %d", got.Version, got.SHA256, want.version)
		}
	case want.err != nil:
		if !errors.Is(err, want.err) {
			t.Errorf("Decide: %v, want %v", err, want.err)
		}
	default:
		decided := proposed
		decided.Version, decided.SHA256 = want.version, digest(want.version)
		decided.FromStatus, decided.ToStatus = c.state.status, want.to
		if err != nil {
			t.Fatalf("Decide: %v", err)
		}
		if d := cmp.Diff(decided, got); d != "" {
			t.Errorf("review (-want +got):\n%s", d)
		}
	}
	if d := cmp.Diff(before.asset, w.asset); d != "" {
		t.Errorf("Decide changed the asset (-before +after):\n%s", d)
	}
}

// assetRows returns the asset in this state.
func (s state) assetRows() *assetRows {
	w := &assetRows{}
	w.create("maker")
	for range max(1, s.current) - 1 {
		w.addVersion("maker")
	}
	a := &w.asset
	a.Status, a.Submitted.Version, a.ApprovedVersion = s.status, s.submitted, s.approved
	a.EverApproved = len(s.given)+len(s.withdrawn) > 0
	for _, n := range s.given {
		w.versions[n-1].Approval = assets.ApprovalGiven
	}
	for _, n := range s.withdrawn {
		w.versions[n-1].Approval = assets.ApprovalWithdrawn
	}
	for _, r := range s.reviews {
		if r.SHA256 == "" {
			r.SHA256 = digest(r.Version)
		}
		w.reviews = append(w.reviews, r)
	}
	return w
}

// reviewed returns a recorded review with an id such as "bob approve 1".
func reviewed(by string, action assets.Action, n assets.Number) assets.Review {
	to := map[assets.Action]assets.Status{submit: pending, approve: pending, requestChanges: draft, archive: archived, reopen: draft}
	return assets.Review{
		ID: assets.ID(by + " " + string(action) + " " + string(rune('0'+n))), AssetID: "asset",
		Version: n, Action: action, ToStatus: to[action], By: by, ByKind: assets.KindUser,
	}
}

// carried returns the recorded review of an approval that was carried over.
func carried(by string, n, from assets.Number) assets.Review {
	r := reviewed(by, approve, n)
	r.CarriedFrom, r.ToStatus = from, approved
	return r
}

func byKind(r assets.Review, k assets.Kind) assets.Review {
	r.ByKind = k
	return r
}

// byGuestOf returns an approval of version 1 by a person with a review link of inviter.
func byGuestOf(inviter string) assets.Review {
	r := reviewed("guest:Eve", approve, 1)
	r.Via, r.InvitedBy = assets.ViaLink, assets.Optional(inviter)
	return r
}

func list[T any](items ...T) []T { return items }
