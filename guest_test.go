package assets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
)

// invitation is an asset of "maker" with a review link to its first version, which ann
// made.
type invitation struct {
	*testing.T
	cfg   assets.Config
	clock *fixture.Clock
	lib   *assets.Library
	asset *assets.Asset
	link  assets.ReviewLink
	token string
}

// invite creates an asset, submitted, with a link.
func invite(t *testing.T, policy approval.Policy, can assets.LinkRight) *invitation {
	t.Helper()
	v := &invitation{T: t, cfg: assetstest.Config(), clock: fixture.NewClock()}
	v.cfg.Approver, v.cfg.Now = policy, v.clock.Now
	v.cfg.ReviewLinkURL = func(token string) string { return "https://example.com/review/link/" + token }
	v.use(policy)
	in := fixture.Copy("hello")
	in.Submit = true
	made, err := v.lib.Create(t.Context(), assetstest.User("acme", "maker"), in)
	if err != nil {
		t.Fatal(err)
	}
	v.asset = made.Asset
	v.link, v.token = v.make("ann", "Eve", can)
	return v
}

// use replaces the policy.
func (v *invitation) use(policy approval.Policy) {
	v.Helper()
	v.cfg.Approver = policy
	lib, err := assets.New(v.cfg)
	if err != nil {
		v.Fatal(err)
	}
	v.lib = lib
}

// make makes a link to the current version.
func (v *invitation) make(by, name string, can assets.LinkRight) (assets.ReviewLink, string) {
	v.Helper()
	link, err := v.lib.CreateReviewLink(v.Context(), assetstest.User("acme", by), v.asset.ID, assets.NewReviewLink{Name: name, Can: can})
	if err != nil {
		v.Fatal(err)
	}
	return link, link.URL[strings.LastIndexByte(link.URL, '/')+1:]
}

func (v *invitation) decide(by string, action assets.Action) {
	v.Helper()
	_, err := v.lib.Review(v.Context(), assetstest.User("acme", by), v.asset.ID, assets.Decision{Action: action, Comment: "why"})
	if err != nil {
		v.Fatal(err)
	}
}

func (v *invitation) add(text string) {
	v.Helper()
	if _, err := v.lib.AddVersion(v.Context(), fixture.Bot, v.asset.ID, assets.NewVersion{Text: text, Submit: true}); err != nil {
		v.Fatal(err)
	}
}

func (v *invitation) answer(action assets.Action) (assets.Review, error) {
	return v.lib.AnswerReviewLink(v.Context(), v.token, assets.GuestAnswer{Action: action, Comment: "Because."})
}

// guestsDecide is the policy of most tests.
var guestsDecide = approval.Policy{GuestsMayDecide: true}

