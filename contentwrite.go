package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// arrival is a content on its way to become a version: what can be known
// before its bytes are read is judged first, then the bytes are made durable,
// then everything is judged again and written under the lock.
type arrival struct {
	lib       *Library
	by        Actor
	typ       Type
	campaign  Optional
	in        NewVersion
	operation string
	metadata  func() any // without the content
	write     func(context.Context, Tx) (*change, Number, error)

	upload    *Upload // whose content it is, else it comes with the call
	stored    stored
	asset     *Asset
	number    Number
	unchanged bool
	replayed  bool
}

func (w *arrival) run(ctx context.Context, id *ID) (Written, error) {
	known, err := w.foresee(ctx, id)
	if err != nil {
		return Written{}, err
	}
	if known != nil {
		return w.replay(ctx, *known)
	}
	if err := w.lib.resolve(ctx, w.by.Workspace, w.campaign, w.in.Provenance); err != nil {
		return Written{}, err
	}
	w.stored, err = w.content(ctx)
	if err != nil {
		return Written{}, err
	}
	err = w.lib.update(ctx, func(ctx context.Context, tx Tx) error { return w.settle(ctx, tx) })
	if errors.Is(err, ErrOutcomeUnknown) {
		err = w.lookUp(ctx, err)
	} else if err != nil || w.replayed || w.unchanged {
		w.discard(ctx) // surely in no row
	}
	if err != nil {
		return Written{}, err
	}
	return w.written(), nil
}

// content makes the bytes durable, unless an upload has done so.
func (w *arrival) content(ctx context.Context) (stored, error) {
	if w.upload != nil {
		return w.lib.inspect(ctx, w.typ, w.in, *w.upload)
	}
	return w.lib.ingest(ctx, w.by.Workspace, w.typ, w.in)
}

// discard removes the bytes that came with the call; those of an upload are
// still the upload's.
func (w *arrival) discard(ctx context.Context) {
	if w.upload == nil {
		w.lib.discard(ctx, w.stored.key)
	}
}

// foresee judges, from one snapshot, what needs no content; it answers the
// record of an earlier try.
func (w *arrival) foresee(ctx context.Context, id *ID) (known *Request, err error) {
	err = w.lib.cfg.Store.View(ctx, func(r Snapshot) error {
		known = nil
		var a *Asset
		if id != nil {
			var err error
			if a, err = r.Asset(ctx, w.by.Workspace, *id); err != nil {
				return err
			}
			w.typ = a.Type
		}
		if known, err = w.earlier(ctx, r); err != nil || known != nil {
			return err
		}
		if err := w.named(ctx, r, r); err != nil || a == nil {
			return err
		}
		if err := matches(a, w.in.IfRevision); err != nil {
			return err
		}
		return takesVersions(a)
	})
	return known, err
}

// settle judges everything again under the lock and writes the rows.
func (w *arrival) settle(ctx context.Context, tx Tx) error {
	w.asset, w.replayed, w.unchanged = nil, false, false
	known, err := w.earlier(ctx, tx)
	if err != nil {
		return err
	}
	if known != nil {
		return w.answer(ctx, tx, *known, w.stored)
	}
	if err := w.named(ctx, tx, tx); err != nil {
		return err
	}
	c, n, err := w.write(ctx, tx)
	if err == nil && w.upload != nil && !w.unchanged {
		err = w.spend(ctx, tx)
	}
	if err != nil {
		return err
	}
	w.asset, w.number = c.asset, n
	return w.remember(ctx, tx)
}

// named judges what the input names: versions and an upload, which is locked.
func (w *arrival) named(ctx context.Context, r Reader, u Uploads) error {
	refs := w.lib.references(ctx, r, w.by.Workspace, w.in.Provenance)
	if refs != nil && len(FieldErrors(refs)) == 0 {
		return refs
	}
	upload := w.claim(ctx, u)
	if fields := append(FieldErrors(refs), FieldErrors(upload)...); len(fields) > 0 {
		return joinFields(fields)
	}
	return upload
}

// earlier answers the record of an earlier try with this idempotency key.
func (w *arrival) earlier(ctx context.Context, r Reader) (*Request, error) {
	if w.in.IdempotencyKey == "" {
		return nil, nil
	}
	known, err := r.Requested(ctx, w.by.Workspace, w.by.Subject, w.operation, w.in.IdempotencyKey)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case known.At.Add(requestLife) <= TimeOf(w.lib.cfg.Now()):
		return nil, nil
	}
	return &known, nil
}

func (w *arrival) remember(ctx context.Context, tx Tx) error {
	if w.in.IdempotencyKey == "" {
		return nil
	}
	fingerprint, err := w.fingerprint(w.stored.content.SHA256)
	if err != nil {
		return err
	}
	return tx.PutRequest(ctx, w.by.Workspace, Request{
		Subject: w.by.Subject, Operation: w.operation, Key: w.in.IdempotencyKey, Fingerprint: fingerprint,
		AssetID: w.asset.ID, Version: w.number, Unchanged: w.unchanged, At: TimeOf(w.lib.cfg.Now()),
	})
}

