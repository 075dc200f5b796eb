package assets

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/10ex/assets/internal/ring"
)

// maxVerified is the number of contents that are remembered because they were right.
const maxVerified = 4096

// verified remembers contents that were read whole with the right digest, and lets
// one call at a time read a content.
type verified struct {
	mu      sync.Mutex
	running map[stored]chan struct{} // closed when the call has ended
	right   ring.Map[stored, struct{}]
}

// stored names the bytes of a content as a version describes them.
type stored struct {
	key, sha256 string
	size        int64
}

func newVerified() *verified {
	return &verified{running: map[stored]chan struct{}{}}
}

// VerifyOnce reads the whole content, unless this process has read it whole before
// and found it right and it is among the last 4,096 that were. Of several calls for
// the same content one reads it, and the others wait for that. The position of f is
// the same afterwards.
//
// It returns the errors of Read, or the cause of the end of the context that f was
// opened with.
func (f *File) VerifyOnce() error {
	v, c := f.lib.verified, f.Version.Content
	key := stored{f.Version.Key, c.SHA256, c.SizeBytes}
	for {
		other, done := v.start(key)
		if done {
			return nil
		}
		if other == nil {
			break
		}
		select {
		case <-other: // it may have failed because its own client is gone
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
	right := false
	defer func() { v.end(key, right) }()
	whole := &renditionSource{File: &File{Version: f.Version, ctx: f.ctx, lib: f.lib, prefix: f.prefix, bytes: f.bytes}}
	defer whole.Close()
	err := whole.verify(f.ctx)
	right = err == nil
	return err
}

// Bytes returns the whole content, which it has verified. Its memory is reserved as that
// of other results: see [Sending]. The position of f is the same afterwards.
//
// It returns ErrTooLarge if the content has more than limit bytes, the errors of Read,
// ErrUnavailable if it has waited for the memory as long as Limits.WorkWait, or the
// cause of the end of the context that f was opened with.
func (f *File) Bytes(limit int64) (content []byte, err error) {
	size := f.Size()
	if size > limit {
		return nil, Errorf(ErrTooLarge, "the content has %d bytes; at most %d can be read at once", size, limit)
	}
	if size > smallResult(f.ctx) {
		settle, err := f.lib.reserve(f.ctx, size)
		if err != nil {
			return nil, err
		}
		defer func() { settle(int64(len(content))) }()
	}
	whole := &File{Version: f.Version, ctx: f.ctx, lib: f.lib, prefix: f.prefix, bytes: f.bytes}
	defer whole.Close()
	content = make([]byte, size)
	if _, err := io.ReadFull(whole, content); err != nil {
		return nil, err
	}
	if _, err := whole.Read(make([]byte, 1)); !errors.Is(err, io.EOF) { // an empty object must exist too
		return nil, err
	}
	return content, nil
}

// start returns the call that reads the content now, reports that it was right
// before, or begins a call that end must be called for.
func (v *verified) start(key stored) (other <-chan struct{}, done bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.right.Get(key); ok {
		return nil, true
	}
	if call := v.running[key]; call != nil {
		return call, false
	}
	v.running[key] = make(chan struct{})
	return nil, false
}

// end ends a call. If the content was right, it is remembered instead of the oldest.
func (v *verified) end(key stored, right bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.running[key])
	delete(v.running, key)
	if right {
		v.right.Add(key, struct{}{}, maxVerified)
	}
}