// TestGuestRights is the table of what a guest may do: for each state the code of an
// approval, of a request for changes, and of a comment. What is refused changes nothing.
// What OpenReviewLink says is what then happens.
func TestGuestRights(t *testing.T) {
	t.Parallel()
	const decide, comment = assets.LinkDecide, assets.LinkComment
	for _, c := range []struct {
		name    string
		policy  approval.Policy
		can     assets.LinkRight
		prepare func(v *invitation)
		want    [3]string
	}{
		{"under review", guestsDecide, decide, func(*invitation) {}, [3]string{"", "", ""}},
		{"for comments", guestsDecide, comment, func(*invitation) {}, [3]string{"forbidden_scope", "forbidden_scope", ""}},
		{"guests may no longer decide", guestsDecide, decide, func(v *invitation) { v.use(approval.Policy{}) }, [3]string{"refused_by_policy", "refused_by_policy", ""}},
		{"approved", guestsDecide, decide, func(v *invitation) { v.decide("bob", assets.ActionApprove) }, [3]string{"invalid_transition", "invalid_transition", ""}},
		{"changes requested", guestsDecide, decide, func(v *invitation) { v.decide("bob", assets.ActionRequestChanges) }, [3]string{"invalid_transition", "invalid_transition", ""}},
		{"approval withdrawn, submitted again", guestsDecide, decide, func(v *invitation) {
			v.decide("bob", assets.ActionApprove)
			v.decide("bob", assets.ActionRequestChanges)
			v.decide("bob", assets.ActionSubmit)
		}, [3]string{"", "", ""}},
		{"overtaken", guestsDecide, decide, func(v *invitation) { v.add("newer") }, [3]string{"version_conflict", "version_conflict", "version_conflict"}},
		{"overtaken by an equal text", guestsDecide, decide, func(v *invitation) { v.add("newer"); v.add("hello") }, [3]string{"version_conflict", "version_conflict", "version_conflict"}},
		{"approved, then overtaken", guestsDecide, decide, func(v *invitation) { v.decide("bob", assets.ActionApprove); v.add("newer") }, [3]string{"version_conflict", "version_conflict", "version_conflict"}},
		{"archived", guestsDecide, decide, func(v *invitation) { v.decide("bob", assets.ActionArchive) }, [3]string{"withdrawn", "withdrawn", "withdrawn"}},
		{"reopened", guestsDecide, decide, func(v *invitation) { v.decide("bob", assets.ActionArchive); v.decide("bob", assets.ActionReopen) }, [3]string{"", "invalid_transition", ""}},
		{"expired", guestsDecide, decide, func(v *invitation) { v.clock.Advance(assets.DefaultLink) }, [3]string{"expired", "expired", "expired"}},
		{"about to expire", guestsDecide, decide, func(v *invitation) { v.clock.Advance(assets.DefaultLink - time.Minute) }, [3]string{"", "", ""}},
		{"revoked", guestsDecide, decide, (*invitation).revoke, [3]string{"withdrawn", "withdrawn", "withdrawn"}},
		{"deleted", guestsDecide, decide, func(v *invitation) {
			v.decide("bob", assets.ActionRequestChanges)
			if err := v.lib.Delete(v.Context(), fixture.Ann, v.asset.ID, nil); err != nil {
				v.Fatal(err)
			}
		}, [3]string{"not_found", "not_found", "not_found"}},
		{"used to approve short of the quorum", approval.Policy{GuestsMayDecide: true, Quorum: 2}, decide, func(v *invitation) { v.must(assets.ActionApprove) }, [3]string{"invalid_transition", "invalid_transition", ""}},
		{"used to comment", guestsDecide, decide, func(v *invitation) { v.must(assets.ActionComment) }, [3]string{"", "", ""}},
		{"commented too often", guestsDecide, decide, func(v *invitation) {
			for range assets.MaxLinkComments {
				v.must(assets.ActionComment)
			}
		}, [3]string{"", "", "limit_reached"}},
		{"the inviter has approved", approval.Policy{GuestsMayDecide: true, Quorum: 2}, decide, func(v *invitation) { v.decide("ann", assets.ActionApprove) }, [3]string{"invalid_transition", "", ""}},
		{"another has approved", approval.Policy{GuestsMayDecide: true, Quorum: 2}, decide, func(v *invitation) { v.decide("bob", assets.ActionApprove) }, [3]string{"", "", ""}},
		{"another guest of the inviter has approved", approval.Policy{GuestsMayDecide: true, Quorum: 2}, decide, func(v *invitation) {
			own := v.token
			_, v.token = v.make("ann", "Max", decide)
			v.must(assets.ActionApprove)
			v.token = own
		}, [3]string{"invalid_transition", "", ""}},
		{"invited by the creator", approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true}, decide, func(v *invitation) {
			_, v.token = v.make("maker", "Eve", decide)
		}, [3]string{"self_approval", "", ""}},
		{"not submitted, and it is required", approval.Policy{GuestsMayDecide: true, RequireSubmit: true}, decide, func(v *invitation) {
			v.decide("bob", assets.ActionArchive)
			v.decide("bob", assets.ActionReopen)
		}, [3]string{"invalid_transition", "invalid_transition", ""}},
	} {
		for i, action := range []assets.Action{assets.ActionApprove, assets.ActionRequestChanges, assets.ActionComment} {
			t.Run(fmt.Sprintf("%s/%s", c.name, action), func(t *testing.T) {
				t.Parallel()
				v := invite(t, c.policy, c.can)
				c.prepare(v)
				v.check(action, c.want[i])
			})
		}
	}
}

func (v *invitation) revoke() {
	v.Helper()
	if err := v.lib.RevokeReviewLink(v.Context(), fixture.Ann, v.link.ID); err != nil {
		v.Fatal(err)
	}
}

func (v *invitation) must(action assets.Action) {
	v.Helper()
	if _, err := v.answer(action); err != nil {
		v.Fatal(err)
	}
}

// check makes an answer, which must have a code, and checks what it changes.
func (v *invitation) check(action assets.Action, code string) {
	v.Helper()
	foretold, before := v.foretold(action), v.now()
	made, err := v.answer(action)
	if assets.Code(err) != code || foretold != code {
		v.Errorf("the answer is %q (%v), foretold as %q, want %q", assets.Code(err), err, foretold, code)
	}
	after := v.now()
	if code != "" {
		if diff := cmp.Diff(before, after); diff != "" {
			v.Errorf("a refused answer changed the asset:\n%s", diff)
		}
		return
	}
	want := assets.Review{
		ID: made.ID, AssetID: v.asset.ID, Version: 1, SHA256: v.asset.Content.SHA256, Action: action, FromStatus: made.FromStatus, ToStatus: after.Status,
		Comment: "Because.", By: "guest:Eve", ByKind: assets.KindUser, Via: assets.ViaLink, InvitedBy: made.InvitedBy, At: made.At, Revision: before.Revision + 1,
	}
	if diff := cmp.Diff(want, made); diff != "" || made.InvitedBy != "ann" && made.InvitedBy != "maker" {
		v.Errorf("recorded (-want +got), by %s:\n%s", made.InvitedBy, diff)
	}
	if last := after.Reviews[len(after.Reviews)-1]; last != made || after.Revision != before.Revision+1 {
		v.Errorf("the newest review is %+v", last)
	}
}

