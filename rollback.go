package assets

import (
	"context"
	"encoding/json"
	"errors"
)

// Rollback appends a version with the content, media type, file name and provenance
// of an earlier one. No byte is copied. If the approval of the earlier version is
// given, the actor may approve, and the policy accepts the earlier version's
// approvals, the new version is approved at once; otherwise the asset becomes a
// draft. A rollback to the current version, or to one equal to it, adds nothing.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound (also for
// the version), ErrPreconditionFailed, ErrErased, ErrInvalidTransition,
// ErrTooManyVersions, or ErrUnavailable.
func (l *Library) Rollback(ctx context.Context, by Actor, id ID, in Rollback) (_ *Asset, err error) {
	ctx, op := l.observe(ctx, "Rollback", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return nil, err
	}
	if err := errors.Join(checkID(&id), in.Validate()); err != nil {
		return nil, err
	}
	var out *Asset
	err = l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) (err error) {
		out, err = l.appendRollback(ctx, tx, by, id, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(out), nil
}

func (l *Library) appendRollback(ctx context.Context, tx Tx, by Actor, id ID, in Rollback) (*Asset, error) {
	c, err := l.lock(ctx, tx, by, id, nil)
	if err != nil {
		return nil, err
	}
	source, err := tx.Version(ctx, by.Workspace, id, in.Version)
	if err != nil {
		return nil, err
	}
	if err := checkRevision(c.asset, in.IfRevision); err != nil {
		return nil, err
	}
	if err := source.checkContent(); err != nil {
		return nil, err
	}
	if err := checkTakesVersions(c.asset); err != nil {
		return nil, err
	}
	v, err := c.nextVersion(ctx, Version{AssetID: id, RolledBackFrom: in.Version})
	if errors.Is(err, ErrUnchanged) {
		return c.asset, nil
	}
	if err != nil {
		return nil, err
	}
	if err := c.commitRollback(ctx, v, source, in.Reason); err != nil {
		return nil, err
	}
	return c.asset, nil
}

// commitRollback writes the new version, approved if the approval of source can be
// carried over to it.
func (c *change) commitRollback(ctx context.Context, v, source Version, reason string) error {
	carried, err := c.carriedReview(ctx, v, source, reason)
	if err != nil {
		return err
	}
	c.makeCurrent(v)
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
	e := Event{Type: EventRolledBack, Details: data}
	e.Data.Comment = reason
	return c.commit(ctx, e)
}

// carriedReview returns the review that carries the approval of source over to v;
// nil if the policy does not accept it.
func (c *change) carriedReview(ctx context.Context, v, source Version, reason string) (*Review, error) {
	if source.Approval != ApprovalGiven {
		return nil, nil
	}
	proposed := c.propose(ActionApprove, v.Number, v.Content.SHA256, reason)
	proposed.CarriedFrom = source.Number
	given := *c.asset
	decided, err := c.lib.cfg.Approver.Decide(ctx, c.tx, c.by, &given, proposed)
	switch {
	case err != nil && isRefusal(err):
		return nil, nil
	case err != nil:
		return nil, err
	case decided.ToStatus != StatusApproved:
		return nil, nil
	}
	return &decided, nil
}
