package assets

import (
	"context"
	"slices"
)

// ReviewState returns an asset showing the selected version, with what the actor may
// decide about that version now and the approvals that it has.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, or ErrUnavailable.
func (l *Library) ReviewState(ctx context.Context, by Actor, id ID, sel Selector) (_ *ReviewState, err error) {
	ctx, op := l.observe(ctx, "ReviewState", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkSelected(&id, sel); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.WriteTimeout) // as for a review
	defer cancel()
	var state *ReviewState
	err = l.readHistory(ctx, func(r Snapshot, maxBytes int64) (_ *Asset, _ *[]Review, err error) {
		if state, err = l.readReviewState(ctx, r, by, id, sel, maxBytes); err != nil {
			return nil, nil, err
		}
		return state.Asset, &state.Decisions, nil
	})
	if err != nil {
		return nil, err
	}
	l.present(state.Asset)
	return state, nil
}

func (l *Library) readReviewState(ctx context.Context, r Snapshot, by Actor, id ID, sel Selector, maxBytes int64) (*ReviewState, error) {
	current, err := r.Asset(ctx, by.Workspace, id)
	if err != nil {
		return nil, err
	}
	a, v, err := selectVersion(ctx, r, by.Workspace, id, sel)
	if err != nil {
		return nil, err
	}
	if v.Number == current.CurrentVersion {
		given := *current
		a = &given // also if it was selected as the approved one
	}
	s := &ReviewState{Asset: a, Version: v}
	if err := a.readHistory(ctx, r, maxBytes); err != nil {
		return nil, err
	}
	if s.Permissions, err = l.permissions(ctx, r, by, current, v); err != nil {
		return nil, err
	}
	if err := s.readDecisions(ctx, r, maxBytes); err != nil {
		return nil, err
	}
	if err := l.explainState(ctx, r, current, s); err != nil {
		return nil, err
	}
	if counter, ok := l.cfg.Approver.(ApprovalCounter); ok {
		s.Approvals, s.Quorum, err = counter.CountApprovals(ctx, r, current, v.Number)
	}
	return s, err
}

// explainState explains the version, and reads who approved the one in force. The
// explanation has that if it is the same.
func (l *Library) explainState(ctx context.Context, r Snapshot, current *Asset, s *ReviewState) (err error) {
	inForce := Version{}
	switch current.ApprovedVersion {
	case 0:
	case s.Version.Number:
		inForce = s.Version
	default:
		if inForce, err = r.Version(ctx, current.Workspace, current.ID, current.ApprovedVersion); err != nil {
			return err
		}
		if s.InForce, err = recordedApprovals(ctx, r, current, current.ApprovedVersion); err != nil {
			return err
		}
	}
	if s.Publishability, err = l.explain(ctx, r, current, s.Version, inForce, false); err != nil {
		return err
	}
	if s.Publishability.Publishable {
		s.InForce = s.Publishability.Because
	}
	return nil
}

// readDecisions reads the decisions. They are mostly among the asset's reviews, which have
// been read. Otherwise it reads no more of them than maxBytes; 0 is no limit.
func (s *ReviewState) readDecisions(ctx context.Context, r Snapshot, maxBytes int64) error {
	a := s.Asset
	s.Decisions = slices.DeleteFunc(slices.Clone(a.Reviews), func(d Review) bool { return d.Action == ActionComment })
	if len(a.Reviews) == maxReviewsShown {
		var err error
		s.Decisions, err = r.ReviewsBefore(ctx, a.Workspace, a.ID, ReviewWindow{Limit: maxReviewsShown, Bytes: maxBytes, Decisions: true})
		if err != nil {
			return err
		}
		slices.Reverse(s.Decisions)
	}
	if maxBytes > 0 && historyBytes(a)+reviewsBytes(s.Decisions) > maxBytes {
		return nil // it is called again
	}
	return s.findRequested(ctx, r)
}

// findRequested finds what was asked for last, unless a version was approved since.
func (s *ReviewState) findRequested(ctx context.Context, r Snapshot) error {
	if s.Version.Number == 1 {
		return nil // there is no version before it
	}
	look := func(d Review) (enough bool) {
		if d.Action == ActionRequestChanges && d.Version < s.Version.Number {
			s.Requested = &d
			return true
		}
		return d.Action == ActionApprove && d.ToStatus == StatusApproved
	}
	for _, d := range slices.Backward(s.Decisions) {
		if look(d) {
			return nil
		}
	}
	if len(s.Decisions) < maxReviewsShown {
		return nil
	}
	oldest := s.Decisions[0]
	return eachDecision(ctx, r, s.Asset, ReviewPosition{Revision: oldest.Revision, ID: oldest.ID}, maxDecisions-maxReviewsShown, look)
}

// Permission returns that of an action.
func (s *ReviewState) Permission(action Action) Permission {
	for _, p := range s.Permissions {
		if p.Action == action {
			return p
		}
	}
	return Permission{Action: action, Err: ErrInvalidTransition}
}