// foretold returns the code that OpenReviewLink has for an answer.
func (v *invitation) foretold(action assets.Action) string {
	v.Helper()
	s, err := v.lib.OpenReviewLink(v.Context(), v.token)
	switch {
	case err != nil:
		return assets.Code(err)
	case s.Ended != nil:
		return assets.Code(s.Ended)
	case action == assets.ActionApprove:
		return assets.Code(s.Approve)
	case action == assets.ActionRequestChanges:
		return assets.Code(s.Request)
	}
	return assets.Code(s.Comment)
}

// now returns the asset, or nil if it was deleted.
func (v *invitation) now() *assets.Asset {
	v.Helper()
	a, err := v.lib.Get(v.Context(), fixture.Ann, v.asset.ID, assets.SelectCurrent)
	if assets.Code(err) == "not_found" {
		return nil
	}
	if err != nil {
		v.Fatal(err)
	}
	return a
}

// TestGuestCountsAsInviter: a guest and the inviter are one subject for a quorum, also for
// an approval that is carried over, and the rule about one's own versions.
func TestGuestCountsAsInviter(t *testing.T) {
	t.Parallel()
	two := approval.Policy{GuestsMayDecide: true, Quorum: 2}
	v := invite(t, two, assets.LinkDecide)
	v.must(assets.ActionApprove)
	if _, err := v.lib.Review(t.Context(), fixture.Ann, v.asset.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil || v.now().Status != assets.StatusPendingReview {
		t.Errorf("the inviter's approval: %v, %s; want it in effect", err, v.now().Status)
	}
	v.decide("bob", assets.ActionApprove)
	if a := v.now(); a.Status != assets.StatusApproved || len(a.Reviews) != 3 {
		t.Fatalf("%s with %d reviews, want approved with 3", a.Status, len(a.Reviews))
	}
	for name, c := range map[string]struct {
		policy  approval.Policy
		carried bool
	}{
		"two subjects":           {two, true},
		"three":                  {approval.Policy{GuestsMayDecide: true, Quorum: 3}, false},
		"not their own versions": {approval.Policy{GuestsMayDecide: true, Quorum: 2, ForbidSelfApproval: true}, true},
		"guests only comment":    {approval.Policy{Quorum: 2}, false},
	} {
		v.add("newer than " + name)
		v.use(c.policy)
		a, err := v.lib.Rollback(t.Context(), assetstest.User("acme", "cem"), v.asset.ID, assets.Rollback{Version: 1})
		if err != nil || (a.ApprovedVersion == a.CurrentVersion) != c.carried {
			t.Errorf("%s: %v, version %d of %d in force, want carried: %v", name, err, a.ApprovedVersion, a.CurrentVersion, c.carried)
		}
		v.use(two)
	}

	own := invite(t, guestsDecide, assets.LinkDecide)
	_, own.token = own.make("maker", "Eve", assets.LinkDecide)
	own.must(assets.ActionApprove)
	own.add("newer")
	own.use(approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true})
	a, err := own.lib.Rollback(t.Context(), assetstest.User("acme", "cem"), own.asset.ID, assets.Rollback{Version: 1})
	if err != nil || a.ApprovedVersion == a.CurrentVersion {
		t.Errorf("the approval by the creator's guest was carried over: %+v, %v", a, err)
	}
}

// TestNobodyElseIsAGuest: only a link makes a guest.
func TestNobodyElseIsAGuest(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	guest := assetstest.User("acme", "guest:Eve")
	byLink := fixture.Ann
	byLink.Via = assets.ViaLink
	for _, by := range []assets.Actor{guest, byLink} {
		if _, err := v.lib.Get(t.Context(), by, v.asset.ID, assets.SelectCurrent); assets.Code(err) != "unauthorized" {
			t.Errorf("%+v reads: %v", by, err)
		}
		if _, err := v.lib.Review(t.Context(), by, v.asset.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); assets.Code(err) != "unauthorized" {
			t.Errorf("%+v approves: %v", by, err)
		}
	}
	keys, err := apikey.New(apikey.Config{Store: v.cfg.Store.(apikey.Store)})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = keys.Mint(t.Context(), apikey.NewKey{Workspace: "acme", Owner: "guest:Eve", Kind: assets.KindUser})
	if fields := assets.FieldErrors(err); len(fields) != 1 || !slices.Equal(fields[0].Loc, []any{"owner"}) {
		t.Errorf("a key of a guest: %v", err)
	}
}
