package assets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// requestLife is how long an idempotency record is kept.
const requestLife = 7 * 24 * time.Hour

// contentWrite is one call that stores a content as a new version. What needs no
// content is checked before the bytes are read. Then the bytes are made durable.
// Then everything is checked again under the lock and the rows are written.
type contentWrite struct {
	lib       *Library
	by        Actor
	typ       Type // of the asset; of an existing one set by precheck
	campaign  Optional
	in        NewVersion
	operation string // of the idempotency record
	rows      versionWriter

	host      error   // what the host says about the things that the input names
	upload    *Upload // that the input names; nil: the content comes with the call
	used      bool    // the upload that the input names has its version
	content   measured
	asset     *Asset
	number    Number
	unchanged bool
	replayed  bool
}

// versionWriter is the part of a content write that differs between a new asset
// and a new version.
type versionWriter interface {
	// write writes the rows of the version under the lock of its asset. It returns
	// ErrUnchanged, with the change, when there is nothing to add.
	write(ctx context.Context, tx Tx, w *contentWrite) (*change, error)
	// metadata returns the input without its content. The fingerprint of an
	// idempotency record depends on its JSON.
	metadata() any
}

// run carries the write out. id names the asset that the version is added to; it
// is nil for a new asset.
func (w *contentWrite) run(ctx context.Context, id *ID) (Written, error) {
	w.host = w.lib.checkHostThings(ctx, w.by.Workspace, w.campaign, w.in.Provenance) // no snapshot waits for the host
	known, err := w.precheck(ctx, id)
	if err != nil {
		return Written{}, err
	}
	if known != nil {
		return w.replay(ctx, *known)
	}
	w.content, err = w.store(ctx)
	if err != nil {
		return Written{}, err
	}
	var changed []ID
	if id != nil {
		changed = []ID{*id}
	}
	err = w.lib.updateAssets(ctx, w.by.Workspace, changed, func(ctx context.Context, tx Tx) error { return w.writeRows(ctx, tx) })
	if errors.Is(err, ErrOutcomeUnknown) {
		err = w.findCommitted(ctx, err)
	} else if err != nil || w.replayed || w.unchanged {
		w.discard(ctx) // no row can name it
	}
	if err != nil {
		return Written{}, err
	}
	return w.written(), nil
}

// store makes the bytes durable, unless they are those of an upload.
func (w *contentWrite) store(ctx context.Context) (measured, error) {
	if w.upload != nil {
		return w.lib.checkUploaded(ctx, w.typ, w.in, *w.upload)
	}
	return w.lib.storeContent(ctx, w.by.Workspace, w.typ, w.in)
}

// discard removes the bytes that came with the call. Those of an upload still
// belong to the upload.
func (w *contentWrite) discard(ctx context.Context) {
	if w.upload == nil {
		w.lib.discard(ctx, w.content.key)
	}
}

// precheck checks, in one snapshot, what needs no content. It returns the record
// of an earlier call with the same idempotency key, if there is one: what that call
// named may be gone.
func (w *contentWrite) precheck(ctx context.Context, id *ID) (known *Request, err error) {
	err = w.lib.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		if known, err = w.findReplay(ctx, r); err != nil {
			return err
		}
		if known == nil {
			if err := w.checkReferences(ctx, r, r); err != nil {
				return err
			}
		}
		var a *Asset
		if id != nil {
			if a, err = r.Asset(ctx, w.by.Workspace, *id); err != nil {
				return err
			}
			w.typ = a.Type
		}
		switch {
		case known != nil:
			return nil
		case a == nil:
			return w.checkUnused()
		}
		return cmp.Or(checkRevision(a, w.in.IfRevision), checkTakesVersions(a), w.checkUnused())
	})
	return known, err
}

