package assets

import (
	"context"
	"encoding/json"
	"errors"
)

// Rollback appends a version with the content, media type, file name and
// provenance of an earlier one; no byte is copied. When that version's
// approval stands, and the actor may approve, and the policy would accept its
// approvals, the new version is approved at once; else it is a draft. To the
// current version, or one equal to it, nothing is added.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound (also
// for the version), ErrPreconditionFailed, ErrInvalidTransition,
// ErrTooManyVersions, ErrUnavailable.
func (l *Library) Rollback(ctx context.Context, by Actor, id ID, in Rollback) (*Asset, error) {
	if err := l.admit(&by, ScopeWrite); err != nil {
		return nil, err
	}
	if err := errors.Join(checkID(&id), in.Validate()); err != nil {
		return nil, err
	}
	var out *Asset
	err := l.update(ctx, func(ctx context.Context, tx Tx) (err error) {
		out, err = l.rollback(ctx, tx, by, id, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(out), nil
}

func (l *Library) rollback(ctx context.Context, tx Tx, by Actor, id ID, in Rollback) (*Asset, error) {
	c, err := l.lock(ctx, tx, by, id, nil)
	if err != nil {
		return nil, err
	}
	source, err := tx.Version(ctx, by.Workspace, id, in.Version)
	if err != nil {
		return nil, err
	}
	if err := matches(c.asset, in.IfRevision); err != nil {
		return nil, err
	}
	if err := takesVersions(c.asset); err != nil {
		return nil, err
	}
	v, err := c.next(ctx, Version{AssetID: id, RolledBackFrom: in.Version})
	if errors.Is(err, ErrUnchanged) {
		return c.asset, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.rollBack(ctx, v, source, in.Reason); err != nil {
		return nil, err
	}
	return c.asset, nil
}

// rollBack writes the new version, with source's approval if it may be
// carried over.
func (c *change) rollBack(ctx context.Context, v, source Version, reason string) error {
	carried, err := c.carry(ctx, v, source, reason)
	if err != nil {
		return err
	}
	c.arrive(v)
	if err := c.tx.PutVersion(ctx, c.asset.Workspace, v); err != nil {
		return err
	}
	if carried != nil {
		if err := c.apply(ctx, *carried); err != nil {
			return err
		}
	}
	data, err := json.Marshal(struct {
		From   Number `json:"rolled_back_from"`
		Reason string `json:"reason"`
	}{source.Number, reason})
	if err != nil {
		return err
	}
	return c.commit(ctx, Event{Kind: EventRolledBack, Data: data})
}

// carry asks whether source's approval may be carried to v; nil when not.
func (c *change) carry(ctx context.Context, v, source Version, reason string) (*Review, error) {
	if source.Approval != ApprovalGiven {
		return nil, nil
	}
	proposed := c.propose(ActionApprove, v.Number, v.Content.SHA256, reason)
	proposed.CarriedFrom = source.Number
	given := *c.asset
	decided, err := c.lib.cfg.Approver.Decide(ctx, c.tx, c.by, &given, proposed)
	switch {
	case err != nil && refusal(err):
		return nil, nil
	case err != nil:
		return nil, err
	case decided.ToStatus != StatusApproved:
		return nil, nil
	}
	return &decided, nil
}
