package assets

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/10ex/assets/internal/searchwords"
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

// PutUpload stores the content of an upload, whose token stands at the end of
// its URL. It returns when the bytes are durable. The first content that
// arrives whole is the upload's; after a failure the upload can be tried
// again.
//
// Errors: ErrNotFound for a forged token, ErrExpired, ErrUploadUsed,
// ErrTooLarge, ErrUnsupportedMediaType, ErrDigestMismatch, ErrBadRequest for a
// content that did not arrive whole or has not the declared size,
// ErrUnavailable.
func (l *Library) PutUpload(ctx context.Context, token string, in UploadContent) (Uploaded, error) {
	workspace, id, err := l.openUpload(token)
	if err != nil {
		return Uploaded{}, err
	}
	u, err := l.cfg.Store.Upload(ctx, workspace, id)
	if err != nil {
		return Uploaded{}, err
	}
	if err := cmp.Or(l.fillable(u), l.announced(u, in)); err != nil {
		return Uploaded{}, err
	}
	filled, err := l.receive(ctx, u, in)
	if err != nil {
		return Uploaded{}, err
	}
	if err := l.fill(ctx, filled); err != nil {
		return Uploaded{}, err
	}
	c := filled.Content
	return Uploaded{UploadID: u.ID, SizeBytes: c.SizeBytes, SHA256: c.SHA256, MediaType: c.MediaType}, nil
}

// announced judges what is known before the first byte.
func (l *Library) announced(u Upload, in UploadContent) error {
	switch {
	case in.Size > l.most(u):
		return Errorf(ErrTooLarge, "the content is larger than %d bytes", l.most(u))
	case in.Size >= 0 && in.Size < u.Declared.SizeBytes:
		return notThatSize(u.Declared.SizeBytes)
	case in.MediaType == "":
		return nil
	}
	media, ok := sniff.ParseType(in.MediaType)
	switch {
	case !ok:
		return errNotMedia
	case u.Declared.MediaType != "" && media != u.Declared.MediaType:
		return Errorf(ErrUnsupportedMediaType, "the upload was declared as %s", u.Declared.MediaType)
	}
	return nil
}

func notThatSize(declared int64) error {
	return Errorf(ErrBadRequest, "the content is smaller than the declared %d bytes", declared)
}

// receive streams the content into Blobs and measures it on the way.
func (l *Library) receive(ctx context.Context, u Upload, in UploadContent) (Upload, error) {
	src := bufio.NewReaderSize(&exact{in.Content, u.Declared.SizeBytes, u.Declared.SizeBytes}, 64<<10)
	head, err := src.Peek(sniff.HeadLen)
	if err != nil && err != io.EOF {
		return u, sourceError(err)
	}
	if u.Declared.MediaType == "" && in.MediaType != "" {
		u.Declared.MediaType, _ = sniff.ParseType(in.MediaType) // judged before
	}
	declared := u.Declared.MediaType
	if declared != "" && len(head) > 0 && !textual(declared) && sniff.Contradicts(declared, head) {
		return u, Errorf(ErrUnsupportedMediaType, "the content is not %s", declared)
	}
	media := cmp.Or(declared, sniff.Detect(head))
	ctx, watch := l.stallable(ctx)
	defer watch.stop()
	nature := &nature{declared: declared, text: new(sniff.Text), json: new(sniff.JSON)}
	m := &meter{
		src: src, limit: l.most(u), declared: u.Declared.SHA256, empty: true, check: nature, stall: watch,
		sha: sha256.New(), crc: crc32.NewIEEE(),
	}
	u.Key = newKey(u.Workspace, l.cfg.Now())
	if err := l.put(ctx, u.Key, media, m); err != nil {
		return u, err
	}
	u.Content, u.CRC32 = Content{MediaType: media, SizeBytes: m.size, SHA256: m.digest()}, m.crc.Sum32()
	u.Text, u.JSON = nature.text != nil, nature.json != nil
	return u, nil
}

// fill commits that an upload has its content, unless it has another by now.
func (l *Library) fill(ctx context.Context, filled Upload) error {
	err := l.update(ctx, func(ctx context.Context, tx Tx) error {
		now, err := tx.Upload(ctx, filled.Workspace, filled.ID)
		if err == nil {
			err = l.fillable(now)
		}
		if err != nil {
			return err
		}
		return tx.PutUpload(ctx, filled)
	})
	if !errors.Is(err, ErrOutcomeUnknown) {
		if err != nil {
			l.discard(ctx, filled.Key) // surely in no row
		}
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if now, seen := l.cfg.Store.Upload(ctx, filled.Workspace, filled.ID); seen == nil && now.Key == filled.Key {
		return nil
	}
	return err // the bytes are left to the sweep
}

// inspect judges an upload as the content of an asset of type t. It reads no
// more of it than its beginning.
func (l *Library) inspect(ctx context.Context, t Type, in NewVersion, u Upload) (stored, error) {
	in.MediaType = cmp.Or(in.MediaType, u.Declared.MediaType)
	declared, err := declaredMedia(t, in)
	switch {
	case err != nil:
		return stored{}, err
	case u.Content.SizeBytes > l.cfg.Limits.Content(t):
		return stored{}, Errorf(ErrTooLarge, "the content is larger than %d bytes", l.cfg.Limits.Content(t))
	case u.Content.SizeBytes == 0 && !t.mayBeEmpty():
		return stored{}, Errorf(ErrUnsupportedMediaType, "the file is empty")
	}
	head, err := l.beginning(ctx, u)
	if err != nil {
		return stored{}, err
	}
	media, err := sniffedMedia(t, declared, head[:min(len(head), sniff.HeadLen)])
	switch {
	case err != nil:
		return stored{}, err
	case media == mediaJSON && !u.JSON, media != mediaJSON && textual(media) && !u.Text:
		return stored{}, Errorf(ErrUnsupportedMediaType, "the content is not %s", media)
	case in.SHA256 != "" && in.SHA256 != u.Content.SHA256:
		return stored{}, ErrDigestMismatch
	}
	out := stored{key: u.Key, content: u.Content, crc32: u.CRC32}
	out.content.MediaType = media
	out.content.Filename = cmp.Or(in.Filename, u.Declared.Filename, string(t)+extension(media))
	if t.searchable() && textual(media) {
		out.words = searchwords.Text(head)
	}
	return out, nil
}

// beginning reads what is sniffed and what is searchable of an upload.
func (l *Library) beginning(ctx context.Context, u Upload) (head []byte, err error) {
	f := l.file(ctx, nil, Version{Content: u.Content, Key: u.Key})
	defer func() { err = errors.Join(err, f.Close()) }() // a bucket may panic, too
	head = make([]byte, min(u.Content.SizeBytes, searchBytes))
	_, err = io.ReadFull(f, head)
	if u.Content.SizeBytes == 0 {
		_, err = f.Read(make([]byte, 1))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}
