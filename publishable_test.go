package assets_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
)

// story is one asset and what people do to it.
type story struct {
	*testing.T
	lib *assets.Library
	id  assets.ID
}

func newStory(t *testing.T, p approval.Policy) *story {
	t.Helper()
	return newStoryAt(t, p, nil)
}

// newStoryAt is newStory by a clock.
func newStoryAt(t *testing.T, p approval.Policy, now func() time.Time) *story {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Approver, cfg.Now = p, now
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	made, err := lib.Create(t.Context(), assetstest.User("w", "maker"), assets.NewAsset{
		Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "v1", Provenance: assets.Provenance{SourceType: "digitalCreation"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &story{t, lib, made.ID}
}

func (s *story) decide(by string, action assets.Action, n assets.Number) {
	s.Helper()
	_, err := s.lib.Review(s.Context(), assetstest.User("w", by), s.id, assets.Decision{Action: action, Version: n, Comment: "why"})
	if err != nil {
		s.Fatalf("%s by %s: %v", action, by, err)
	}
}

func (s *story) add(text, sourceType string) {
	s.Helper()
	_, err := s.lib.AddVersion(s.Context(), assetstest.User("w", "maker"), s.id, assets.NewVersion{
		Text: text, Provenance: assets.Provenance{SourceType: sourceType},
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *story) explain(sel assets.Selector) *assets.Publishability {
	s.Helper()
	p, err := s.lib.Publishable(s.Context(), assetstest.Agent("w", "bot"), s.id, sel)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// expect checks what is missing for a version, and who approved it.
func (s *story) expect(what string, sel assets.Selector, missing string, approvers ...string) *assets.Publishability {
	s.Helper()
	p := s.explain(sel)
	codes, by := []assets.MissingCode{}, []string{}
	for _, m := range p.Missing {
		codes = append(codes, m.Code)
	}
	for _, r := range p.Because {
		by = append(by, r.By)
	}
	if got := fmt.Sprint(codes); got != "["+missing+"]" || p.Publishable != (missing == "") || !slices.Equal(by, approvers) && len(by)+len(approvers) > 0 {
		s.Errorf("%s: publishable %v, missing %s because of %v, want [%s] because of %v", what, p.Publishable, got, by, missing, approvers)
	}
	return p
}

func TestPublishable(t *testing.T) {
	t.Parallel()
	s := newStory(t, approval.Policy{Quorum: 2, ForbidSelfApproval: true})
	p := s.expect("a draft", assets.SelectApproved, "not_submitted approvals")
	if p.Version != 0 || p.SHA256 != "" || p.WithdrawnBy != nil || p.Policy == nil || p.Policy.Quorum != 2 {
		t.Errorf("%+v", p)
	}
	if who, how := p.Missing[1].Who, p.Missing[1].How; who != "2 users with the scope assets:approve, but not the creator of the version" || how != "Approve version 1, naming its SHA-256." {
		t.Errorf("%q, %q", who, how)
	}
	s.decide("maker", assets.ActionSubmit, 1)
	s.decide("ann", assets.ActionApprove, 1)
	p = s.expect("one approval of two", assets.SelectApproved, "approvals", "ann")
	if who := p.Missing[0].Who; who != "1 more user with the scope assets:approve, but not the creator of the version" {
		t.Error(who)
	}
	s.decide("bob", assets.ActionRequestChanges, 1)
	s.expect("changes were requested", 1, "changes_requested approvals")
	s.decide("maker", assets.ActionSubmit, 1)
	s.decide("ann", assets.ActionApprove, 1)
	s.decide("bob", assets.ActionApprove, 1)
	if p = s.expect("in force", assets.SelectApproved, "", "ann", "bob"); p.Version != 1 || len(p.SHA256) != 64 {
		t.Errorf("%+v", p)
	}

	s.add("v2", "digitalCreation")
	s.expect("beside a draft", assets.SelectApproved, "", "ann", "bob")
	s.expect("the draft", assets.SelectCurrent, "not_submitted approvals")
	s.decide("ann", assets.ActionApprove, 2)
	s.decide("bob", assets.ActionApprove, 2)
	s.expect("superseded", 1, "overtaken", "ann", "bob")
	s.add("v3", "digitalCreation")
	if _, err := s.lib.Rollback(t.Context(), assetstest.User("w", "cem"), s.id, assets.Rollback{Version: 1}); err != nil {
		t.Fatal(err)
	}
	s.expect("carried over", assets.SelectApproved, "", "ann", "bob")
	p = s.expect("the same as the one in force", 1, "overtaken")
	if m := p.Missing[0]; m.How != "Nothing: publishers get version 4, which has the same content." || m.Who != "nobody" || m.InForce != 4 {
		t.Errorf("%+v", m)
	}
	s.expect("never approved", 3, "overtaken not_submitted approvals")

	s.decide("bob", assets.ActionRequestChanges, 4)
	if p = s.expect("withdrawn", assets.SelectApproved, "changes_requested approvals"); p.WithdrawnBy == nil || p.WithdrawnBy.By != "bob" || p.WithdrawnBy.Version != 4 {
		t.Errorf("withdrawn by %+v", p.WithdrawnBy)
	}
	s.decide("cem", assets.ActionArchive, 4)
	if p = s.expect("archived", 4, "archived not_submitted approvals"); p.WithdrawnBy == nil || p.WithdrawnBy.Action != assets.ActionRequestChanges {
		t.Errorf("withdrawn by %+v", p.WithdrawnBy)
	}
	if p = s.expect("another one of it", 2, "archived overtaken not_submitted approvals"); p.WithdrawnBy == nil || p.WithdrawnBy.By != "cem" || p.WithdrawnBy.Action != assets.ActionArchive {
		t.Errorf("withdrawn by %+v", p.WithdrawnBy)
	}
	if _, err := s.lib.Publishable(t.Context(), assetstest.User("w", "ann"), s.id, 9); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("no such version: %v", err)
	}
}

// TestPublishableReadsTheVersionsOwnDecision: what was asked of another version since does not
// change what is missing for this one.
func TestPublishableReadsTheVersionsOwnDecision(t *testing.T) {
	t.Parallel()
	s := newStory(t, approval.Policy{})
	s.decide("ann", assets.ActionApprove, 1)
	s.add("v2", "")
	s.decide("ann", assets.ActionSubmit, 2)
	s.decide("ann", assets.ActionRequestChanges, 2)
	s.decide("ann", assets.ActionRequestChanges, 1)
	s.expect("changes of both were requested", assets.SelectCurrent, "changes_requested approvals")
	_, err := s.lib.Review(t.Context(), assetstest.User("w", "ann"), s.id, assets.Decision{Action: assets.ActionApprove, Version: 2})
	if !errors.Is(err, assets.ErrInvalidTransition) {
		t.Errorf("approving it: %v", err)
	}
	s.decide("ann", assets.ActionSubmit, 2)
	s.expect("submitted again", assets.SelectCurrent, "approvals")
}

// A version without a known source type has to be replaced before it can be approved.
func TestPublishableWithDisclosure(t *testing.T) {
	t.Parallel()
	s := newStory(t, approval.Policy{RequireDisclosure: true})
	s.expect("with a source type", 1, "not_submitted approvals")
	s.add("v2", "")
	s.expect("without one", assets.SelectApproved, "disclosure not_submitted approvals")
	s.expect("the older one", 1, "overtaken not_submitted approvals")
	_, err := s.lib.Review(t.Context(), assetstest.User("w", "ann"), s.id, assets.Decision{Action: assets.ActionApprove, Version: 2})
	if !errors.Is(err, assets.ErrRefused) {
		t.Errorf("approving it: %v", err)
	}
	s.add("v2", "trainedAlgorithmicMedia")
	s.decide("ann", assets.ActionApprove, 3)
	s.expect("replaced", assets.SelectApproved, "", "ann")
	s.add("v4", "trainedAlgorithmicMedia")
	if p := s.expect("the one that was replaced, beside a draft", 2, "overtaken"); p.Missing[0].InForce != 3 {
		t.Errorf("%+v", p.Missing)
	}
}

// A guest's approval and that of who invited them are those of one person: the newer one
// is named.
func TestPublishableNamesAGuestOrTheInviter(t *testing.T) {
	t.Parallel()
	quorum := func(n int) approval.Policy { return approval.Policy{GuestsMayDecide: true, Quorum: n} }
	v := invite(t, quorum(3), assets.LinkDecide)
	explain := func() (by []string) {
		p, err := v.lib.Publishable(t.Context(), assetstest.User("acme", "ann"), v.asset.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Because {
			by = append(by, r.By)
		}
		return by
	}
	v.decide("ann", assets.ActionApprove) // who has invited Eve
	v.decide("bob", assets.ActionApprove)
	if by := explain(); !slices.Equal(by, []string{"ann", "bob"}) {
		t.Errorf("two of three are of %v", by)
	}
	v.use(quorum(2))
	v.must(assets.ActionApprove) // by Eve
	if by := explain(); !slices.Equal(by, []string{"bob", "guest:Eve"}) || v.now().ApprovedVersion != 1 {
		t.Errorf("two of two are of %v", by)
	}
}

// counted is a store that counts the reviews that snapshots of it have read, and the
// reads.
type counted struct {
	assets.Store
	reads, rows int
}

func (c *counted) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return c.Store.View(ctx, func(r assets.Snapshot) error { return fn(countedSnapshot{r, c}) })
}

type countedSnapshot struct {
	assets.Snapshot
	*counted
}

func (s countedSnapshot) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	all, err := s.Snapshot.Reviews(ctx, workspace, id, n, limit)
	s.reads, s.rows = s.reads+1, s.rows+len(all)
	return all, err
}

func (s countedSnapshot) ReviewsBefore(ctx context.Context, workspace string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	all, err := s.Snapshot.ReviewsBefore(ctx, workspace, id, w)
	s.reads, s.rows = s.reads+1, s.rows+len(all)
	return all, err
}

// TestPublishableReadsWithinBounds: however many reviews an asset has, an explanation
// reads few of them.
func TestPublishableReadsWithinBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		prepare     func(s *story)
		reads, rows int
		approvals   int
		withdrawn   bool
	}{
		{"an approval after 1,200 decisions", func(s *story) {
			for range 600 {
				s.decide("maker", assets.ActionSubmit, 1)
				s.decide("bob", assets.ActionRequestChanges, 1)
			}
			s.decide("maker", assets.ActionSubmit, 1)
			s.decide("ann", assets.ActionApprove, 1)
		}, 1, 8, 1, false},
		{"an approval and 1,500 comments", func(s *story) {
			s.decide("ann", assets.ActionApprove, 1)
			s.comment(1500)
		}, 1, 8, 1, false},
		{"1,500 approvals that all count", func(s *story) {
			s.decide("ann", assets.ActionApprove, 1)
			s.record(1500, assets.ActionApprove)
		}, 5, 1700, 1000, false},
		{"a withdrawal and 1,500 comments", func(s *story) {
			s.decide("ann", assets.ActionApprove, 1)
			s.decide("bob", assets.ActionRequestChanges, 1)
			s.comment(1500)
		}, 10, 110, 0, true},
		{"a withdrawal behind more than is looked at", func(s *story) {
			s.decide("ann", assets.ActionApprove, 1)
			s.decide("bob", assets.ActionRequestChanges, 1)
			for range 600 {
				s.decide("maker", assets.ActionSubmit, 1)
				s.decide("bob", assets.ActionRequestChanges, 1)
			}
		}, 14, 1010, 0, false},
		{"an approval that was carried over 101 times", func(s *story) {
			s.decide("ann", assets.ActionApprove, 1)
			for n := assets.Number(1); n < 203; n += 2 {
				s.add("v2", "digitalCreation")
				if _, err := s.lib.Rollback(s.Context(), assetstest.User("w", "cem"), s.id, assets.Rollback{Version: n}); err != nil {
					s.Fatal(err)
				}
			}
		}, 101, 110, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, approval.Policy{})
			c.prepare(s)
			rows := &counted{Store: s.lib.Store()}
			s.lib = s.lib.With(rows)
			p := s.explain(assets.SelectApproved)
			if rows.reads > c.reads || rows.rows > c.rows {
				t.Errorf("%d reads of %d reviews, want at most %d of %d", rows.reads, rows.rows, c.reads, c.rows)
			}
			if len(p.Because) != c.approvals || (p.WithdrawnBy != nil) != c.withdrawn || p.Publishable != (c.approvals > 0) {
				t.Errorf("%d approvals, withdrawn by %+v, publishable %v", len(p.Because), p.WithdrawnBy, p.Publishable)
			}
		})
	}
}

