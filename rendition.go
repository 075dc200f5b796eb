package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/10ex/assets/internal/rendition"
)

var widths = []int{160, 320, 640, 1280}

// Widths answers how wide renditions are, in pixels.
func Widths() []int { return slices.Clone(widths) }

const (
	renditionTime = time.Minute // to make one
	collected     = 16 << 20    // bytes that are given back at once
	mostAtOnce    = 8           // decodings
)

// OpenRendition answers an image of one version scaled to a width of [Widths]:
// PNG when the source can be transparent, else JPEG; of an animation the first
// frame, turned as EXIF says. It is made once and kept beside the content.
// What is no wider, and what is no png, jpeg, gif or webp, is answered as it
// is; so is everything with the width 0.
//
// Errors: those of Open, and ErrUnsupportedMediaType for an image that cannot
// be decoded, has more than 100 megapixels, or takes more memory than
// Limits.RenditionMemory.
func (l *Library) OpenRendition(ctx context.Context, by Actor, id ID, sel Selector, width int) (*File, error) {
	a, v, err := l.look(ctx, by, id, sel)
	if err != nil {
		return nil, err
	}
	if err := checkWidth(width); err != nil {
		return nil, err
	}
	return l.scaled(ctx, a, v, width)
}

func checkWidth(width int) error {
	if width == 0 || slices.Contains(widths, width) {
		return nil
	}
	return Invalid(TypeUnknown, "must be 160, 320, 640 or 1280", "width")
}

// scaled answers the File of a rendition, or of the content itself.
func (l *Library) scaled(ctx context.Context, a *Asset, v Version, width int) (*File, error) {
	original := l.file(ctx, a, v)
	if width == 0 || !rendition.Scales(v.Content.MediaType) {
		return original, nil
	}
	key := v.Key + "~w" + strconv.Itoa(width)
	kept, err := l.keptRendition(ctx, key)
	if errors.Is(err, ErrNotFound) {
		kept, err = l.renditions.once(ctx, key, func(ctx context.Context) (*madeRendition, error) {
			return l.makeRendition(ctx, a, v, key, width)
		})
	}
	if err != nil || kept == nil {
		return original, err
	}
	f := l.file(ctx, a, v)
	f.skip, f.held = renditionHeader, kept.bytes
	f.Version.Key, f.Version.Content = key, kept.content
	f.Version.Content.Filename = renditionName(v.Content.Filename, width, kept.content.MediaType)
	return f, nil
}

// madeRendition is a rendition; nil stands for the content itself.
type madeRendition struct {
	content Content
	bytes   []byte // nil: to be read
}

// makeRendition makes one that is not there, or was left half written, and
// keeps it. When it cannot be kept, it is made again another time.
func (l *Library) makeRendition(ctx context.Context, a *Asset, v Version, key string, width int) (*madeRendition, error) {
	kept, found := l.keptRendition(ctx, key)
	if !errors.Is(found, ErrNotFound) {
		return kept, found // made meanwhile
	}
	ctx, cancel := context.WithTimeoutCause(ctx, renditionTime, Errorf(ErrUnsupportedMediaType, "the image takes too long to decode"))
	defer cancel()
	encoded, media, err := l.render(ctx, a, v, width)
	if err != nil || encoded == nil {
		return nil, err
	}
	sum := sha256.Sum256(encoded)
	made := &madeRendition{Content{MediaType: media, SizeBytes: int64(len(encoded)), SHA256: hex.EncodeToString(sum[:])}, encoded}
	if err := l.keepRendition(ctx, key, made, errors.Is(found, errHalf)); err != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: a rendition was not kept", "key", key, "error", err)
	}
	return made, nil
}

// render scales a content; nil when it is not wider than that.
func (l *Library) render(ctx context.Context, a *Asset, v Version, width int) (encoded []byte, media string, err error) {
	src := &renditionSource{File: l.file(ctx, a, v)}
	defer src.Close()
	image, err := rendition.Inspect(src, v.Content.MediaType, v.Content.SizeBytes)
	if err != nil {
		return nil, "", src.judge(ctx, err)
	}
	if width >= image.Width() {
		return nil, "", nil
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, "", src.judge(ctx, err)
	}
	release, err := l.renditions.reserve(ctx, image.Memory(width))
	if err != nil {
		return nil, "", err
	}
	defer release()
	encoded, media, err = image.Scale(src, width)
	if err == nil {
		_, err = io.Copy(io.Discard, src) // whatever follows: the digest is over the whole
	}
	return encoded, media, src.judge(ctx, err)
}

// renditionSource remembers a failure to read, which is none of the image.
type renditionSource struct {
	*File
	err error
}

func (s *renditionSource) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// judge answers what became of a rendition.
func (s *renditionSource) judge(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case cause != nil:
		return cause
	case s.err != nil:
		return s.err
	}
	return Errorf(ErrUnsupportedMediaType, "%v", err)
}

// renditionHeader is how many bytes stand before a rendition where it is
// kept: a line with its digest, media type and size, filled with spaces.
const renditionHeader = 128

// errHalf: a rendition was cut by a crash, or is being written by another process.
var errHalf = fmt.Errorf("half a rendition: %w", ErrNotFound)

