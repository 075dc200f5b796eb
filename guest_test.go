package assets_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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

// TestReviewLinkTokens: a token opens its own link, as it was made, and nothing else.
func TestReviewLinkTokens(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	preview, err := v.lib.PreviewURL(t.Context(), fixture.Ann, v.asset.ID, assets.PreviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{"", "x", v.token + "A", v.token[1:], preview.URL[strings.LastIndexByte(preview.URL, '/')+1:]}
	for i := range v.token {
		c := byte('A')
		if v.token[i] == c {
			c = 'B'
		}
		forged = append(forged, v.token[:i]+string(c)+v.token[i+1:])
	}
	for _, token := range forged {
		if _, err := v.lib.OpenReviewLink(t.Context(), token); assets.Code(err) != "not_found" {
			t.Errorf("opening %q: %v", token, err)
		}
		if _, err := v.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: assets.ActionApprove}); assets.Code(err) != "not_found" {
			t.Errorf("answering with %q: %v", token, err)
		}
	}
	// A row that was altered is not what the token was signed for.
	for name, alter := range map[string]func(*assets.ReviewLink){
		"version": func(k *assets.ReviewLink) { k.Version = 2 },
		"digest":  func(k *assets.ReviewLink) { k.SHA256 = strings.Repeat("0", 64) },
		"name":    func(k *assets.ReviewLink) { k.Name = "Ann" },
		"right":   func(k *assets.ReviewLink) { k.Can = assets.LinkComment },
		"inviter": func(k *assets.ReviewLink) { k.CreatedBy = "bob" },
		"expiry":  func(k *assets.ReviewLink) { k.ExpiresAt++ },
		"asset":   func(k *assets.ReviewLink) { k.AssetID = fixture.AbsentID },
	} {
		altered := v.link
		alter(&altered)
		put := func(k assets.ReviewLink) {
			if err := v.cfg.Store.Update(t.Context(), func(tx assets.Tx) error { return tx.PutLink(t.Context(), k) }); err != nil {
				t.Fatal(err)
			}
		}
		put(altered)
		if _, err := v.lib.OpenReviewLink(t.Context(), v.token); assets.Code(err) != "not_found" {
			t.Errorf("with another %s: %v", name, err)
		}
		put(v.link)
	}
	v.checkOtherWorkspace()
	v.must(assets.ActionApprove)
}

// checkOtherWorkspace requires that a row that names another workspace is not what the
// token was signed for, and that a row there with the same id is not what it opens.
func (v *invitation) checkOtherWorkspace() {
	v.Helper()
	foreign, err := v.lib.Create(v.Context(), assetstest.User("other", "ann"), fixture.Copy("foreign"))
	if err != nil {
		v.Fatal(err)
	}
	moved := v.link
	moved.Workspace, moved.AssetID, moved.SHA256 = "other", foreign.ID, foreign.Content.SHA256
	if err := v.cfg.Store.Update(v.Context(), func(tx assets.Tx) error { return tx.PutLink(v.Context(), moved) }); err != nil {
		v.Fatal(err)
	}
	if s, err := v.lib.OpenReviewLink(v.Context(), v.token); err != nil || s.Asset.ID != v.asset.ID || s.Link.Workspace != "acme" {
		v.Errorf("with a row of another workspace: %+v, %v", s, err)
	}
	cfg := v.cfg
	cfg.Store = movedLinks{cfg.Store}
	lib, err := assets.New(cfg)
	if err != nil {
		v.Fatal(err)
	}
	if _, err := lib.OpenReviewLink(v.Context(), v.token); assets.Code(err) != "not_found" {
		v.Errorf("opening a row that names another workspace: %v", err)
	}
	if _, err := lib.AnswerReviewLink(v.Context(), v.token, assets.GuestAnswer{Action: assets.ActionApprove}); assets.Code(err) != "not_found" {
		v.Errorf("answering with a row that names another workspace: %v", err)
	}
}

// movedLinks is a store whose links name another workspace than that which has them.
type movedLinks struct{ assets.Store }

func (s movedLinks) Link(ctx context.Context, workspace string, id assets.ID) (assets.ReviewLink, error) {
	return moved(s.Store.Link(ctx, workspace, id))
}

func (s movedLinks) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.Store.View(ctx, func(r assets.Snapshot) error { return fn(movedSnapshot{r}) })
}

type movedSnapshot struct{ assets.Snapshot }

func (s movedSnapshot) Link(ctx context.Context, workspace string, id assets.ID) (assets.ReviewLink, error) {
	return moved(s.Snapshot.Link(ctx, workspace, id))
}

func moved(link assets.ReviewLink, err error) (assets.ReviewLink, error) {
	link.Workspace = "other"
	return link, err
}

