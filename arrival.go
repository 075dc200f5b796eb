package assets

import (
	"context"
	"errors"
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