// replay answers an earlier try's result without storing the content again:
// it is only measured, to be compared.
func (w *arrival) replay(ctx context.Context, known Request) (Written, error) {
	if _, err := w.lib.cfg.Store.Asset(ctx, w.by.Workspace, known.AssetID); err != nil {
		return Written{}, err
	}
	measured, err := w.measured(ctx)
	if refusesContent(err) {
		return Written{}, ErrIdempotencyMismatch // that of the first try was accepted
	}
	if err != nil {
		return Written{}, err
	}
	err = w.lib.cfg.Store.View(ctx, func(r Snapshot) error { return w.answer(ctx, r, known, measured) })
	if err != nil {
		return Written{}, err
	}
	return w.written(), nil
}

// refusesContent says whether err is about what a content is.
func refusesContent(err error) bool {
	return errors.Is(err, ErrUnsupportedMediaType) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDigestMismatch)
}

// answer shows the asset as it is now with the earlier try's version.
func (w *arrival) answer(ctx context.Context, r Reader, known Request, got stored) error {
	a, err := r.Asset(ctx, w.by.Workspace, known.AssetID)
	if err != nil {
		return err
	}
	fingerprint, err := w.fingerprint(got.content.SHA256)
	if err != nil {
		return err
	}
	if fingerprint != known.Fingerprint {
		return ErrIdempotencyMismatch
	}
	v, err := r.Version(ctx, w.by.Workspace, known.AssetID, known.Version)
	if err != nil {
		return broken(err, "the version of an idempotency record")
	}
	a.show(v)
	w.asset, w.number, w.unchanged, w.replayed = a, known.Version, known.Unchanged, true
	return nil
}

// lookUp finds out whether a commit of unknown outcome happened. Until it is
// seen to have happened the bytes are left alone: the sweep decides.
func (w *arrival) lookUp(ctx context.Context, unknown error) error {
	if w.replayed || w.unchanged {
		return unknown
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	v, err := w.lib.cfg.Store.Version(ctx, w.by.Workspace, w.asset.ID, w.number)
	if err == nil && v.Key == w.stored.key {
		return nil
	}
	return unknown
}

func (w *arrival) written() Written {
	return Written{Asset: w.lib.present(w.asset), Unchanged: w.unchanged, Replayed: w.replayed}
}

// claim reads the upload that the input names, if it names one, and judges
// whether a version can have it.
func (w *arrival) claim(ctx context.Context, r Uploads) error {
	if w.in.UploadID == "" {
		return nil
	}
	u, err := r.Upload(ctx, w.by.Workspace, w.in.UploadID)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case u.UsedAt != 0:
		return ErrUploadUsed
	case u.Key != "" && TimeOf(w.lib.cfg.Now()) < u.ExpiresAt:
		w.upload = &u
		return nil
	}
	return Invalid(TypeReference, "no such upload in this workspace that has its content and has not expired", "upload_id")
}

// spend marks the upload as used, in the transaction of the version.
func (w *arrival) spend(ctx context.Context, tx Tx) error {
	u := *w.upload
	u.UsedAt = max(1, TimeOf(w.lib.cfg.Now()))
	return tx.PutUpload(ctx, u)
}

// measured answers the digest of what a repeated call brings. An upload that
// is gone has none: the call is then another one than the first.
func (w *arrival) measured(ctx context.Context) (stored, error) {
	if w.in.UploadID == "" {
		return w.lib.measure(ctx, w.typ, w.in)
	}
	u, err := w.lib.cfg.Store.Upload(ctx, w.by.Workspace, w.in.UploadID)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return stored{content: u.Content}, err
}

// HostThing is what a host can be asked about by [Config].Exists.
type HostThing string

// The things of a host that assets refer to.
const (
	HostCampaign HostThing = "campaign"
	HostBrand    HostThing = "brand"
	HostBrief    HostThing = "brief"
)

// references checks that every version named in derived_from exists in the
// workspace.
func (l *Library) references(ctx context.Context, r Reader, workspace string, v Provenance) error {
	var p problems
	for i, ref := range v.DerivedFrom {
		_, err := r.Version(ctx, workspace, ref.AssetID, ref.Version)
		if errors.Is(err, ErrNotFound) {
			p.add(TypeReference, "no such version in this workspace", "provenance", "derived_from", i)
		} else if err != nil {
			return err
		}
	}
	return p.err()
}

// resolve asks the host about the things that an input names: before any
// transaction of ours, which must not wait for the host.
func (l *Library) resolve(ctx context.Context, workspace string, campaign Optional, v Provenance) error {
	if l.cfg.Exists == nil {
		return nil
	}
	var p problems
	for _, named := range []struct {
		thing HostThing
		id    string
		loc   []any
	}{
		{HostCampaign, string(campaign), []any{"campaign_id"}},
		{HostBrand, v.BrandID, []any{"provenance", "brand_id"}},
		{HostBrief, v.BriefID, []any{"provenance", "brief_id"}},
	} {
		if named.id == "" {
			continue
		}
		ok, err := l.cfg.Exists(ctx, workspace, named.thing, named.id)
		if err != nil {
			return fmt.Errorf("asking the host for a %s: %w: %w", named.thing, ErrUnavailable, err)
		}
		if !ok {
			p.add(TypeReference, "no such "+string(named.thing)+" in this workspace", named.loc...)
		}
	}
	return p.err()
}

// fingerprint tells two requests with one idempotency key apart: operation,
// canonical metadata and content digest.
func (w *arrival) fingerprint(sha256 string) (string, error) {
	meta, err := json.Marshal(w.metadata())
	if err != nil {
		return "", fmt.Errorf("canonical metadata: %w", err)
	}
	return digestOf(w.operation + "\n" + string(meta) + "\n" + sha256), nil
}