// writeRows checks everything again under the lock and writes the rows.
func (w *contentWrite) writeRows(ctx context.Context, tx Tx) error {
	w.asset, w.replayed, w.unchanged = nil, false, false
	known, err := w.findReplay(ctx, tx)
	if err != nil {
		return err
	}
	if known != nil {
		return w.showReplay(ctx, tx, *known, w.content)
	}
	if err := w.checkReferences(ctx, tx, tx); err != nil {
		return err
	}
	c, err := w.rows.write(ctx, tx, w)
	switch {
	case errors.Is(err, ErrUnchanged):
		w.unchanged = true
	case err != nil:
		return err
	case w.upload != nil:
		if err := w.markUsed(ctx, tx); err != nil {
			return err
		}
	}
	w.asset, w.number = c.asset, c.asset.CurrentVersion
	return w.recordRequest(ctx, tx)
}

// appendVersion makes the content the next version of the change's asset and
// commits the change.
func (w *contentWrite) appendVersion(ctx context.Context, c *change, typ EventType) error {
	v := Version{
		AssetID: c.asset.ID, Content: w.content.Content, Provenance: w.in.Provenance,
		Key: w.content.key, CRC32: w.content.crc32, Words: w.content.words,
	}
	v, err := c.nextVersion(ctx, v)
	if err != nil {
		return err
	}
	c.makeCurrent(v)
	if err := w.content.putSmall(ctx, c.tx); err != nil {
		return err
	}
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
	return c.commit(ctx, Event{Type: typ})
}

// checkReferences checks that the things of the host, the versions and the upload that
// the input names exist. It locks the upload.
func (w *contentWrite) checkReferences(ctx context.Context, r Reader, u Uploads) error {
	var fields []*FieldError
	for _, check := range []func() error{
		func() error { return w.host },
		func() error { return w.lib.checkDerivedFrom(ctx, r, w.by.Workspace, w.in.Provenance) },
		func() error { return w.findUpload(ctx, u) },
	} {
		err := check()
		found := FieldErrors(err)
		if err != nil && len(found) == 0 {
			return err
		}
		fields = append(fields, found...)
	}
	return joinFields(fields)
}

// findUpload reads the upload that the input names, if it names one, and checks
// that it is there and filled.
func (w *contentWrite) findUpload(ctx context.Context, r Uploads) error {
	w.used = false
	if w.in.UploadID == "" {
		return nil
	}
	u, err := r.Upload(ctx, w.by.Workspace, w.in.UploadID)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case u.UsedAt != 0:
		w.used = true
		return nil
	case u.Key != "" && w.lib.Now() < u.ExpiresAt:
		w.upload = &u
		return nil
	}
	return Invalid(TypeReference, "no such upload in this workspace that has its content and has not expired", "upload_id")
}

// checkUnused returns ErrUploadUsed if the upload has its version. It comes behind the
// checks of the asset, as all that its state does not allow.
func (w *contentWrite) checkUnused() error {
	if w.used {
		return ErrUploadUsed
	}
	return nil
}

// markUsed marks the upload as used, in the transaction of the version.
func (w *contentWrite) markUsed(ctx context.Context, tx Tx) error {
	u := *w.upload
	u.UsedAt = max(1, w.lib.Now())
	return tx.PutUpload(ctx, u)
}

// findReplay returns the record of an earlier call with this idempotency key; nil
// if there is none or it has expired.
func (w *contentWrite) findReplay(ctx context.Context, r Reader) (*Request, error) {
	if w.in.IdempotencyKey == "" {
		return nil, nil
	}
	known, err := r.Requested(ctx, w.by.Workspace, w.by.Subject, w.operation, w.in.IdempotencyKey)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case known.At.Add(requestLife) <= w.lib.Now():
		return nil, nil
	}
	return &known, nil
}

// recordRequest writes the idempotency record, if the call has a key.
func (w *contentWrite) recordRequest(ctx context.Context, tx Tx) error {
	if w.in.IdempotencyKey == "" {
		return nil
	}
	fingerprint, err := w.fingerprint(w.content.SHA256)
	if err != nil {
		return err
	}
	return tx.PutRequest(ctx, w.by.Workspace, Request{
		Subject: w.by.Subject, Operation: w.operation, Key: w.in.IdempotencyKey, Fingerprint: fingerprint,
		AssetID: w.asset.ID, Version: w.number, Unchanged: w.unchanged, At: w.lib.Now(),
	})
}

