package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// File is the open content of one version. It is an io.ReadSeekCloser that opens
// the stored bytes at the first Read. A content that is read whole is verified: its
// last bytes are returned only if the digest is right. Read returns an error
// wrapping ErrCorrupt if the content is damaged and ErrUnavailable if the back end
// fails. A File is not safe for concurrent use. It needs no Close if nothing was
// read.
type File struct {
	Asset   *Asset // showing Version; nil from Stored
	Version Version

	workspace string // of the version, if there is no Asset; empty: unknown

	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	lib    *Library
	pos    int64
	prefix int64  // bytes of the object before the content
	bytes  []byte // the content, if it is in memory
	body   io.ReadCloser
	idle   *idleTimeout
	digest hash.Hash // of everything from the first byte on; nil if some of it was skipped
}

// Open opens the content of one version. ctx bounds the reading too.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrErased, or ErrUnavailable.
func (l *Library) Open(ctx context.Context, by Actor, id ID, sel Selector) (_ *File, err error) {
	ctx, op := l.observe(ctx, "Open", &by, id)
	defer op.end(&err)
	a, v, err := l.readVersionOf(ctx, by, id, sel)
	if err == nil {
		err = v.checkContent()
	}
	if err != nil {
		return nil, err
	}
	return l.file(ctx, a, v), nil
}

// Stored opens the content of a version that was read before, such as one that an
// export has frozen. Stored performs no authorization check. ctx bounds the
// reading. The File shows no asset.
func (l *Library) Stored(ctx context.Context, v Version) *File {
	ctx, op := l.observe(ctx, "Stored", nil, v.AssetID)
	defer op.end(nil)
	return &File{Version: v, ctx: ctx, lib: l}
}

func (l *Library) file(ctx context.Context, a *Asset, v Version) *File {
	return &File{Asset: l.present(a), Version: v, ctx: ctx, lib: l}
}

// Size returns the size of the content in bytes.
func (f *File) Size() int64 { return f.Version.Content.SizeBytes }

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.read(p)
	if n == 0 || f.digest == nil {
		return n, err
	}
	f.digest.Write(p[:n])
	if f.pos < f.Size() {
		return n, nil
	}
	if err := f.verify(); err != nil {
		return 0, err
	}
	return n, nil
}

