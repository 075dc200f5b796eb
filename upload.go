package assets

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/10ex/assets/internal/searchwords"
	"github.com/10ex/assets/internal/signed"
	"github.com/10ex/assets/internal/sniff"
)

// uploadLife is how long an upload can be filled and used.
const uploadLife = 24 * time.Hour

// NewUpload makes a ticket for content that is uploaded separately, by one PUT to a
// signed URL. Exactly one version may claim it, with [NewVersion].UploadID, within
// 24 hours. A sweep removes a content that no version has claimed by then.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors,
// ErrUnsupportedMediaType, or ErrUnavailable.
func (l *Library) NewUpload(ctx context.Context, by Actor, in NewUpload) (_ UploadTicket, err error) {
	ctx, op := l.observe(ctx, "NewUpload", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeWrite); err != nil {
		return UploadTicket{}, err
	}
	if err := errors.Join(in.Validate(), l.checkSize(in.SizeBytes)); err != nil {
		return UploadTicket{}, err
	}
	declared := Content{Filename: in.Filename, SHA256: in.SHA256, SizeBytes: -1}
	if in.MediaType != "" {
		media, ok := sniff.ParseType(in.MediaType)
		if !ok {
			return UploadTicket{}, errNotMediaType
		}
		declared.MediaType = media
	}
	if in.SizeBytes != nil {
		declared.SizeBytes = *in.SizeBytes
	}
	var u Upload
	err = l.update(ctx, func(ctx context.Context, tx Tx) error {
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
	token := l.keyrings.of(purposeUpload).Sign(nil, uploadClaims(u))
	url := l.cfg.PublicURL + l.cfg.PublicPath + "/uploads/" + token
	return UploadTicket{UploadID: u.ID, URL: url, ExpiresAt: u.ExpiresAt, MaxBytes: l.maxBytes(u)}, nil
}

func (l *Library) checkSize(n *int64) error {
	if n != nil && *n > l.cfg.Limits.LargestContent() {
		return Invalid(TypeTooLarge, "is more than a content may have", "size_bytes")
	}
	return nil
}

// maxBytes returns the number of bytes that an upload may have.
func (l *Library) maxBytes(u Upload) int64 {
	if u.Declared.SizeBytes >= 0 {
		return u.Declared.SizeBytes
	}
	return l.cfg.Limits.LargestContent()
}

// uploadClaims returns what the URL of an upload says: id, expiry and workspace.
func uploadClaims(u Upload) []byte {
	return signed.Claims(nil).UUID(string(u.ID)).Uint64(uint64(u.ExpiresAt)).Text(u.Workspace)
}

// verifyUpload returns the workspace and id that the token of an upload's URL names.
func (l *Library) verifyUpload(token string) (workspace string, id ID, err error) {
	payload, err := l.keyrings.of(purposeUpload).Verify(nil, token)
	if err != nil {
		return "", "", ErrNotFound
	}
	claims := signed.Read(payload)
	id, expires := ID(claims.UUID()), Time(claims.Uint64())
	workspace = claims.Text()
	if claims.Err() != nil {
		return "", "", ErrNotFound
	}
	if l.Now() >= expires {
		return "", "", ErrExpired
	}
	return workspace, id, nil
}

// PutUpload stores the content of an upload; token is the last element of its URL.
// It returns when the bytes are durable. The upload keeps the first content that
// arrives whole; after a failure it can be tried again.
//
// It returns ErrNotFound for a forged token, ErrExpired, ErrUploadUsed, ErrTooLarge,
// ErrUnsupportedMediaType, ErrDigestMismatch, ErrBadRequest if the content did not
// arrive whole or does not have the declared size, or ErrUnavailable.
func (l *Library) PutUpload(ctx context.Context, token string, in UploadContent) (_ Uploaded, err error) {
	ctx, op := l.observe(ctx, "PutUpload", nil, "")
	defer op.end(&err)
	workspace, id, err := l.verifyUpload(token)
	if err != nil {
		return Uploaded{}, err
	}
	u, err := l.cfg.Store.Upload(ctx, workspace, id)
	if err != nil {
		return Uploaded{}, err
	}
	if err := cmp.Or(l.checkFillable(u), l.checkAnnounced(u, in)); err != nil {
		return Uploaded{}, err
	}
	filled, err := l.storeUpload(ctx, u, in)
	if err != nil {
		return Uploaded{}, err
	}
	if err := l.commitUpload(ctx, filled); err != nil {
		return Uploaded{}, err
	}
	c := filled.Content
	return Uploaded{UploadID: u.ID, SizeBytes: c.SizeBytes, SHA256: c.SHA256, MediaType: c.MediaType}, nil
}

// checkFillable checks that an upload can still receive its content.
func (l *Library) checkFillable(u Upload) error {
	switch {
	case u.Key != "":
		return ErrUploadUsed
	case l.Now() >= u.ExpiresAt:
		return ErrExpired
	}
	return nil
}

// checkAnnounced checks what is known before the first byte.
func (l *Library) checkAnnounced(u Upload, in UploadContent) error {
	switch {
	case in.Size > l.maxBytes(u):
		return Errorf(ErrTooLarge, "the content is larger than %d bytes", l.maxBytes(u))
	case in.Size >= 0 && in.Size < u.Declared.SizeBytes:
		return tooShort(u.Declared.SizeBytes)
	}
	media, err := in.declared()
	switch {
	case err != nil:
		return err
	case media == "" || u.Declared.MediaType == "" || u.Declared.MediaType == mediaUnknown || media == u.Declared.MediaType:
		return nil
	}
	return Errorf(ErrUnsupportedMediaType, "the upload was declared as %s", u.Declared.MediaType)
}

// declared returns the media type that comes with the content, empty if there is none.
// application/octet-stream, by whatever name, counts as none.
func (in UploadContent) declared() (string, error) {
	if in.MediaType == "" {
		return "", nil
	}
	media, ok := sniff.ParseType(in.MediaType)
	switch {
	case !ok:
		return "", errNotMediaType
	case media == mediaUnknown:
		return "", nil
	}
	return media, nil
}

// storeUpload streams the content of an upload into Blobs and measures it on the
// way.
func (l *Library) storeUpload(ctx context.Context, u Upload, in UploadContent) (Upload, error) {
	if u.Declared.MediaType == "" {
		u.Declared.MediaType, _ = in.declared() // was checked by checkAnnounced
	}
	got, err := l.store(ctx, u.Workspace, incoming{
		src:   &exactReader{in.Content, u.Declared.SizeBytes, u.Declared.SizeBytes},
		limit: l.maxBytes(u), sha256: u.Declared.SHA256,
		declared: u.Declared.MediaType, filename: u.Declared.Filename,
		upload: true,
	})
	if err != nil {
		return u, err
	}
	u.Key, u.Content, u.CRC32 = got.key, got.Content, got.crc32
	u.Text, u.JSON = got.text, got.json
	return u, nil
}

// commitUpload records that an upload has its content, unless another content has
// arrived meanwhile.
func (l *Library) commitUpload(ctx context.Context, filled Upload) error {
	err := l.update(ctx, func(ctx context.Context, tx Tx) error {
		now, err := tx.Upload(ctx, filled.Workspace, filled.ID)
		if err == nil {
			err = l.checkFillable(now)
		}
		if err != nil {
			return err
		}
		return tx.PutUpload(ctx, filled)
	})
	if errors.Is(err, ErrOutcomeUnknown) {
		return l.committed(ctx, err, func(ctx context.Context, tx Tx) (key string, err error) {
			now, err := tx.Upload(ctx, filled.Workspace, filled.ID)
			return now.Key, err
		}, filled.Key)
	}
	if err != nil {
		l.discard(ctx, filled.Key) // no row can name it
	}
	return err
}

// checkUploaded checks an upload as the content of an asset of type t. It reads
// only the beginning of the content, and what else tells the media type.
func (l *Library) checkUploaded(ctx context.Context, t Type, in NewVersion, u Upload) (measured, error) {
	in.MediaType = cmp.Or(in.MediaType, u.Declared.MediaType)
	declared, err := declaredMediaType(t, in)
	switch {
	case err != nil:
		return measured{}, err
	case u.Content.SizeBytes > l.cfg.Limits.Content(t):
		return measured{}, Errorf(ErrTooLarge, "the content is larger than %d bytes", l.cfg.Limits.Content(t))
	}
	head, err := l.readBeginning(ctx, u)
	if err != nil {
		return measured{}, err
	}
	out := measured{key: u.Key, Content: u.Content, crc32: u.CRC32, examined: examined{
		format: sniff.Head(head, int64(len(head)) == u.Content.SizeBytes),
		empty:  len(head) == 0, text: u.Text, json: u.JSON,
	}}
	filename := cmp.Or(in.Filename, u.Declared.Filename)
	if err := l.findMediaType(ctx, t, declared, filename, &out); err != nil {
		return measured{}, err
	}
	if in.SHA256 != "" && in.SHA256 != u.Content.SHA256 {
		return measured{}, ErrDigestMismatch
	}
	out.Filename = cmp.Or(filename, string(t)+extension(out.MediaType))
	if t.searchable() && isText(out.MediaType) {
		out.words = searchwords.Text(head[:min(len(head), searchBytes)])
	}
	return out, nil
}

// readBeginning reads the bytes of an upload that are sniffed and searchable.
func (l *Library) readBeginning(ctx context.Context, u Upload) (head []byte, err error) {
	f := l.file(ctx, nil, Version{Content: u.Content, Key: u.Key})
	defer func() { err = errors.Join(err, f.Close()) }() // also if Blobs panics
	head = make([]byte, min(u.Content.SizeBytes, sniff.MaxHead))
	_, err = io.ReadFull(f, head)
	if u.Content.SizeBytes == 0 {
		_, err = f.Read(make([]byte, 1))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}