// fingerprint distinguishes requests with the same idempotency key. It is a digest
// of operation, canonical metadata and content digest.
func (w *contentWrite) fingerprint(sha256 string) (string, error) {
	meta, err := json.Marshal(w.rows.metadata())
	if err != nil {
		return "", fmt.Errorf("canonical metadata: %w", err)
	}
	return digestOf(w.operation + "\n" + string(meta) + "\n" + sha256), nil
}

// replay returns the result of an earlier call. The content is not stored again,
// only measured for the comparison.
func (w *contentWrite) replay(ctx context.Context, known Request) (Written, error) {
	if _, err := w.lib.cfg.Store.Asset(ctx, w.by.Workspace, known.AssetID); err != nil {
		return Written{}, err
	}
	got, err := w.measure(ctx)
	if isContentError(err) {
		return Written{}, ErrIdempotencyMismatch // the content of the first call was accepted
	}
	if err != nil {
		return Written{}, err
	}
	// It locks the asset: see committed.
	err = w.lib.updateAssets(ctx, w.by.Workspace, []ID{known.AssetID}, func(ctx context.Context, tx Tx) error {
		return w.showReplay(ctx, tx, known, got)
	})
	if err != nil {
		return Written{}, err
	}
	return w.written(), nil
}

// measure measures the content of a repeated call. The content of an upload that
// no longer exists has no digest: the call then differs from the first one.
func (w *contentWrite) measure(ctx context.Context) (measured, error) {
	if w.in.UploadID == "" {
		return w.lib.measureContent(ctx, w.typ, w.in)
	}
	u, err := w.lib.cfg.Store.Upload(ctx, w.by.Workspace, w.in.UploadID)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return measured{Content: u.Content}, err
}

// isContentError reports whether err is a refusal of the content itself.
func isContentError(err error) bool {
	return errors.Is(err, ErrUnsupportedMediaType) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDigestMismatch)
}

// showReplay sets the result to the asset as it is now, showing the version of the
// earlier call, with the status of that version.
func (w *contentWrite) showReplay(ctx context.Context, r Reader, known Request, got measured) error {
	a, err := r.Asset(ctx, w.by.Workspace, known.AssetID)
	if err != nil {
		return err
	}
	fingerprint, err := w.fingerprint(got.SHA256)
	if err != nil {
		return err
	}
	if fingerprint != known.Fingerprint {
		return ErrIdempotencyMismatch
	}
	v, err := r.Version(ctx, w.by.Workspace, known.AssetID, known.Version)
	if err != nil {
		return missingRow(err, "the version of an idempotency record")
	}
	if err := a.showVersion(ctx, r, v); err != nil {
		return err
	}
	w.asset, w.number, w.unchanged, w.replayed = a, known.Version, known.Unchanged, true
	return nil
}

// findCommitted looks up whether a commit whose outcome is unknown has happened
// and returns nil if so. Otherwise the bytes stay and are left to the sweep.
func (w *contentWrite) findCommitted(ctx context.Context, unknown error) error {
	if w.replayed || w.unchanged {
		return unknown
	}
	return w.lib.committed(ctx, unknown, func(ctx context.Context, tx Tx) (key string, err error) {
		if _, err := tx.Asset(ctx, w.by.Workspace, w.asset.ID); err != nil { // which locks it
			return "", err
		}
		v, err := tx.Version(ctx, w.by.Workspace, w.asset.ID, w.number)
		return v.Key, err
	}, w.content.key)
}

func (w *contentWrite) written() Written {
	return Written{Asset: w.lib.present(w.asset), Unchanged: w.unchanged, Replayed: w.replayed}
}
