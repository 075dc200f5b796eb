package assets

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"time"

	"github.com/10ex/assets/internal/searchwords"
	"github.com/10ex/assets/internal/sniff"
)

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

// exact fails where its reader ends too early. That it goes on too long is
// found by the limit.
type exact struct {
	io.Reader
	size, left int64
}

func (e *exact) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = notThatSize(e.size)
	}
	return n, err
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

// nature finds out what text a content is, whatever it was declared to be; it
// refuses what is not the text that was declared.
type nature struct {
	declared   string
	text, json checker // nil: it is not
}

func (n *nature) Write(p []byte) (int, error) {
	return len(p), n.judge(func(c checker) error {
		_, err := c.Write(p)
		return err
	})
}

func (n *nature) Finish() error { return n.judge(checker.Finish) }

func (n *nature) judge(by func(checker) error) error {
	var notText, notJSON error
	if n.text != nil {
		if notText = by(n.text); notText != nil {
			n.text = nil
		}
	}
	if n.json != nil {
		if notJSON = by(n.json); notJSON != nil {
			n.json = nil
		}
	}
	switch {
	case n.declared == mediaJSON:
		return notJSON
	case textual(n.declared):
		return notText
	}
	return nil
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
