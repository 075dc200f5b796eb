package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/10ex/assets/internal/id"
)

// update runs fn as one transaction of at most Limits.WriteTimeout, so that an id
// minted in it becomes visible within that time or never.
func (l *Library) update(ctx context.Context, fn func(context.Context, Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Limits.WriteTimeout)
	defer cancel()
	if err := l.knowStore(ctx); err != nil {
		return err
	}
	return l.cfg.Store.Update(ctx, func(tx Tx) error { return fn(ctx, tx) })
}

// updateAssets is update for changes of existing assets, distinct and in ascending order.
// Calls of this Library that change the same asset wait for each other here, where they
// hold no connection to the database: many calls on one asset leave connections to those
// on others. The store's own lock is the one that counts, and other processes wait there.
//
// In the host's transaction a call never waits: the host may hold the store's lock since
// an earlier call, while another call holds this one and waits for that.
func (l *Library) updateAssets(ctx context.Context, workspace string, ids []ID, fn func(context.Context, Tx) error) error {
	if l.changing == nil {
		return l.update(ctx, fn)
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = workspace + "\x00" + string(id)
	}
	wait, cancel := context.WithTimeoutCause(ctx, l.cfg.Limits.WriteTimeout, ErrUnavailable)
	defer cancel()
	release, err := l.changing.Acquire(wait, keys...)
	if err != nil {
		return err
	}
	defer release()
	return l.update(ctx, fn)
}

// committed returns nil if a commit whose outcome is unknown has happened, that is
// if the row that read returns has the blob key of this call, and unknown
// otherwise. read locks the row, so that the commit of its transaction shows that what
// it read is durable: PostgreSQL shows a commit that waited for a standby in vain, and a
// failover would lose it.
func (l *Library) committed(ctx context.Context, unknown error, read func(context.Context, Tx) (key string, err error), key string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var stored string
	err := l.cfg.Store.Update(ctx, func(tx Tx) (err error) {
		stored, err = read(ctx, tx)
		return err
	})
	if err == nil && stored == key {
		return nil
	}
	return unknown
}

// change is a change of one asset within a transaction: the asset as it becomes,
// and what the commit records about it.
type change struct {
	lib *Library
	tx  Tx
	by  Actor
	at  Time

	reader  *decisionReader // of decide
	asset   *Asset          // the current perspective, as it will be
	before  Number          // the version in force before the change
	inForce *Version        // the approved version, if it has been read
	review  *Review

	given     *Version  // whose approval the change gives
	withdrawn []Version // whose approvals it withdraws
	erased    *Version  // whose content it erases
}

// lock reads and locks the asset for a change and checks its revision.
func (l *Library) lock(ctx context.Context, tx Tx, by Actor, id ID, ifRevision []int64) (*change, error) {
	a, err := tx.Asset(ctx, by.Workspace, id)
	if err != nil {
		return nil, err
	}
	if err := checkRevision(a, ifRevision); err != nil {
		return nil, err
	}
	at := max(l.Now(), a.UpdatedAt)
	return &change{lib: l, tx: tx, by: by, at: at, asset: a, before: a.ApprovedVersion}, nil
}

// checkRevision returns ErrPreconditionFailed if the asset's revision is not among
// ifRevision. Nil allows any.
func checkRevision(a *Asset, ifRevision []int64) error {
	if ifRevision == nil || slices.Contains(ifRevision, a.Revision) {
		return nil
	}
	return Errorf(ErrPreconditionFailed, "the asset is at revision %d", a.Revision)
}

// commit writes both perspectives, the review, if there is one, and the journal row.
func (c *change) commit(ctx context.Context, e Event) error {
	a := c.asset
	a.Revision++
	a.UpdatedAt = c.at
	approved, err := c.approvedPerspective(ctx)
	if err != nil {
		return err
	}
	if err := c.tx.PutAsset(ctx, a, approved); err != nil {
		return err
	}
	if c.review != nil {
		c.review.Revision = a.Revision
		if err := c.tx.AddReview(ctx, a.Workspace, *c.review); err != nil {
			return err
		}
	}
	e = c.event(ctx, e)
	if err := c.attest(ctx, e); err != nil {
		return err
	}
	return c.tx.AddEvent(ctx, e)
}