// comment makes comments on version 1.
func (s *story) comment(n int) {
	s.Helper()
	for range n {
		if _, err := s.lib.Comment(s.Context(), assetstest.Agent("w", "bot"), s.id, assets.NewComment{Version: 1, Text: "Why?"}); err != nil {
			s.Fatal(err)
		}
	}
}

// record stores decisions of other subjects on version 1, as under another policy.
func (s *story) record(n int, action assets.Action) {
	s.Helper()
	err := s.lib.Store().Update(s.Context(), func(tx assets.Tx) error {
		a, err := tx.Asset(s.Context(), "w", s.id)
		if err != nil {
			return err
		}
		for i := range n {
			id, _ := s.lib.NewID()
			a.Revision++
			r := assets.Review{
				ID: id, AssetID: s.id, Version: 1, SHA256: a.Content.SHA256, Action: action, FromStatus: a.Status, ToStatus: a.Status,
				By: fmt.Sprint("subject ", i), ByKind: assets.KindUser, Via: assets.ViaGo, At: a.UpdatedAt, Revision: a.Revision,
			}
			if err := tx.AddReview(s.Context(), "w", r); err != nil {
				return err
			}
		}
		return tx.PutAsset(s.Context(), a, a)
	})
	if err != nil {
		s.Fatal(err)
	}
}

// TestPublishableAfterAnErasure: what is recorded after an erasure has withdrawn nothing,
// and what is recorded before has.
func TestPublishableAfterAnErasure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after assets.Action
		want          assets.Action // of WithdrawnBy
	}{
		"archived":         {after: assets.ActionArchive},
		"withdrawn before": {before: assets.ActionRequestChanges, after: assets.ActionArchive, want: assets.ActionRequestChanges},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := fixture.NewClock()
			s := newStoryAt(t, approval.Policy{}, clock.Now)
			s.decide("lead", assets.ActionApprove, 1)
			if c.before != "" {
				s.decide("lead", c.before, 1)
			}
			clock.Advance(time.Second)
			if _, err := s.lib.Erase(t.Context(), assetstest.User("w", "ann"), s.id, 1, "r"); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Second)
			s.decide("lead", c.after, 1)
			for _, sel := range []assets.Selector{1, assets.SelectApproved} {
				got := s.explain(sel).WithdrawnBy
				if got == nil && c.want != "" || got != nil && got.Action != c.want {
					t.Errorf("version %d was withdrawn by %+v, want %q", sel, got, c.want)
				}
			}
		})
	}
}
