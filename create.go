package assets

import (
	"context"
	"errors"
	"fmt"
)

const (
	opCreate     = "POST /"
	opAddVersion = "POST /%s/versions"
)

// Create stores a content as version 1 of a new asset, a draft, or submitted
// at once. It returns when both bytes and rows are durable.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors (also for
// references that do not exist), ErrTooLarge, ErrUnsupportedMediaType,
// ErrDigestMismatch, ErrBadRequest for a content that did not arrive whole,
// ErrIdempotencyMismatch, ErrNotFound for a replay whose asset was deleted,
// ErrUnavailable.
func (l *Library) Create(ctx context.Context, by Actor, in NewAsset) (Written, error) {
	if err := l.admit(&by, ScopeWrite); err != nil {
		return Written{}, err
	}
	if err := errors.Join(in.Validate(), l.admitSubmit(by, in.Submit)); err != nil {
		return Written{}, err
	}
	w := &arrival{lib: l, by: by, typ: in.Type, campaign: in.CampaignID, in: in.NewVersion, operation: opCreate}
	w.write = func(ctx context.Context, tx Tx) (*change, Number, error) { return w.create(ctx, tx, in) }
	w.metadata = func() any { in.Content, in.Text = nil, ""; return in }
	return w.run(ctx, nil)
}

// create writes the rows of a new asset. The id is minted here, inside the
// transaction and after the content is durable, so that whoever resumes a list
// by time misses nothing.
func (w *arrival) create(ctx context.Context, tx Tx, in NewAsset) (*change, Number, error) {
	v, at := w.lib.NewID()
	a := &Asset{
		ID: v, Workspace: w.by.Workspace, Type: in.Type, Title: in.Title, Status: StatusDraft,
		CampaignID: in.CampaignID, Tags: in.Tags, CreatedBy: w.by.Subject, CreatedAt: at,
	}
	c := &change{lib: w.lib, tx: tx, by: w.by, at: at, asset: a}
	if err := w.append(ctx, c, EventCreated); err != nil {
		return nil, 0, err
	}
	return c, a.CurrentVersion, nil
}

// AddVersion stores a content as the next version of an asset. One that
// equals the current version in digest, media type, file name and provenance
// adds nothing and submits nothing.
//
// Errors: as Create, and ErrNotFound, ErrPreconditionFailed,
// ErrInvalidTransition for an archived asset, ErrTooManyVersions.
func (l *Library) AddVersion(ctx context.Context, by Actor, id ID, in NewVersion) (Written, error) {
	if err := l.admit(&by, ScopeWrite); err != nil {
		return Written{}, err
	}
	if err := errors.Join(checkID(&id), in.Validate(), l.admitSubmit(by, in.Submit)); err != nil {
		return Written{}, err
	}
	w := &arrival{lib: l, by: by, in: in, operation: fmt.Sprintf(opAddVersion, id)}
	w.write = func(ctx context.Context, tx Tx) (*change, Number, error) { return w.add(ctx, tx, id) }
	w.metadata = func() any { in.Content, in.Text = nil, ""; return in }
	return w.run(ctx, &id)
}

func (w *arrival) add(ctx context.Context, tx Tx, id ID) (*change, Number, error) {
	c, err := w.lib.lock(ctx, tx, w.by, id, w.in.IfRevision)
	if err != nil {
		return nil, 0, err
	}
	if err := takesVersions(c.asset); err != nil {
		return nil, 0, err
	}
	if err := w.append(ctx, c, EventVersionAdded); err != nil && !errors.Is(err, ErrUnchanged) {
		return nil, 0, err
	} else if err != nil {
		w.unchanged = true
	}
	return c, c.asset.CurrentVersion, nil
}

func takesVersions(a *Asset) error {
	if a.Status == StatusArchived {
		return Errorf(ErrInvalidTransition, "the asset is archived; reopen it first")
	}
	return nil
}

// append makes the stored content the next version of the change's asset.
func (w *arrival) append(ctx context.Context, c *change, kind EventKind) error {
	v := Version{
		AssetID: c.asset.ID, Content: w.stored.content, Provenance: w.in.Provenance,
		Key: w.stored.key, CRC32: w.stored.crc32, Words: w.stored.words,
	}
	v, err := c.next(ctx, v)
	if err != nil {
		return err
	}
	c.arrive(v)
	if err := c.tx.PutVersion(ctx, c.asset.Workspace, v); err != nil {
		return err
	}
	if w.in.Submit {
		err := c.decide(ctx, c.propose(ActionSubmit, v.Number, v.Content.SHA256, ""))
		if errors.Is(err, ErrUnchanged) {
			return fmt.Errorf("the policy has a new version submitted already: %w", errInternal)
		}
		if err != nil {
			return err
		}
	}
	return c.commit(ctx, Event{Kind: kind})
}

// next asks for the number of a new version and judges how many there may be.
func (c *change) next(ctx context.Context, v Version) (Version, error) {
	v, err := c.lib.cfg.Versioner.Next(ctx, c.tx, c.asset, v)
	if err != nil {
		return Version{}, err
	}
	if most := c.lib.cfg.Limits.Versions; int(v.Number) > most {
		return Version{}, Errorf(ErrTooManyVersions, "an asset has at most %d versions", most)
	}
	v.CreatedBy, v.CreatedAt = c.by.Subject, c.at
	return v, nil
}

// arrive makes a new version the current one. What was approved stays in
// force; what was submitted stays remembered.
func (c *change) arrive(v Version) {
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
