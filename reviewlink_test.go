package assets_test

import (
	"context"
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
