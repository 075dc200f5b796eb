package assets

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Review records a decision on one version of an asset and answers the asset.
// A decision that is already in effect answers the asset unchanged.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, ErrKindCannotApprove, field
// errors, ErrNotFound, ErrPreconditionFailed, ErrVersionConflict,
// ErrInvalidTransition, ErrSelfApproval, ErrRefused, ErrUnavailable.
func (l *Library) Review(ctx context.Context, by Actor, id ID, d Decision) (*Asset, error) {
	if err := l.admitDecision(&by, d, id, errors.Join(checkID(&id), d.check())); err != nil {
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

// BulkReview records one action on up to 500 assets in one transaction. Each
// item is accepted or refused by itself, its result at the same index; a
// failing back end fails them all.
func (l *Library) BulkReview(ctx context.Context, by Actor, items []BulkItem, d Decision) ([]BulkResult, error) {
	items = slices.Clone(items)
	input := l.checkBulk(by, items, &d)
	if err := l.admitDecision(&by, d, "", input); err != nil {
		return nil, err
	}
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(string(items[i].AssetID), string(items[j].AssetID)) })

	var results []BulkResult
	err := l.update(ctx, func(ctx context.Context, tx Tx) error {
		results = make([]BulkResult, len(items))
		for _, i := range order {
			one := d
			one.Version, one.SHA256 = items[i].Version, items[i].SHA256
			a, err := l.decide(ctx, tx, by, items[i].AssetID, one)
			if err != nil && !refusal(err) {
				return err
			}
			results[i] = BulkResult{AssetID: items[i].AssetID, Asset: a, Err: err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range results {
		l.present(r.Asset)
	}
	return results, nil
}

// checkBulk checks the items and what they share. It is they that name
// versions, so the decision itself then stands for any.
func (l *Library) checkBulk(by Actor, items []BulkItem, d *Decision) error {
	var p problems
	d.collect(&p)
	d.Version, d.SHA256 = 1, ""
	switch {
	case len(items) == 0:
		p.add(TypeTooShort, "at least one is required", "items")
	case len(items) > MaxBulkItems:
		p.add(TypeTooLong, "must be at most 500", "items")
		return p.err()
	}
	first := make(map[ID]bool, len(items))
	for i := range items {
		p.assetID(&items[i].AssetID, "items", i, "asset_id")
		p.target(items[i].Version, &items[i].SHA256, "items", i)
		if first[items[i].AssetID] {
			p.add(TypeDuplicate, "is in the list twice", "items", i, "asset_id")
		}
		first[items[i].AssetID] = true
		one := *d
		one.Version = items[i].Version
		for _, e := range FieldErrors(l.cfg.Approver.Admit(by, one.proposed(by))) {
			p = append(p, e.At("items", i))
		}
	}
	return p.err()
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
