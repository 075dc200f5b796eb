package approval_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// state is an asset at rest. Version n was made by "maker" and has the digest
// digest(n); what is not said is zero.
type state struct {
	status    assets.Status
	submitted assets.Number
	current   assets.Number
	approved  assets.Number   // in force
	given     []assets.Number // versions whose approval is given, in force or not
	withdrawn []assets.Number
	reviews   []assets.Review // oldest first
}

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

// decision is what an actor asks for; by nobody means ann, a user with every
// scope.
type decision struct {
	by      assets.Actor
	action  assets.Action
	version assets.Number
	sha     string
}

// answer is what the policy says: the status afterwards and the version
// decided on, or why not. A decision in effect has neither.
type answer struct {
	to       assets.Status
	version  assets.Number
	inEffect string // the id of the review in effect, or "none recorded"
	err      error
}

type row struct {
	name   string
	policy approval.Policy
	state  state
	ask    decision
	want   answer
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
}

func (r row) check(t *testing.T) {
	t.Helper()
	w, by := r.state.world(), r.ask.by
	if by.Subject == "" {
		by = user("ann")
	}
	before := w.snapshot()
	proposed := assets.Review{
		Action: r.ask.action, Version: r.ask.version, SHA256: r.ask.sha,
		Comment: "why", By: by.Subject, ByKind: by.Kind, Via: assets.ViaREST,
	}
	got, err := r.policy.Decide(t.Context(), w, by, &w.asset, proposed)

	switch want := r.want; {
	case want.inEffect != "":
		if !errors.Is(err, assets.ErrUnchanged) {
			t.Fatalf("Decide answers %+v, %v; want ErrUnchanged", got, err)
		}
		if id := assets.ID(want.inEffect); got.ID != id && (got.ID != "" || id != "none recorded") {
			t.Errorf("review in effect is %q, want %q", got.ID, want.inEffect)
		}
		if got.Version != want.version || got.SHA256 != digest(want.version) {
			t.Errorf("in effect is version %d (sha256 %s), want %d", got.Version, got.SHA256, want.version)
		}
	case want.err != nil:
		if !errors.Is(err, want.err) {
			t.Errorf("Decide answers %v, want %v", err, want.err)
		}
	default:
		decided := proposed
		decided.Version, decided.SHA256 = want.version, digest(want.version)
		decided.FromStatus, decided.ToStatus = r.state.status, want.to
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

func (s state) world() *world {
	w := &world{}
	w.create("maker")
	for range max(1, s.current) - 1 {
		w.arrive("maker")
	}
	a := &w.asset
	a.Status, a.Submitted, a.ApprovedVersion = s.status, s.submitted, s.approved
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

// reviewed is a recorded review; its id says what it was: "bob approve 1".
func reviewed(by string, action assets.Action, n assets.Number) assets.Review {
	to := map[assets.Action]assets.Status{submit: pending, approve: pending, requestChanges: draft, archive: archived, reopen: draft}
	return assets.Review{
		ID: assets.ID(by + " " + string(action) + " " + string(rune('0'+n))), AssetID: "asset",
		Version: n, Action: action, ToStatus: to[action], By: by, ByKind: assets.KindUser,
	}
}

func carried(by string, n, from assets.Number) assets.Review {
	r := reviewed(by, approve, n)
	r.CarriedFrom, r.ToStatus = from, approved
	return r
}

func byKind(r assets.Review, k assets.Kind) assets.Review {
	r.ByKind = k
	return r
}

func list[T any](items ...T) []T { return items }
