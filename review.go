package assets

import (
	"context"
	"errors"
)

// Review records a decision on one version of an asset and answers the asset.
// A decision that is already in effect answers the asset unchanged.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, ErrKindCannotApprove, field
// errors, ErrNotFound, ErrPreconditionFailed, ErrVersionConflict,
// ErrInvalidTransition, ErrSelfApproval, ErrRefused, ErrUnavailable.
func (l *Library) Review(ctx context.Context, by Actor, id ID, d Decision) (*Asset, error) {
	if err := l.admitDecision(&by, d, id, errors.Join(checkID(&id), d.Validate())); err != nil {
		return nil, err
	}
	var out *Asset
	err := l.update(ctx, func(ctx context.Context, tx Tx) (err error) {
		out, err = l.decide(ctx, tx, by, id, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(out), nil
}

// admitDecision judges what comes before any look-up, in this order: an actor
// who may decide something, the input, the action's own scope, and the policy
// (for an approval, the kind of actor).
func (l *Library) admitDecision(by *Actor, d Decision, id ID, input error) error {
	if err := l.admit(by, ScopeWrite); err != nil && !by.Can(ScopeApprove) {
		return err
	}
	admitted := l.cfg.Approver.Admit(*by, d.proposed(*by))
	if problems := append(FieldErrors(input), FieldErrors(admitted)...); len(problems) > 0 {
		return joinFields(problems)
	}
	if err := l.admit(by, d.Action.Scope()); err != nil {
		return err
	}
	return l.pointToReview(admitted, id)
}

func joinFields(fields []*FieldError) error {
	p := make(problems, len(fields))
	for i, f := range fields {
		p[i] = f
	}
	return p.err()
}

// Scope answers what an actor needs for the action, whatever its state.
func (a Action) Scope() Scope {
	if a == ActionApprove || a == ActionRequestChanges {
		return ScopeApprove
	}
	return ScopeWrite
}

func (d Decision) proposed(by Actor) Review {
	return Review{
		Version: d.Version, SHA256: d.SHA256, Action: d.Action, Comment: d.Comment,
		By: by.Subject, ByKind: by.Kind, Via: by.Via, KeyPrefix: by.KeyPrefix,
	}
}

// decide judges and records one decision: one locked read, the writes.
func (l *Library) decide(ctx context.Context, tx Tx, by Actor, id ID, d Decision) (*Asset, error) {
	c, err := l.lock(ctx, tx, by, id, d.IfRevision)
	if err != nil {
		return nil, err
	}
	err = c.decide(ctx, c.propose(d.Action, d.Version, d.SHA256, d.Comment))
	if errors.Is(err, ErrUnchanged) {
		return c.asset, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.commit(ctx, Event{Kind: EventKind(d.Action)}); err != nil {
		return nil, failure(err)
	}
	return c.asset, nil
}

// refusal says whether err is about the asset or the actor, so that the
// transaction is sound, rather than a failure.
func refusal(err error) bool {
	switch Code(err) {
	case "internal_error", "unavailable":
		return false
	}
	return true
}
