package assets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// The operations of idempotency records.
const (
	opCreate     = "POST /"
	opAddVersion = "POST /%s/versions"
)

// Create stores a content as version 1 of a new asset, which is a draft or, with
// Submit, is submitted in the same commit. It returns when both bytes and rows are
// durable.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors (also for references
// that do not exist), ErrTooLarge, ErrUnsupportedMediaType, ErrDigestMismatch,
// ErrBadRequest if the content did not arrive whole, ErrUploadUsed,
// ErrIdempotencyMismatch, ErrNotFound for a replay whose asset was deleted, or
// ErrUnavailable.
func (l *Library) Create(ctx context.Context, by Actor, in NewAsset) (_ Written, err error) {
	ctx, op := l.observe(ctx, "Create", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return Written{}, err
	}
	if err := errors.Join(in.Validate(), l.admitSubmit(by, in.Submit)); err != nil {
		return Written{}, err
	}
	w := &contentWrite{
		lib: l, by: by, typ: in.Type, campaign: in.CampaignID, in: in.NewVersion,
		operation: opCreate, rows: newAssetWriter{in},
	}
	return w.run(ctx, nil)
}

// newAssetWriter writes the rows of a new asset.
type newAssetWriter struct{ in NewAsset }

// write mints the id inside the transaction and after the content is durable, so
// that a list that is resumed by time misses nothing.
func (n newAssetWriter) write(ctx context.Context, tx Tx, w *contentWrite) (*change, error) {
	if err := w.checkUnused(); err != nil {
		return nil, err
	}
	id, at := w.lib.NewID()
	a := &Asset{
		ID: id, Workspace: w.by.Workspace, Type: n.in.Type, Title: n.in.Title, Status: StatusDraft,
		CampaignID: n.in.CampaignID, Tags: n.in.Tags, CreatedBy: w.by.Subject, CreatedAt: at,
	}
	c := &change{lib: w.lib, tx: tx, by: w.by, at: at, asset: a}
	err := w.appendVersion(ctx, c, EventCreated)
	if errors.Is(err, ErrUnchanged) {
		err = fmt.Errorf("the versioner adds nothing to a new asset: %w", errInternal)
	}
	return c, err
}

func (n newAssetWriter) metadata() any {
	n.in.Content, n.in.Text = nil, ""
	return n.in
}

// AddVersion stores a content as the next version of an asset. A content that
// equals the current version in digest, media type, file name and provenance adds
// nothing and submits nothing.
//
// It returns the errors of Create, ErrNotFound, ErrPreconditionFailed,
// ErrInvalidTransition for an archived asset, or ErrTooManyVersions.
func (l *Library) AddVersion(ctx context.Context, by Actor, id ID, in NewVersion) (_ Written, err error) {
	ctx, op := l.observe(ctx, "AddVersion", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return Written{}, err
	}
	if err := errors.Join(checkID(&id), in.Validate(), l.admitSubmit(by, in.Submit)); err != nil {
		return Written{}, err
	}
	w := &contentWrite{
		lib: l, by: by, in: in,
		operation: fmt.Sprintf(opAddVersion, id), rows: newVersionWriter{id, in},
	}
	return w.run(ctx, &id)
}

// newVersionWriter writes the rows of a version of an existing asset.
type newVersionWriter struct {
	id ID
	in NewVersion
}

func (n newVersionWriter) write(ctx context.Context, tx Tx, w *contentWrite) (*change, error) {
	c, err := w.lib.lock(ctx, tx, w.by, n.id, n.in.IfRevision)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(checkTakesVersions(c.asset), w.checkUnused()); err != nil {
		return nil, err
	}
	return c, w.appendVersion(ctx, c, EventVersionAdded)
}

func (n newVersionWriter) metadata() any {
	n.in.Content, n.in.Text = nil, ""
	return n.in
}

func checkTakesVersions(a *Asset) error {
	if a.Status == StatusArchived {
		return Errorf(ErrInvalidTransition, "the asset is archived; reopen it first")
	}
	return nil
}

// nextVersion completes a new version and checks the limit of versions. Agents and
// services have 9/10 of it, so that they cannot keep people from adding, rolling back
// and approving versions.
func (c *change) nextVersion(ctx context.Context, v Version) (Version, error) {
	v, err := c.lib.cfg.Versioner.Next(ctx, c.tx, c.asset, v)
	if err != nil {
		return Version{}, err
	}
	limit := c.lib.cfg.Limits.Versions
	if int(v.Number) > limit {
		return Version{}, Errorf(ErrTooManyVersions, "an asset has at most %d versions", limit)
	}
	if share := automaticVersions(limit); c.by.Kind != KindUser && int(v.Number) > share {
		return Version{}, Errorf(ErrTooManyVersions, "agents and services add at most %d versions of an asset; people have the rest, up to %d", share, limit)
	}
	v.CreatedBy, v.CreatedAt = c.by.Subject, c.at
	return v, nil
}

// automaticVersions returns the number of versions up to which agents and services
// add versions: 9/10 of the limit, at least the first version.
func automaticVersions(limit int) int { return max(1, limit/10*9+limit%10*9/10) }

// makeCurrent makes a new version the current one. The approved version stays in
// force, and the submitted version is remembered.
func (c *change) makeCurrent(v Version) {
	a := c.asset
	a.CurrentVersion = v.Number
	a.show(v)
	if a.Status == StatusApproved {
		a.Status = StatusDraft
	}
}

func (l *Library) admitSubmit(by Actor, submit bool) error {
	if !submit {
		return nil
	}
	return l.cfg.Approver.Admit(by, Review{Action: ActionSubmit, Version: 1, By: by.Subject, ByKind: by.Kind, Via: by.Via})
}