// keptRendition answers a rendition that is kept whole, errHalf for a part of
// one, or ErrNotFound.
func (l *Library) keptRendition(ctx context.Context, key string) (*madeRendition, error) {
	ctx, watch := l.stallable(ctx)
	defer watch.stop()
	body, err := l.cfg.Blobs.Open(ctx, key, 0, renditionHeader)
	if err != nil {
		return nil, keptFailure(ctx, err)
	}
	defer body.Close()
	head, err := io.ReadAll(body)
	if err != nil {
		return nil, keptFailure(ctx, err)
	}
	watch.resume()
	size, err := l.cfg.Blobs.Size(ctx, key)
	if err != nil {
		return nil, keptFailure(ctx, err)
	}
	var c Content
	if n, err := fmt.Sscan(string(head), &c.SHA256, &c.MediaType, &c.SizeBytes); err != nil || n != 3 || size != renditionHeader+c.SizeBytes {
		return nil, errHalf
	}
	return &madeRendition{content: c}, nil
}

func keptFailure(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrNotFound
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return unavailable("opening a rendition", err)
}

// keepRendition writes a rendition. Of several processes the first to write it
// wins; half of one is replaced when it was left there before this one was
// decoded, and stays while it may be growing.
func (l *Library) keepRendition(ctx context.Context, key string, made *madeRendition, left bool) error {
	ctx, watch := l.stallable(ctx)
	defer watch.stop()
	line := fmt.Sprintf("%s %s %d", made.content.SHA256, made.content.MediaType, made.content.SizeBytes)
	write := func() error {
		watch.resume()
		head := strings.NewReader(fmt.Sprintf("%-*s\n", renditionHeader-1, line))
		return l.cfg.Blobs.Put(ctx, key, "application/octet-stream", io.MultiReader(head, bytes.NewReader(made.bytes)))
	}
	err := write()
	if err == nil {
		return nil
	}
	switch _, found := l.keptRendition(ctx, key); {
	case found == nil:
		return nil // another process has it
	case !errors.Is(found, errHalf):
		return err
	case !left:
		return nil // another process is at it
	}
	if err := l.cfg.Blobs.Delete(ctx, key); err != nil {
		return err
	}
	return write()
}

// renditionName is the name of a rendition of a file.
func renditionName(name string, width int, media string) string {
	suffix := "-w" + strconv.Itoa(width) + extension(media)
	base := strings.TrimSuffix(name, path.Ext(name))
	if most := MaxHostID - len(suffix); len(base) > most {
		base = strings.ToValidUTF8(base[:most], "")
	}
	return base + suffix
}

// collect gives the memory of a large image back to the system before the next
// one is let in: a larger one does not fit where several smaller ones were, so
// what is only collected would count beside it.
func collect(size int64) {
	if size >= collected {
		debug.FreeOSMemory()
	}
}

// renditions makes each rendition once at a time, whoever waits for it, and
// all of them within a budget of memory.
type renditions struct {
	budget int64
	free   *semaphore.Weighted
	log    *slog.Logger

	mu      sync.Mutex
	flights map[string]*flight // by key
}

// flight is one rendition being made. It ends when it is made, or with the
// last that waits for it.
type flight struct {
	done    chan struct{}
	made    *madeRendition // after done
	err     error          // after done
	waiting int
	cancel  context.CancelFunc
}

func newRenditions(budget int64, log *slog.Logger) *renditions {
	return &renditions{budget: budget, free: semaphore.NewWeighted(budget), log: log, flights: map[string]*flight{}}
}

// once answers what fn makes for key, for all that ask meanwhile. fn's context
// ends when none of them waits any more.
func (r *renditions) once(ctx context.Context, key string, fn func(context.Context) (*madeRendition, error)) (*madeRendition, error) {
	f := r.board(ctx, key, fn)
	defer r.leave(key, f)
	select {
	case <-f.done:
		return f.made, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// board joins the flight for key, or starts it.
func (r *renditions) board(ctx context.Context, key string, fn func(context.Context) (*madeRendition, error)) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flights[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		r.flights[key] = f
		go r.fly(ctx, key, f, fn)
	}
	f.waiting++
	return f
}

// leave ends a flight that nobody waits for; who comes later starts another.
func (r *renditions) leave(key string, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if r.flights[key] == f {
		delete(r.flights, key)
	}
}

// fly runs fn. A panic of an image decoder is that image's end alone.
func (r *renditions) fly(ctx context.Context, key string, f *flight, fn func(context.Context) (*madeRendition, error)) {
	defer func() {
		if p := recover(); p != nil {
			r.log.ErrorContext(ctx, "assets: an image decoder panicked", "key", key, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			f.err = Errorf(ErrUnsupportedMediaType, "the image cannot be decoded")
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.flights[key] == f {
			delete(r.flights, key)
		}
		close(f.done)
	}()
	f.made, f.err = fn(ctx)
}

// reserve waits until so much memory is free, or refuses what never will be.
func (r *renditions) reserve(ctx context.Context, size int64) (release func(), err error) {
	if size > r.budget {
		return nil, Errorf(ErrUnsupportedMediaType, "the image takes %d MiB to decode, at most %d are allowed", size>>20, r.budget>>20)
	}
	weight := max(size, r.budget/mostAtOnce)
	if err := r.free.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	return func() {
		collect(size)
		r.free.Release(weight)
	}, nil
}
