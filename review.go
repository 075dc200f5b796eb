package assets

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Review records a decision on one version of an asset and returns the asset. If the
// decision is already in effect, Review records nothing and returns the asset
// unchanged.
//
// It returns ErrUnauthorized, ErrForbiddenScope, ErrKindCannotApprove, field errors,
// ErrNotFound, ErrPreconditionFailed, ErrErased to submit or approve a version that was
// erased, ErrVersionConflict, ErrInvalidTransition, ErrSelfApproval, ErrRefused, or
// ErrUnavailable.
func (l *Library) Review(ctx context.Context, by Actor, id ID, d Decision) (_ *Asset, err error) {
	ctx, op := l.observe(ctx, "Review", &by, id)
	defer op.end(&err)
	if err := l.admitDecision(&by, d, id, errors.Join(checkID(&id), d.Validate())); err != nil {
		return nil, err
	}
	var out *Asset
	err = l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) (err error) {
		out, err = l.reviewOne(ctx, tx, by, id, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(out), nil
}

// admitDecision makes the checks that need no look-up, in this order: that the actor
// has a scope for some decision, the input, the scope of the action, and the policy.
// An actor whose kind may not approve is told that, whatever its scopes are: a
// credential with more scopes would not help it.
func (l *Library) admitDecision(by *Actor, d Decision, id ID, input error) error {
	if err := by.identify(); err != nil {
		return err
	}
	kind := l.refusedKind(*by, d)
	if kind == nil && !by.Can(ScopeWrite) && !by.Can(ScopeApprove) {
		return ForbiddenScope(d.Action.Scope())
	}
	admitted := l.cfg.Approver.Admit(*by, d.proposedReview(*by))
	if problems := append(FieldErrors(input), FieldErrors(admitted)...); len(problems) > 0 {
		return joinFields(problems)
	}
	if kind != nil {
		return l.withReviewURL(*by, kind, id)
	}
	if err := l.authorize(by, d.Action.Scope()); err != nil {
		return err
	}
	return l.withReviewURL(*by, admitted, id)
}

// refusedKind returns the policy's ErrKindCannotApprove for an approval by an actor
// whose kind may not approve, whichever version it names.
func (l *Library) refusedKind(by Actor, d Decision) error {
	if d.Action != ActionApprove {
		return nil
	}
	proposed := d.proposedReview(by)
	proposed.Version = max(1, proposed.Version) // the policy may require one
	if err := l.cfg.Approver.Admit(by, proposed); errors.Is(err, ErrKindCannotApprove) {
		return err
	}
	return nil
}

func joinFields(fields []*FieldError) error {
	p := make(problems, len(fields))
	for i, f := range fields {
		p[i] = f
	}
	return p.err()
}

// Scope returns the scope that the action needs in any status of the asset.
func (a Action) Scope() Scope {
	if a == ActionApprove || a == ActionRequestChanges {
		return ScopeApprove
	}
	return ScopeWrite
}

// proposedReview returns the decision as a review by an actor.
func (d Decision) proposedReview(by Actor) Review {
	return Review{
		Version: d.Version, SHA256: d.SHA256, Action: d.Action, Comment: d.Comment,
		By: by.Subject, ByKind: by.Kind, Via: by.Via, KeyPrefix: by.KeyPrefix,
	}
}

// reviewOne records one decision: one locked read, then the writes.
func (l *Library) reviewOne(ctx context.Context, tx Tx, by Actor, id ID, d Decision) (*Asset, error) {
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
	if err := c.commit(ctx, Event{Type: EventTypeOf(string(d.Action), c.asset.Status)}); err != nil {
		return nil, notRefusal(err)
	}
	return c.asset, nil
}

// isRefusal reports whether err is a refusal because of the asset or the actor,
// after which the transaction can go on, rather than a failure.
func isRefusal(err error) bool {
	code := Code(err)
	return code != codeInternal && code != codeUnavailable
}

// BulkReview records one action on up to 500 assets in one transaction. Each item is
// accepted or refused by itself; its result has the item's index. If the back end
// fails, nothing is recorded.
//
// It returns those errors of Review that concern the actor and the input, or
// ErrUnavailable.
func (l *Library) BulkReview(ctx context.Context, by Actor, in BulkDecision) (_ []BulkResult, err error) {
	ctx, op := l.observe(ctx, "BulkReview", &by, "")
	defer op.end(&err)
	in.Items = slices.Clone(in.Items)
	input := append(FieldErrors(in.Validate()), l.missingVersions(by, in)...)
	// The items name the versions, so any number does for the decision itself.
	if err := l.admitDecision(&by, Decision{Action: in.Action, Version: 1}, "", joinFields(input)); err != nil {
		return nil, err
	}
	ids := make([]ID, len(in.Items))
	for i, item := range in.Items {
		ids[i] = item.AssetID
	}
	settle, bytes, err := l.reserveBulk(ctx, by.Workspace, ids, in.Comment)
	if err != nil {
		return nil, err
	}
	var results []BulkResult
	err = l.updateAssets(ctx, by.Workspace, slices.Sorted(slices.Values(ids)), func(ctx context.Context, tx Tx) (err error) {
		results, err = l.reviewAll(ctx, tx, by, in)
		return err
	})
	if err != nil {
		settle(0)
		return nil, err
	}
	settle(bytes)
	for _, r := range results {
		l.present(r.Asset)
	}
	return results, nil
}

// maxSmallBulk is the number of items whose results are small, however large each is.
const maxSmallBulk = 4

// reserveBulk reserves memory for the results of a bulk review, each of which has the
// comment: see reserveAssets.
func (l *Library) reserveBulk(ctx context.Context, workspace string, ids []ID, comment string) (settle func(kept int64), bytes int64, err error) {
	if len(ids) <= maxSmallBulk {
		return func(int64) {}, 0, nil
	}
	return l.reserveAssets(ctx, workspace, ids, int64(len(comment)))
}

// reviewAll records the items in the order of their ids, so that two bulk reviews
// cannot deadlock.
func (l *Library) reviewAll(ctx context.Context, tx Tx, by Actor, in BulkDecision) ([]BulkResult, error) {
	order := make([]int, len(in.Items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return strings.Compare(string(in.Items[i].AssetID), string(in.Items[j].AssetID))
	})
	results := make([]BulkResult, len(in.Items))
	for _, i := range order {
		item := in.Items[i]
		d := Decision{Action: in.Action, Version: item.Version, SHA256: item.SHA256, Comment: in.Comment, IfRevision: item.IfRevision}
		a, err := l.reviewOne(ctx, tx, by, item.AssetID, d)
		if err != nil && !isRefusal(err) {
			return nil, err
		}
		results[i] = BulkResult{AssetID: item.AssetID, Asset: a, Err: err}
	}
	return results, nil
}

// missingVersions returns the field errors of the items that lack a version although
// the policy demands one.
func (l *Library) missingVersions(by Actor, in BulkDecision) (missing []*FieldError) {
	for i, item := range in.Items {
		proposed := Decision{Action: in.Action, Version: item.Version}.proposedReview(by)
		for _, e := range FieldErrors(l.cfg.Approver.Admit(by, proposed)) {
			missing = append(missing, e.At("items", i))
		}
	}
	return missing
}
