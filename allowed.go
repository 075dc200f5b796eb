package assets

import (
	"context"
	"errors"
	"fmt"
)

// sampleComment stands for the comment of a decision that is only tried.
const sampleComment = "A comment."

// Allowed returns for every action whether a decision of this actor that names the
// current version and its digest, with a comment, would be accepted now, and if not,
// why. An action that is already in effect is allowed.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound, or
// ErrUnavailable.
func (l *Library) Allowed(ctx context.Context, by Actor, id ID) (_ []Permission, err error) {
	ctx, op := l.observe(ctx, "Allowed", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkID(&id); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.WriteTimeout) // as for a review
	defer cancel()
	var out []Permission
	err = l.cfg.Store.View(ctx, func(r Snapshot) error {
		a, err := r.Asset(ctx, by.Workspace, id)
		if err != nil {
			return err
		}
		out, err = l.permissions(ctx, r, by, a, Version{Number: a.CurrentVersion, Content: a.Content})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// CheckAction returns the error with which Review refuses the action of an actor on every
// asset: ErrUnauthorized, ErrForbiddenScope, ErrKindCannotApprove, or that of the policy.
// It returns nil if that depends on the asset. It reads nothing.
func (l *Library) CheckAction(by Actor, action Action) error {
	d := Decision{Action: action, Version: 1, Comment: sampleComment}
	return l.admitDecision(&by, d, "", d.Validate())
}

// permissions tries every action. Those that decide about content name the version, the
// others the current one.
func (l *Library) permissions(ctx context.Context, r Reader, by Actor, a *Asset, v Version) ([]Permission, error) {
	out := make([]Permission, 0, len(allActions))
	for _, action := range allActions {
		d := Decision{Action: action, Version: a.CurrentVersion, SHA256: a.Content.SHA256, Comment: sampleComment}
		if action.Scope() == ScopeApprove {
			d.Version, d.SHA256 = v.Number, v.Content.SHA256
		}
		p, err := l.tryReview(ctx, r, by, a, d)
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", action, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// tryReview makes the checks of Review and records nothing. The error is a failure to
// make them.
func (l *Library) tryReview(ctx context.Context, r Reader, by Actor, a *Asset, d Decision) (Permission, error) {
	var decided Review
	err := l.admitDecision(&by, d, a.ID, d.Validate())
	if err == nil {
		decided, err = l.callPolicy(ctx, r, by, a, d.proposedReview(by))
	}
	switch {
	case errors.Is(err, ErrUnchanged):
		return Permission{Action: d.Action, Status: a.Status, InEffect: true}, nil
	case err != nil && !isRefusal(err):
		return Permission{}, err
	}
	return Permission{Action: d.Action, Err: err, Status: decided.ToStatus}, nil
}

// callPolicy passes a proposed review of an asset to the policy. Review and Allowed
// decide by it alone, so that they cannot disagree.
func (l *Library) callPolicy(ctx context.Context, r Reader, by Actor, a *Asset, proposed Review) (Review, error) {
	if err := checkReviewable(ctx, r, a, proposed); err != nil {
		return Review{}, err
	}
	given := *a
	proposed.AssetID = a.ID
	decided, err := l.cfg.Approver.Decide(ctx, r, by, &given, proposed)
	return decided, l.withReviewURL(by, err, a.ID)
}
