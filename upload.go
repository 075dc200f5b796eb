package assets

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/10ex/assets/internal/sniff"
)

// uploadLife is how long an upload can be filled and used.
const uploadLife = 24 * time.Hour

// NewUpload makes a ticket for a content that is sent by itself, with one PUT
// to a signed URL, and then named by [NewVersion].UploadID: once, within 24
// hours. What is not used by then is removed by a sweep.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors,
// ErrUnsupportedMediaType, ErrUnavailable.
func (l *Library) NewUpload(ctx context.Context, by Actor, in NewUpload) (UploadTicket, error) {
	if err := l.admit(&by, ScopeWrite); err != nil {
		return UploadTicket{}, err
	}
	if err := errors.Join(in.Validate(), l.checkSize(in.SizeBytes)); err != nil {
		return UploadTicket{}, err
	}
	declared := Content{Filename: in.Filename, SHA256: in.SHA256, SizeBytes: -1}
	if in.MediaType != "" {
		media, ok := sniff.ParseType(in.MediaType)
		if !ok {
			return UploadTicket{}, errNotMedia
		}
		declared.MediaType = media
	}
	if in.SizeBytes != nil {
		declared.SizeBytes = *in.SizeBytes
	}
	var u Upload
	err := l.update(ctx, func(ctx context.Context, tx Tx) error {
		id, at := l.NewID()
		u = Upload{
			ID: id, Workspace: by.Workspace, Declared: declared, CreatedBy: by.Subject,
			CreatedAt: at, ExpiresAt: at.Add(uploadLife),
		}
		return tx.PutUpload(ctx, u)
	})
	if err != nil {
		return UploadTicket{}, err
	}
	url := l.cfg.PublicURL + l.cfg.PublicPath + "/uploads/" + l.puts.Sign(nil, uploadToken(u))
	return UploadTicket{UploadID: u.ID, URL: url, ExpiresAt: u.ExpiresAt, MaxBytes: l.most(u)}, nil
}

// Validate normalises a new upload in place and answers every problem of it
// but that of its size, which a Library knows.
func (in *NewUpload) Validate() error {
	var p problems
	p.encoded(in.MediaType, "media_type")
	p.filename(in.Filename, "filename")
	p.digest(&in.SHA256, "sha256")
	if in.SizeBytes != nil && *in.SizeBytes < 0 {
		p.add(TypeTooSmall, "must be at least 0", "size_bytes")
	}
	return p.err()
}

func (l *Library) checkSize(n *int64) error {
	if most := l.cfg.Limits.LargestContent(); n != nil && *n > most {
		return Invalid(TypeTooLarge, "is more than a content may have", "size_bytes")
	}
	return nil
}

// most answers how many bytes an upload may have.
func (l *Library) most(u Upload) int64 {
	if u.Declared.SizeBytes >= 0 {
		return u.Declared.SizeBytes
	}
	return l.cfg.Limits.LargestContent()
}

const uploadTokenFixed = 16 + 8

// uploadToken is what an upload's URL says: id, end and workspace.
func uploadToken(u Upload) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(string(u.ID), "-", ""))
	if err != nil {
		panic(err) // ids are made here
	}
	b = binary.BigEndian.AppendUint64(b, uint64(u.ExpiresAt))
	return append(b, u.Workspace...)
}

// openUpload answers the workspace and id that an upload's URL names.
func (l *Library) openUpload(token string) (workspace string, id ID, err error) {
	b, err := l.puts.Verify(nil, token)
	if err != nil || len(b) <= uploadTokenFixed {
		return "", "", ErrNotFound
	}
	if l.Now() >= Time(binary.BigEndian.Uint64(b[16:])) {
		return "", "", ErrExpired
	}
	return string(b[uploadTokenFixed:]), idOfBytes(b[:16]), nil
}

// idOfBytes writes an id of 16 bytes.
func idOfBytes(b []byte) ID {
	h := hex.EncodeToString(b)
	return ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// fillable judges whether an upload takes a content.
func (l *Library) fillable(u Upload) error {
	switch {
	case u.Key != "":
		return ErrUploadUsed
	case l.Now() >= u.ExpiresAt:
		return ErrExpired
	}
	return nil
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
