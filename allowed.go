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
func (l *Library) Allowed(ctx context.Context, by Actor, id ID) ([]Permission, error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkID(&id); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.WriteTimeout) // as for a review
	defer cancel()
	var out []Permission
	err := l.cfg.Store.View(ctx, func(r Snapshot) error {
		a, err := r.Asset(ctx, by.Workspace, id)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, action := range allActions {
			err := l.tryReview(ctx, r, by, a, action)
			if err != nil && !isRefusal(err) {
				return fmt.Errorf("checking %s: %w", action, err)
			}
			out = append(out, Permission{Action: action, Err: err})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tryReview makes the checks of Review and records nothing.
func (l *Library) tryReview(ctx context.Context, r Reader, by Actor, a *Asset, action Action) error {
	d := Decision{Action: action, Version: a.CurrentVersion, SHA256: a.Content.SHA256, Comment: sampleComment}
	if err := l.admitDecision(&by, d, a.ID, d.Validate()); err != nil {
		return err
	}
	_, err := l.callPolicy(ctx, r, by, a, d.proposedReview(by))
	if errors.Is(err, ErrUnchanged) {
		return nil
	}
	return err
}

// callPolicy passes a proposed review of an asset to the policy. Review and Allowed
// decide by it alone, so that they cannot disagree.
func (l *Library) callPolicy(ctx context.Context, r Reader, by Actor, a *Asset, proposed Review) (Review, error) {
	given := *a
	proposed.AssetID = a.ID
	decided, err := l.cfg.Approver.Decide(ctx, r, by, &given, proposed)
	return decided, l.withReviewURL(err, a.ID)
}
