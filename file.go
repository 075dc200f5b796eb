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

// File is the open content of one version: an io.ReadSeekCloser that opens
// the stored bytes at the first Read, where it stands then. What it yields is
// checked: a whole read against the digest, its last bytes withheld until
// they are seen to be right; damaged content ends in an error wrapping
// ErrCorrupt, a back end that is away in ErrUnavailable. It is not safe for
// concurrent use; it needs no Close when nothing was read.
type File struct {
	Asset   *Asset // showing Version; nil from Stored
	Version Version

	ctx   context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	lib   *Library
	pos   int64
	body  io.ReadCloser
	skip  int64  // bytes of the object before the content
	held  []byte // the content, when it need not be read
	watch *stall
	whole hash.Hash // while everything from the first byte was read in turn
}

// Open answers the content of one version. ctx bounds the reading too.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrUnavailable.
func (l *Library) Open(ctx context.Context, by Actor, id ID, sel Selector) (*File, error) {
	a, v, err := l.look(ctx, by, id, sel)
	if err != nil {
		return nil, err
	}
	return l.file(ctx, a, v), nil
}

// Stored answers the content of a version that was read before, such as one
// that an export has frozen: whether it may be read now, nobody is asked. ctx
// bounds the reading. The File shows no asset.
func (l *Library) Stored(ctx context.Context, v Version) *File {
	return &File{Version: v, ctx: ctx, lib: l}
}

func (l *Library) file(ctx context.Context, a *Asset, v Version) *File {
	return &File{Asset: l.present(a), Version: v, ctx: ctx, lib: l}
}

// Size answers how many bytes the content has.
func (f *File) Size() int64 { return f.Version.Content.SizeBytes }

// Read implements io.Reader. It returns the last bytes of a content that is read
// whole only if the digest of the whole is right.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.read(p)
	if n == 0 || f.whole == nil {
		return n, err
	}
	f.whole.Write(p[:n])
	if f.pos < f.Size() {
		return n, nil
	}
	if err := f.judge(); err != nil {
		return 0, err
	}
	return n, nil
}

// read reads what is still to be checked.
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
	f.watch.resume()
	n, err := f.body.Read(p[:min(int64(len(p)), f.Size()-f.pos)])
	f.watch.pause()
	if err != nil && err != io.EOF {
		return 0, f.failure("reading content", err)
	}
	if n == 0 && err == io.EOF {
		return 0, f.damaged("it is short")
	}
	f.pos += int64(n)
	if f.whole != nil && f.pos == f.Size() {
		if err := f.endsHere(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// judge compares the digest of the whole content with that of the version.
func (f *File) judge() error {
	if hex.EncodeToString(f.whole.Sum(nil)) != f.Version.Content.SHA256 {
		return f.damaged("it has another digest")
	}
	return nil
}

// endsHere demands that the object is no longer than the content.
func (f *File) endsHere() error {
	extra := make([]byte, 1)
	f.watch.resume()
	n, err := io.ReadFull(f.body, extra)
	f.watch.pause()
	switch {
	case n > 0:
		return f.damaged("it is long")
	case err != io.EOF:
		return f.failure("reading content", err)
	}
	return nil
}

// end answers io.EOF. An empty content is looked at all the same: its object
// must be there.
func (f *File) end() error {
	if f.Size() == 0 && f.body == nil {
		if err := f.open(); err != nil {
			return err
		}
		if err := f.endsHere(); err != nil {
			return err
		}
		if err := f.judge(); err != nil {
			return err
		}
	}
	return io.EOF
}

func (f *File) open() error {
	if f.body != nil {
		return nil
	}
	ctx, watch := f.lib.stallable(f.ctx)
	body, err := f.object(ctx)
	watch.pause()
	if err != nil {
		watch.stop()
		return f.failure("opening content", err)
	}
	f.body, f.watch, f.whole = body, watch, nil
	if f.pos == 0 {
		f.whole = sha256.New()
	}
	return nil
}

// object opens what is stored, where the File stands.
func (f *File) object(ctx context.Context) (io.ReadCloser, error) {
	if f.held != nil {
		return io.NopCloser(bytes.NewReader(f.held[f.pos:])), nil
	}
	length := int64(-1)
	if f.pos > 0 {
		length = f.Size() - f.pos
	}
	return f.lib.cfg.Blobs.Open(ctx, f.Version.Key, f.skip+f.pos, length)
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

// Close releases what a Read opened. The File can be read again afterwards.
func (f *File) Close() error {
	if f.body == nil {
		return nil
	}
	err := f.body.Close()
	f.watch.stop()
	f.body, f.watch, f.whole = nil, nil, nil
	return err
}

func (f *File) failure(doing string, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return f.damaged("it is missing")
	case f.ctx.Err() != nil:
		return f.ctx.Err()
	}
	return unavailable(doing, err)
}

func (f *File) damaged(how string) error {
	f.lib.cfg.Logger.ErrorContext(f.ctx, "assets: stored content is damaged: "+how,
		"asset_id", f.Version.AssetID, "version", int(f.Version.Number), "key", f.Version.Key)
	return fmt.Errorf("%s: %w", how, ErrCorrupt)
}

// stall ends the context of a Blobs call that makes no progress for a while.
// Time in which the other side is waited for does not count.
type stall struct {
	after time.Duration
	timer *time.Timer
	done  context.CancelFunc
}

func (l *Library) stallable(ctx context.Context) (context.Context, *stall) {
	after := l.cfg.Limits.BlobStall
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(after, func() {
		cancel(fmt.Errorf("no progress for %s: %w", after, ErrUnavailable))
	})
	return ctx, &stall{after: after, timer: timer, done: func() {
		timer.Stop()
		cancel(nil)
	}}
}

func (s *stall) pause()  { s.timer.Stop() }
func (s *stall) resume() { s.timer.Reset(s.after) }
func (s *stall) stop()   { s.done() }