// event completes the journal row of the change.
func (c *change) event(ctx context.Context, e Event) Event {
	a, d := c.asset, &e.Data
	e.ID, e.At, e.Workspace, e.Trace = ID(id.Random()), c.at, a.Workspace, traceIn(ctx)
	d.AssetID, d.AssetType, d.CampaignID, d.Tags, d.Status, d.Revision = a.ID, a.Type, a.CampaignID, a.Tags, a.Status, a.Revision
	if d.Tags == nil {
		d.Tags = Tags{}
	}
	d.Version, d.SHA256 = a.CurrentVersion, a.Content.SHA256
	d.InForce = &InForce{Before: c.before, After: a.ApprovedVersion}
	d.By, d.ByKind, d.Via = c.by.Subject, c.by.Kind, c.by.Via
	if v := c.erased; v != nil {
		d.Version, d.SHA256 = v.Number, v.Content.SHA256
	}
	if r := c.review; r != nil {
		d.Version, d.SHA256, d.ReviewID = r.Version, r.SHA256, Optional(r.ID)
		if d.Comment == "" {
			d.Comment = r.Comment
		}
	}
	return e
}

// approvedPerspective returns the asset as the approved perspective shows it; nil
// when nothing is in force.
func (c *change) approvedPerspective(ctx context.Context) (*Asset, error) {
	a := c.asset
	if a.ApprovedVersion == 0 {
		return nil, nil
	}
	shown := *a
	if a.ApprovedVersion != a.CurrentVersion {
		if c.inForce == nil || c.inForce.Number != a.ApprovedVersion {
			v, err := c.tx.Version(ctx, a.Workspace, a.ID, a.ApprovedVersion)
			if err != nil {
				return nil, missingRow(err, "the approved version of an asset")
			}
			c.inForce = &v
		}
		shown.show(*c.inForce)
	}
	shown.Status, shown.Submitted = StatusApproved, Submission{}
	return &shown, shown.findLastReview(ctx, c.tx)
}

// show makes the asset show version v. Status is then about v: the asset's status if
// v is current, else approved if v is in force, archived if the asset is, or draft. If
// v is not current, so is Submitted, and findLastReview has to be called.
func (a *Asset) show(v Version) {
	a.Version, a.Content, a.Provenance, a.ErasedAt = v.Number, v.Content, v.Provenance, v.ErasedAt
	if v.Number == a.CurrentVersion {
		return
	}
	if a.Submitted.Version != v.Number {
		a.Submitted = Submission{}
	}
	switch {
	case a.Status == StatusArchived:
	case v.Number == a.ApprovedVersion:
		a.Status = StatusApproved
	default:
		a.Status = StatusDraft
	}
}

// findLastReview makes LastReview the newest review of the version shown. It reads
// reviews only if the newest one of the asset is of another version.
func (a *Asset) findLastReview(ctx context.Context, r Reader) error {
	if a.LastReview.Version == a.Version {
		return nil
	}
	newest, err := r.Reviews(ctx, a.Workspace, a.ID, a.Version, 1)
	a.LastReview = LastReview{}
	if len(newest) > 0 {
		a.LastReview = newest[0].last()
	}
	return err
}

// showVersion makes the asset show version v, with the newest review of v unless it is
// current.
func (a *Asset) showVersion(ctx context.Context, r Reader, v Version) error {
	a.show(v)
	if v.Number == a.CurrentVersion {
		return nil
	}
	return a.findLastReview(ctx, r)
}

// propose returns a review by this change's actor.
func (c *change) propose(action Action, n Number, sha256, comment string) Review {
	return Review{
		AssetID: c.asset.ID, Version: n, SHA256: sha256, Action: action, Comment: comment,
		By: c.by.Subject, ByKind: c.by.Kind, Via: c.by.Via, KeyPrefix: c.by.KeyPrefix,
	}
}

// decisionReader is what a policy reads in a transaction. It keeps the versions of the
// asset, so that archiving, after the policy has read them, does not read them again.
type decisionReader struct {
	Reader
	asset    ID
	versions []Version // nil until they are read
}

// Versions implements Reader.
func (r *decisionReader) Versions(ctx context.Context, workspace string, id ID) (all []Version, err error) {
	if id != r.asset {
		return r.Reader.Versions(ctx, workspace, id)
	}
	if r.versions == nil {
		r.versions, err = r.Reader.Versions(ctx, workspace, id)
	}
	return slices.Clone(r.versions), err
}

