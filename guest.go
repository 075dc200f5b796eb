package assets

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// GuestPrefix begins the subject of a person with a review link: the name in the link
// follows. No other actor may have such a subject.
const GuestPrefix = "guest:"

// errGuestInEffect is returned for a decision of a guest that changes nothing, such as an
// approval by whose inviter has approved.
var errGuestInEffect = Errorf(ErrInvalidTransition, "the same decision counts already")

// GuestsDecide reports whether the policy lets people with a review link decide.
func (l *Library) GuestsDecide() bool {
	policy, ok := l.cfg.Approver.(GuestDecider)
	return ok && policy.GuestsDecide()
}

// GuestState is what a person with a review link may see and do.
type GuestState struct {
	Link    ReviewLink
	Asset   *Asset // shows the version of the link; without versions and reviews
	Version Version
	Ended   error // ErrExpired or ErrWithdrawn, or nil: the link can be used
	Comment error // why the guest cannot comment now, or nil
	Approve error // why the guest cannot approve now, or nil
	Request error // why the guest cannot request changes now, or nil
}

// OpenReviewLink returns what the token of a review link opens now. It decides nothing.
// That the link was used is recorded, at most once a minute, but not with the Library of
// [Library.With]: it could cost the host its transaction.
//
// It returns ErrNotFound for a forged token or a deleted asset, ErrExpired for a link
// that a sweep has removed, or ErrUnavailable.
func (l *Library) OpenReviewLink(ctx context.Context, token string) (_ *GuestState, err error) {
	ctx, op := l.observe(ctx, "OpenReviewLink", nil, "")
	defer op.end(&err)
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.WriteTimeout) // as for a review
	defer cancel()
	var s *GuestState
	err = l.cfg.Store.View(ctx, func(r Snapshot) error {
		link, err := l.readLink(ctx, r, token)
		if err != nil {
			return err
		}
		s, err = l.guestState(ctx, r, link)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.present(s.Asset)
	if s.Ended == nil {
		l.recordUse(ctx, s.Link)
	}
	return s, nil
}

// linkUse is the precision of LastUsedAt, and maxUseWait how long recording a use may
// delay a request.
const (
	linkUse    = time.Minute
	maxUseWait = 250 * time.Millisecond
)

// recordUse records that a link was used. A failure is logged and fails nothing. In the
// host's transaction nothing is recorded: a statement that is cut off would end that.
func (l *Library) recordUse(ctx context.Context, link ReviewLink) {
	now := l.Now()
	if l.changing == nil || now < link.LastUsedAt.Add(linkUse) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxUseWait)
	defer cancel()
	err := l.cfg.Store.Update(ctx, func(tx Tx) error {
		stored, err := tx.Link(ctx, link.Workspace, link.ID)
		if err != nil || stored.Ended(now) != nil {
			return err
		}
		stored.LastUsedAt = now
		return tx.PutLink(ctx, stored)
	})
	if err != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: the use of a review link was not recorded", "workspace", link.Workspace, "link", link.ID, "error", err)
	}
}