// read reads without verifying.
func (f *File) read(p []byte) (int, error) {
	if f.pos >= f.Size() {
		return 0, f.end()
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := f.open(); err != nil {
		return 0, err
	}
	f.idle.resume()
	n, err := f.body.Read(p[:min(int64(len(p)), f.Size()-f.pos)])
	f.idle.pause()
	if err != nil && err != io.EOF {
		return 0, f.failure("reading content", err)
	}
	if n == 0 && err == io.EOF {
		return 0, f.damaged("it is short")
	}
	f.pos += int64(n)
	if f.digest != nil && f.pos == f.Size() {
		if err := f.expectEOF(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// verify compares the digest of the whole content with that of the version.
func (f *File) verify() error {
	if hex.EncodeToString(f.digest.Sum(nil)) != f.Version.Content.SHA256 {
		return f.damaged("it has another digest")
	}
	return nil
}

// expectEOF returns an error if the object is longer than the content.
func (f *File) expectEOF() error {
	extra := make([]byte, 1)
	f.idle.resume()
	n, err := io.ReadFull(f.body, extra)
	f.idle.pause()
	switch {
	case n > 0:
		return f.damaged("it is long")
	case err != io.EOF:
		return f.failure("reading content", err)
	}
	return nil
}

// end returns io.EOF. The object of an empty content is opened first, because it
// must exist.
func (f *File) end() error {
	if f.Size() == 0 && f.body == nil {
		if err := f.open(); err != nil {
			return err
		}
		if err := f.expectEOF(); err != nil {
			return err
		}
		if err := f.verify(); err != nil {
			return err
		}
	}
	return io.EOF
}

// open opens the object at the File's position, unless it is open.
func (f *File) open() error {
	if f.body != nil {
		return nil
	}
	ctx, idle := f.lib.withIdleTimeout(f.ctx)
	body, err := f.object(ctx)
	idle.pause()
	if err != nil {
		idle.stop()
		return f.failure("opening content", err)
	}
	f.body, f.idle, f.digest = body, idle, nil
	if f.pos == 0 {
		f.digest = sha256.New()
	}
	return nil
}

func (f *File) object(ctx context.Context) (io.ReadCloser, error) {
	if f.bytes != nil {
		return io.NopCloser(bytes.NewReader(f.bytes[f.pos:])), nil
	}
	if isSmall(f.Version.Key) {
		return f.lib.openSmall(ctx, f.Version.Key, f.pos)
	}
	length := int64(-1)
	if f.pos > 0 {
		length = f.Size() - f.pos
	}
	return f.lib.cfg.Blobs.Open(ctx, f.Version.Key, f.prefix+f.pos, length)
}

// Seek implements io.Seeker. It reads nothing.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.Size()
	}
	if offset < 0 {
		return 0, errors.New("assets: seek before the start of a content")
	}
	if offset == f.pos {
		return offset, nil
	}
	err := f.Close()
	f.pos = offset
	return offset, err
}

// Close releases what Read has opened. The File can be read again afterwards.
func (f *File) Close() error {
	if f.body == nil {
		return nil
	}
	err := f.body.Close()
	f.idle.stop()
	f.body, f.idle, f.digest = nil, nil, nil
	return err
}

func (f *File) failure(doing string, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		if err := f.checkErased(); err != nil {
			return err
		}
		return f.damaged("it is missing")
	case f.ctx.Err() != nil:
		return f.ctx.Err()
	}
	return unavailable(doing, err)
}

// checkErased returns ErrErased if the content was erased since the File was opened.
func (f *File) checkErased() error {
	workspace := f.workspace
	if f.Asset != nil {
		workspace = f.Asset.Workspace
	}
	if workspace == "" {
		return nil
	}
	v, err := f.lib.cfg.Store.Version(f.ctx, workspace, f.Version.AssetID, f.Version.Number)
	if err != nil {
		return nil //nolint:nilerr // the content is missing in any case
	}
	return v.checkContent()
}

func (f *File) damaged(how string) error {
	f.lib.cfg.Logger.ErrorContext(f.ctx, "assets: stored content is damaged: "+how,
		"asset", f.Version.AssetID, "version", int(f.Version.Number), "key", f.Version.Key)
	return fmt.Errorf("%s: %w", how, ErrCorrupt)
}

// storedRanges reads ranges of a stored object, each with one call of Blobs.
type storedRanges struct {
	ctx context.Context //nolint:containedctx // an io.ReaderAt has nowhere else to keep it
	lib *Library
	key string
}

// ReadAt implements io.ReaderAt.
func (s *storedRanges) ReadAt(p []byte, offset int64) (n int, err error) {
	ctx, idle := s.lib.withIdleTimeout(s.ctx)
	defer idle.stop()
	body, err := s.lib.cfg.Blobs.Open(ctx, s.key, offset, int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	for n < len(p) && err == nil {
		var read int
		idle.resume()
		read, err = body.Read(p[n:])
		n += read
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}

// idleTimeout ends the context of a Blobs call that makes no progress for a
// while. It is paused while the call waits for the other side.
type idleTimeout struct {
	after  time.Duration
	timer  *time.Timer
	cancel context.CancelFunc
}

// withIdleTimeout returns a context that ends with [ErrUnavailable] after
// Limits.BlobStall without a call of resume. The caller must call stop.
func (l *Library) withIdleTimeout(ctx context.Context) (context.Context, *idleTimeout) {
	after := l.cfg.Limits.BlobStall
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(after, func() {
		cancel(fmt.Errorf("no progress for %s: %w", after, ErrUnavailable))
	})
	return ctx, &idleTimeout{after: after, timer: timer, cancel: func() {
		timer.Stop()
		cancel(nil)
	}}
}

func (t *idleTimeout) pause()  { t.timer.Stop() }
func (t *idleTimeout) resume() { t.timer.Reset(t.after) }
func (t *idleTimeout) stop()   { t.cancel() }