// decide passes a proposed review to the policy and applies the result.
func (c *change) decide(ctx context.Context, proposed Review) error {
	c.reader = &decisionReader{Reader: c.tx, asset: c.asset.ID}
	decided, err := c.lib.callPolicy(ctx, c.reader, c.by, c.asset, proposed)
	if err != nil {
		return err
	}
	return notRefusal(c.apply(ctx, decided))
}

// apply applies a decided review to the asset and to the approvals of its versions.
func (c *change) apply(ctx context.Context, r Review) error {
	a := c.asset
	r.ID, _ = c.lib.NewID()
	r.AssetID, r.At = a.ID, c.at
	c.review = &r

	var err error
	switch {
	case r.Action == ActionApprove && r.ToStatus == StatusApproved:
		err = c.approve(ctx, r)
	case r.Action == ActionRequestChanges:
		err = c.withdraw(ctx, r.Version)
	case r.Action == ActionArchive:
		err = c.withdrawAll(ctx)
	}
	if err != nil {
		return err
	}
	switch {
	case r.ToStatus != StatusPendingReview:
		a.Submitted = Submission{}
	case r.Action == ActionSubmit, a.Status != StatusPendingReview:
		a.Submitted = Submission{Version: r.Version, At: r.At, By: r.By}
	}
	a.Status, a.LastReview = r.ToStatus, r.last()
	return nil
}

// approve gives the current version its approval. It checks by itself, whatever the
// policy returned, that the review names the current version and its digest.
func (c *change) approve(ctx context.Context, r Review) error {
	a := c.asset
	if r.Version != a.CurrentVersion || r.SHA256 != a.Content.SHA256 {
		return fmt.Errorf("the policy approved version %d (sha256 %s), the current one is %d", r.Version, r.SHA256, a.CurrentVersion)
	}
	v, err := c.tx.Version(ctx, a.Workspace, a.ID, r.Version)
	if err != nil {
		return missingRow(err, "the current version of an asset")
	}
	v.Approval = ApprovalGiven
	if err := c.tx.PutVersion(ctx, a.Workspace, v); err != nil {
		return err
	}
	a.ApprovedVersion, a.ApprovedAt, a.EverApproved = v.Number, c.at, true
	c.given = &v
	return nil
}

// withdraw withdraws the approval of a version, if it is given.
func (c *change) withdraw(ctx context.Context, n Number) error {
	a := c.asset
	if !a.EverApproved {
		return nil
	}
	v, err := c.tx.Version(ctx, a.Workspace, a.ID, n)
	if err != nil {
		return missingRow(err, "a version of an asset")
	}
	return c.withdrawVersion(ctx, v)
}

func (c *change) withdrawAll(ctx context.Context) error {
	if !c.asset.EverApproved {
		return nil
	}
	all, err := c.reader.Versions(ctx, c.asset.Workspace, c.asset.ID)
	if err != nil {
		return err
	}
	for _, v := range all {
		if err := c.withdrawVersion(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) withdrawVersion(ctx context.Context, v Version) error {
	if v.Approval != ApprovalGiven {
		return nil
	}
	v.Approval = ApprovalWithdrawn
	if err := c.tx.PutVersion(ctx, c.asset.Workspace, v); err != nil {
		return err
	}
	c.withdrawn = append(c.withdrawn, v)
	if v.Number == c.asset.ApprovedVersion {
		c.asset.ApprovedVersion, c.asset.ApprovedAt = 0, 0
	}
	return nil
}

// notRefusal turns an error of a write into an internal one, so that it is not taken
// for a refusal, after which the transaction would go on.
func notRefusal(err error) error {
	if err == nil || !isRefusal(err) {
		return err
	}
	return fmt.Errorf("writing a decision: %w: %w", errInternal, err)
}

// missingRow turns ErrNotFound for a row that must exist into an internal error.
func missingRow(err error, what string) error {
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s is missing: %w", what, errInternal)
}

// withReviewURL adds where a person can decide to the error for an actor whose kind may not
// approve: to ErrKindCannotApprove, and to ErrForbiddenScope of the policy, as a larger
// credential would not help it.
func (l *Library) withReviewURL(by Actor, err error, id ID) error {
	refusal := ErrKindCannotApprove
	if errors.Is(err, ErrForbiddenScope) && l.refusedKind(by, Decision{Action: ActionApprove}) != nil {
		refusal = ErrForbiddenScope
	}
	if l.cfg.ReviewURL == nil || !errors.Is(err, refusal) {
		return err
	}
	return &Error{Err: refusal, Detail: Detail(err), ReviewURL: l.cfg.ReviewURL(id)}
}