// guestState reads what a link opens.
func (l *Library) guestState(ctx context.Context, r Reader, link ReviewLink) (*GuestState, error) {
	current, err := r.Asset(ctx, link.Workspace, link.AssetID)
	if err != nil {
		return nil, err
	}
	v, err := r.Version(ctx, link.Workspace, link.AssetID, link.Version)
	if err != nil {
		return nil, missingRow(err, "the version of a review link")
	}
	shown := *current
	shown.show(v)
	shown.LastReview = LastReview{} // other people's
	s := &GuestState{Link: link, Asset: &shown, Version: v, Ended: link.Ended(l.Now())}
	if s.Ended == nil && current.Status == StatusArchived {
		s.Ended = ErrWithdrawn
	}
	s.Comment = l.admitGuest(&link, current, v, ActionComment)
	for action, result := range map[Action]*error{ActionApprove: &s.Approve, ActionRequestChanges: &s.Request} {
		if *result = l.admitGuest(&link, current, v, action); *result == nil {
			if *result, err = l.tryAsGuest(ctx, r, &link, current, action); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// admitGuest is the table of what a guest may do, before the policy: with a link that
// has not ended, on the version of the link while it is the current one, and, to decide,
// once, while the approval of that version is not given.
func (l *Library) admitGuest(link *ReviewLink, current *Asset, v Version, action Action) error {
	if err := link.Ended(l.Now()); err != nil {
		return err
	}
	switch {
	case current.Status == StatusArchived:
		return ErrWithdrawn
	case action != ActionComment && link.Can != LinkDecide:
		return Errorf(ErrForbiddenScope, "the link is for comments only")
	case action != ActionComment && !l.GuestsDecide():
		return ErrGuestsDecide
	case current.CurrentVersion != v.Number || v.Content.SHA256 != link.SHA256:
		return Errorf(ErrVersionConflict, "the link is for version %d, but the current version is %d", v.Number, current.CurrentVersion)
	case action == ActionComment && link.Comments >= MaxLinkComments:
		return Errorf(ErrLimitReached, "%d comments were made with the link", link.Comments)
	case action == ActionComment:
		return nil
	}
	return admitGuestDecision(link, v, action)
}

func admitGuestDecision(link *ReviewLink, v Version, action Action) error {
	switch {
	case action != ActionApprove && action != ActionRequestChanges:
		return Errorf(ErrInvalidTransition, "the link does not allow %s", action)
	case link.Decision != "":
		return Errorf(ErrInvalidTransition, "the link was used for a decision")
	case action == ActionApprove && v.ErasedAt != 0:
		return v.checkContent()
	case v.Approval == ApprovalGiven:
		return Errorf(ErrInvalidTransition, "version %d is approved", v.Number)
	}
	return nil
}

// actor returns the guest. It may not write.
func (k *ReviewLink) actor() Actor {
	return Actor{
		Workspace: k.Workspace, Subject: GuestPrefix + k.Name, Kind: KindUser,
		Scopes: []Scope{ScopeRead, ScopeApprove}, Via: ViaLink,
	}
}

// proposed returns a guest's review of the version of the link.
func (k *ReviewLink) proposed(action Action, comment string) Review {
	by := k.actor()
	return Review{
		AssetID: k.AssetID, Version: k.Version, SHA256: k.SHA256, Action: action, Comment: comment,
		By: by.Subject, ByKind: by.Kind, Via: by.Via, InvitedBy: Optional(k.CreatedBy),
	}
}

// countsFor returns the subject that a review counts for: of a guest, who invited it.
func (r Review) countsFor() string { return cmp.Or(string(r.InvitedBy), r.By) }

// tryAsGuest returns why the policy would refuse a decision of a guest, and records
// nothing. err is a failure to ask it.
func (l *Library) tryAsGuest(ctx context.Context, r Reader, link *ReviewLink, current *Asset, action Action) (refused, err error) {
	given, proposed := *current, link.proposed(action, sampleComment)
	refused = l.cfg.Approver.Admit(link.actor(), proposed)
	if refused == nil {
		_, refused = l.cfg.Approver.Decide(ctx, r, link.actor(), &given, proposed)
	}
	switch {
	case errors.Is(refused, ErrUnchanged):
		return errGuestInEffect, nil
	case refused != nil && !isRefusal(refused):
		return nil, refused
	}
	return refused, nil
}

// GuestAnswer is what a person with a review link says about its version.
type GuestAnswer struct {
	Action  Action // ActionApprove, ActionRequestChanges or ActionComment
	Comment string // as of a Decision; a comment requires one
}

// Validate normalizes an answer in place and returns all of its problems as joined
// FieldErrors.
func (in *GuestAnswer) Validate() error {
	var p problems
	if in.Action == "" {
		p.add(TypeMissing, "is required", "action")
	} else {
		oneOf(&p, in.Action, []Action{ActionApprove, ActionRequestChanges, ActionComment}, "action")
	}
	p.comment(&in.Comment, "comment")
	if in.Comment == "" && (in.Action == ActionRequestChanges || in.Action == ActionComment) {
		p.add(TypeMissing, "is required", "comment")
	}
	return p.err()
}

// AnswerReviewLink records a decision or a comment of a person with a review link, about
// the version of the link and nothing else. A guest decides at most once, and only while
// that version is the current one and its approval is not given. Everything is checked
// in the transaction that records it.
//
// It returns ErrNotFound for a forged token or a deleted asset, field errors, ErrExpired,
// ErrWithdrawn, ErrForbiddenScope for a link for comments only, ErrRefused,
// ErrVersionConflict if a newer version was added, ErrInvalidTransition, ErrSelfApproval,
// ErrLimitReached, or ErrUnavailable.
func (l *Library) AnswerReviewLink(ctx context.Context, token string, in GuestAnswer) (_ Review, err error) {
	ctx, op := l.observe(ctx, "AnswerReviewLink", nil, "")
	defer op.end(&err)
	link, err := l.readLink(ctx, l.cfg.Store, token)
	if err != nil {
		return Review{}, err
	}
	if err := in.Validate(); err != nil {
		return Review{}, err
	}
	var out Review
	err = l.updateAssets(ctx, link.Workspace, []ID{link.AssetID}, func(ctx context.Context, tx Tx) error {
		c, err := l.lock(ctx, tx, link.actor(), link.AssetID, nil) // before the link, as a deletion does
		if err != nil {
			return err
		}
		locked, err := l.readLink(ctx, tx, token)
		if err != nil {
			return err
		}
		out, err = c.answer(ctx, locked, in)
		return err
	})
	if err != nil {
		return Review{}, err
	}
	return out, nil
}

// answer records an answer and, in the link, that it was used.
func (c *change) answer(ctx context.Context, link ReviewLink, in GuestAnswer) (Review, error) {
	v, err := c.tx.Version(ctx, link.Workspace, link.AssetID, link.Version)
	if err != nil {
		return Review{}, missingRow(err, "the version of a review link")
	}
	if err := c.lib.admitGuest(&link, c.asset, v, in.Action); err != nil {
		return Review{}, err
	}
	link.LastUsedAt = max(link.LastUsedAt, c.at)
	proposed := link.proposed(in.Action, in.Comment)
	if in.Action == ActionComment {
		link.Comments++
		err = c.recordComment(ctx, proposed)
	} else {
		link.Decision, link.DecidedAt = Optional(in.Action), c.at
		err = c.decideAsGuest(ctx, proposed)
	}
	if err != nil {
		return Review{}, err
	}
	return *c.review, notRefusal(c.tx.PutLink(ctx, link))
}

// decideAsGuest records a decision. One that is in effect already is refused: nothing
// would be recorded.
func (c *change) decideAsGuest(ctx context.Context, proposed Review) error {
	if err := c.lib.cfg.Approver.Admit(c.by, proposed); err != nil {
		return err
	}
	err := c.decide(ctx, proposed)
	switch {
	case errors.Is(err, ErrUnchanged):
		return errGuestInEffect
	case err != nil:
		return err
	}
	return notRefusal(c.commit(ctx, Event{Type: EventTypeOf(string(proposed.Action), c.asset.Status)}))
}