// TestReviewLinkEndsWithKey: a link ends when the key that it was made with is revoked or
// expires.
func TestReviewLinkEndsWithKey(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	keys, err := apikey.New(apikey.Config{Store: v.cfg.Store.(apikey.Store), Now: v.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		expires assets.Time
		end     func(prefix string)
	}{
		"revoked": {0, func(prefix string) {
			if err := keys.RevokeAny(t.Context(), prefix); err != nil {
				t.Fatal(err)
			}
		}},
		"revoked by a process whose clock is ahead": {0, func(prefix string) {
			ahead, err := apikey.New(apikey.Config{Store: v.cfg.Store.(apikey.Store), Now: func() time.Time { return v.clock.Now().Add(time.Minute) }})
			if err == nil {
				err = ahead.RevokeAny(t.Context(), prefix)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		"expired": {v.lib.Now().Add(time.Hour), func(string) { v.clock.Advance(time.Hour) }},
	} {
		bearer, k, err := keys.Mint(t.Context(), apikey.NewKey{Workspace: "acme", Owner: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}, ExpiresAt: c.expires})
		if err != nil {
			t.Fatal(err)
		}
		by, err := keys.Authenticate(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		link, err := v.lib.CreateReviewLink(t.Context(), by, v.asset.ID, assets.NewReviewLink{Name: "Eve"})
		if err != nil {
			t.Fatal(err)
		}
		v.token = link.URL[strings.LastIndexByte(link.URL, '/')+1:]
		if s, err := v.lib.OpenReviewLink(t.Context(), v.token); err != nil || s.Ended != nil {
			t.Errorf("%s: before: %+v, %v", name, s, err)
		}
		c.end(k.Prefix)
		if s, err := v.lib.OpenReviewLink(t.Context(), v.token); err != nil || assets.Code(s.Ended) != "withdrawn" {
			t.Errorf("%s: %+v, %v; want withdrawn", name, s, err)
		}
		if _, err := v.answer(assets.ActionComment); assets.Code(err) != "withdrawn" {
			t.Errorf("%s: a comment: %v", name, err)
		}
	}
}

// TestOpeningAReviewLinkEnds: the host's rule, which is asked in a snapshot, has as long as
// for a review.
func TestOpeningAReviewLinkEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := invite(t, guestsDecide, assets.LinkDecide)
		slow := guestsDecide
		slow.Rule = func(ctx context.Context, _ assets.Actor, _ *assets.Asset, _ assets.Review) error {
			<-ctx.Done()
			return ctx.Err()
		}
		v.cfg.Limits.WriteTimeout = 7 * time.Second
		v.use(slow)
		began := time.Now()
		s, err := v.lib.OpenReviewLink(t.Context(), v.token)
		if err == nil || time.Since(began) != 7*time.Second {
			t.Errorf("%+v, %v after %v", s, err, time.Since(began))
		}
	})
}

// TestUseOfAReviewLink is recorded by the Library, and not in the host's transaction, which
// a statement that is cut off would end.
func TestUseOfAReviewLink(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	for _, c := range []struct {
		lib  *assets.Library
		want assets.Time
	}{{v.lib.With(v.cfg.Store), 0}, {v.lib, v.lib.Now()}} {
		if _, err := c.lib.OpenReviewLink(t.Context(), v.token); err != nil {
			t.Fatal(err)
		}
		page, err := v.lib.ReviewLinks(t.Context(), fixture.Ann, v.asset.ID, assets.PageQuery{})
		if err != nil || len(page.Items) != 1 || page.Items[0].LastUsedAt != c.want {
			t.Errorf("%+v, %v, want it used at %d", page, err, c.want)
		}
	}
}

// TestReviewLinks lists, counts and revokes links.
func TestReviewLinks(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	second, _ := v.make("bob", " Max ", "")
	if second.Name != "Max" || second.Can != assets.LinkComment || second.ExpiresAt != second.CreatedAt.Add(assets.DefaultLink) {
		t.Errorf("defaults: %+v", second)
	}
	v.clock.Advance(time.Hour)
	if _, err := v.lib.OpenReviewLink(t.Context(), v.token); err != nil {
		t.Fatal(err)
	}
	v.must(assets.ActionRequestChanges)
	v.revoke()
	v.revoke() // again
	var all []assets.ReviewLink
	for q := (assets.PageQuery{Limit: 1}); ; {
		page, err := v.lib.ReviewLinks(t.Context(), fixture.Ann, v.asset.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			break
		}
	}
	first := v.link
	first.URL, first.LastUsedAt, first.RevokedAt = "", v.lib.Now(), v.lib.Now()
	first.Decision, first.DecidedAt = "request_changes", v.lib.Now()
	second.URL = ""
	if diff := cmp.Diff([]assets.ReviewLink{second, first}, all); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

// TestReviewLinkRefused has what cannot be made, listed or revoked.
func TestReviewLinkRefused(t *testing.T) {
	t.Parallel()
	v := invite(t, approval.Policy{}, assets.LinkComment)
	person := func(scopes ...assets.Scope) assets.Actor {
		a := assetstest.User("acme", "rob")
		a.Scopes = scopes
		return a
	}
	ok := assets.NewReviewLink{Name: "Eve"}
	for name, c := range map[string]struct {
		by   assets.Actor
		in   assets.NewReviewLink
		want string
	}{
		"an agent":          {fixture.Bot, ok, "forbidden_kind"},
		"a writer":          {person(assets.ScopeRead, assets.ScopeWrite), ok, "forbidden_scope"},
		"nobody":            {assets.Actor{}, ok, "unauthorized"},
		"another workspace": {assetstest.User("other", "ann"), ok, "not_found"},
		"unknown version":   {fixture.Ann, assets.NewReviewLink{Name: "Eve", Version: 2}, "not_found"},
		"decide":            {fixture.Ann, assets.NewReviewLink{Name: "Eve", Can: assets.LinkDecide}, "refused_by_policy"},
		"no name":           {fixture.Ann, assets.NewReviewLink{}, "validation_error"},
		"blank name":        {fixture.Ann, assets.NewReviewLink{Name: " "}, "validation_error"},
		"long name":         {fixture.Ann, assets.NewReviewLink{Name: strings.Repeat("x", 201)}, "validation_error"},
		"control character": {fixture.Ann, assets.NewReviewLink{Name: "E\nve"}, "validation_error"},
		"unknown right":     {fixture.Ann, assets.NewReviewLink{Name: "Eve", Can: "archive"}, "validation_error"},
		"too long":          {fixture.Ann, assets.NewReviewLink{Name: "Eve", ExpiresIn: assets.MaxLinkExpiry + 1}, "validation_error"},
		"too short":         {fixture.Ann, assets.NewReviewLink{Name: "Eve", ExpiresIn: -1}, "validation_error"},
	} {
		if _, err := v.lib.CreateReviewLink(t.Context(), c.by, v.asset.ID, c.in); assets.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := v.lib.CreateReviewLink(t.Context(), fixture.Bot, v.asset.ID, ok); assets.Detail(err) != "an actor of kind agent may not manage review links: a person has to" {
		t.Errorf("an agent is told %q", assets.Detail(err))
	}
	for _, by := range []assets.Actor{fixture.Bot, assetstest.User("other", "ann")} {
		_, listed := v.lib.ReviewLinks(t.Context(), by, v.asset.ID, assets.PageQuery{})
		if revoked := v.lib.RevokeReviewLink(t.Context(), by, v.link.ID); listed == nil || revoked == nil || assets.Code(listed) != assets.Code(revoked) {
			t.Errorf("%+v: %v, %v", by, listed, revoked)
		}
	}
	if s, err := v.lib.OpenReviewLink(t.Context(), v.token); err != nil || s.Ended != nil {
		t.Errorf("it was revoked: %+v, %v", s, err)
	}
	v.decide("ann", assets.ActionArchive)
	if _, err := v.lib.CreateReviewLink(t.Context(), fixture.Ann, v.asset.ID, ok); assets.Code(err) != "invalid_transition" {
		t.Errorf("of an archived asset: %v", err)
	}
	v.cfg.ReviewLinkURL = nil
	v.use(approval.Policy{})
	if _, err := v.lib.CreateReviewLink(t.Context(), fixture.Ann, v.asset.ID, ok); assets.Code(err) != "not_configured" {
		t.Errorf("without an address: %v", err)
	}
}

// TestReviewLinkLimit: a workspace has so many links that have not ended.
func TestReviewLinkLimit(t *testing.T) {
	t.Parallel()
	v := invite(t, guestsDecide, assets.LinkDecide)
	err := v.cfg.Store.Update(t.Context(), func(tx assets.Tx) error {
		for range assets.MaxReviewLinks - 1 {
			k := v.link
			k.ID, _ = v.lib.NewID()
			if err := tx.PutLink(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	in := assets.NewReviewLink{Name: "Eve"}
	if _, err := v.lib.CreateReviewLink(t.Context(), fixture.Ann, v.asset.ID, in); assets.Code(err) != "limit_reached" {
		t.Errorf("one too many: %v", err)
	}
	v.revoke()
	if _, err := v.lib.CreateReviewLink(t.Context(), fixture.Ann, v.asset.ID, in); err != nil {
		t.Errorf("after one was revoked: %v", err)
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
