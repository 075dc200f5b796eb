package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets/internal/rendition"
)

var widths = []int{160, 320, 640, 1280}

// Widths returns the widths that renditions can have, in pixels.
func Widths() []int { return slices.Clone(widths) }

const (
	maxRenditionTime = time.Minute // to decode and encode one
	minFreed         = 16 << 20    // bytes that are returned to the system at once
)

// OpenRendition opens the image of one version, scaled to a width of [Widths]: PNG if
// the source can be transparent, otherwise JPEG; of an animation the first frame;
// turned as its EXIF orientation says, except for WebP, which browsers do not turn. A
// rendition is made once and kept beside the content. Images no wider than width, images
// that cannot be decoded, and formats other than PNG, JPEG, GIF and WebP, are returned
// unchanged. So is every content if width is 0.
//
// It returns the errors of Open, field errors, ErrUnsupportedMediaType for an image, also
// an AVIF, that has more than 100 megapixels or 100 scans, or needs more memory than
// Limits.RenditionMemory, or ErrUnavailable if decoding has waited for Limits.WorkWait
// or has taken a minute. An image that has failed, or has nothing to scale, is not read
// for that again by the same process, as long as it is among the last 4,096 of them.
func (l *Library) OpenRendition(ctx context.Context, by Actor, id ID, sel Selector, width int) (_ *File, err error) {
	ctx, op := l.observe(ctx, "OpenRendition", &by, id)
	defer op.end(&err)
	a, v, err := l.readVersionOf(ctx, by, id, sel, checkWidth(width, "width"))
	if err == nil {
		err = v.checkContent()
	}
	if err != nil {
		return nil, err
	}
	return l.scaled(ctx, a, v, width)
}

func checkWidth(width int, name string) error {
	if width == 0 || slices.Contains(widths, width) {
		return nil
	}
	return Invalid(TypeNotAllowed, "must be 160, 320, 640 or 1280", name)
}

// scaled opens a rendition, or the content itself if there is nothing to scale.
func (l *Library) scaled(ctx context.Context, a *Asset, v Version, width int) (*File, error) {
	original := l.file(ctx, a, v)
	if width == 0 || !rendition.Inspects(v.Content.MediaType) {
		return original, nil
	}
	key := renditionKey(v.Key, width)
	cached, err := l.findRendition(ctx, a, v, key, width)
	switch {
	case errors.Is(err, errUnscaled):
		return original, nil
	case err != nil:
		return nil, err
	}
	f := l.file(ctx, a, v)
	f.prefix, f.bytes = renditionHeader, cached.bytes
	f.Version.Key, f.Version.Content = key, cached.content
	f.Version.Content.Filename = renditionName(v.Content.Filename, width, cached.content.MediaType)
	return f, nil
}

// findRendition returns a rendition that exists, or makes it. It returns the error of
// one that has failed before.
func (l *Library) findRendition(ctx context.Context, a *Asset, v Version, key string, width int) (*renditionResult, error) {
	if err := l.renditions.failure(key); err != nil {
		return nil, err
	}
	cached, err := l.cachedRendition(ctx, key)
	if errors.Is(err, ErrNotFound) {
		cached, err = l.renditions.once(ctx, key, func(ctx context.Context) (*renditionResult, error) {
			return l.makeRendition(ctx, a, v, key, width)
		})
	}
	return cached, err
}

// renditionResult is a rendition.
type renditionResult struct {
	content Content
	bytes   []byte // nil: to be read
}

// makeRendition makes a rendition that does not exist or is incomplete, and stores
// it. If storing fails, the rendition is made again the next time.
func (l *Library) makeRendition(ctx context.Context, a *Asset, v Version, key string, width int) (*renditionResult, error) {
	cached, found := l.cachedRendition(ctx, key)
	if !errors.Is(found, ErrNotFound) {
		return cached, found // made meanwhile
	}
	encoded, media, err := l.render(ctx, a, v, width)
	if errors.Is(err, errImage) || errors.Is(err, errUnscaled) {
		l.renditions.remember(key, err)
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(encoded)
	made := &renditionResult{Content{MediaType: media, SizeBytes: int64(len(encoded)), SHA256: hex.EncodeToString(sum[:])}, encoded}
	if err := l.storeRendition(ctx, key, made, errors.Is(found, errIncomplete)); err != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: a rendition was not kept", "key", key, "error", err)
	}
	if err := l.dropErased(ctx, a.Workspace, v, key); err != nil {
		return nil, err
	}
	return made, nil
}

// dropErased deletes a rendition if its version was erased or removed while it was made,
// and returns an error then. An erasure or a purge that is committed later finds it.
func (l *Library) dropErased(ctx context.Context, workspace string, v Version, key string) error {
	now, err := l.cfg.Store.Version(ctx, workspace, v.AssetID, v.Number)
	if err == nil {
		err = now.checkContent()
	}
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrErased) {
		return nil // a failure of the store is none of the rendition
	}
	if failed := l.deleteObject(context.WithoutCancel(ctx), key); failed != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: a rendition of erased content is left to a sweep", "key", key, "error", failed)
	}
	return err
}

// render scales a content. It returns errUnscaled if it cannot be decoded, errAsStored if
// it is not wider than width or of a type that is not scaled, and an error wrapping
// errImage if it is over a limit.
func (l *Library) render(ctx context.Context, a *Asset, v Version, width int) (encoded []byte, media string, err error) {
	src := &renditionSource{File: l.file(ctx, a, v)}
	defer src.Close()
	image, err := rendition.Inspect(src, v.Content.MediaType, v.Content.SizeBytes)
	if err == nil && (width >= image.Width() || !rendition.Scales(v.Content.MediaType)) {
		if err := src.verify(ctx); err != nil {
			return nil, "", err // a damaged header is no reason to remember it
		}
		return nil, "", errAsStored
	}
	if err == nil {
		err = image.Check()
	}
	if err == nil {
		if memory, most := image.Memory(width), l.cfg.Limits.RenditionMemory; memory > most {
			err = fmt.Errorf("the image takes %d MiB to decode, at most %d are allowed", memory>>20, most>>20)
		}
	}
	if err == nil {
		err = image.Fault()
	}
	if err != nil {
		return nil, "", src.rootCause(ctx, err)
	}
	if err := src.Close(); err != nil {
		return nil, "", src.rootCause(ctx, err)
	}
	release, err := l.Admit(ctx, image.Memory(width))
	if err != nil {
		return nil, "", err
	}
	defer release()
	defer freeMemory(image.Memory(width))
	ctx, cancel := context.WithTimeoutCause(ctx, maxRenditionTime, Errorf(ErrUnavailable, "the image takes too long to decode"))
	defer cancel()
	src = &renditionSource{File: l.file(ctx, a, v)}
	defer src.Close()
	encoded, media, err = image.Scale(ctx, src, width)
	if err != nil {
		return nil, "", src.rootCause(ctx, err)
	}
	return encoded, media, src.verify(ctx)
}

// renditionHeader is the number of bytes before a stored rendition: a line with its
// digest, media type and size, padded with spaces.
const renditionHeader = 128

// errIncomplete: a rendition was cut by a crash or is being written by another
// process.
var errIncomplete = fmt.Errorf("incomplete rendition: %w", ErrNotFound)

// cachedRendition returns a stored rendition, without its bytes. It returns
// errIncomplete for a part of one, or ErrNotFound.
func (l *Library) cachedRendition(ctx context.Context, key string) (*renditionResult, error) {
	ctx, idle := l.withIdleTimeout(ctx)
	defer idle.stop()
	body, err := l.cfg.Blobs.Open(ctx, key, 0, renditionHeader)
	if err != nil {
		return nil, cachedRenditionError(ctx, err)
	}
	defer body.Close()
	head, err := io.ReadAll(body)
	if err != nil {
		return nil, cachedRenditionError(ctx, err)
	}
	idle.resume()
	size, err := l.cfg.Blobs.Size(ctx, key)
	if err != nil {
		return nil, cachedRenditionError(ctx, err)
	}
	var c Content
	if n, err := fmt.Sscan(string(head), &c.SHA256, &c.MediaType, &c.SizeBytes); err != nil || n != 3 || size != renditionHeader+c.SizeBytes {
		return nil, errIncomplete
	}
	return &renditionResult{content: c}, nil
}

func cachedRenditionError(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrNotFound
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return unavailable("opening a rendition", err)
}

// storeRendition writes a rendition. Of several processes the first one to write it
// wins. An incomplete rendition is replaced only if it was found before this one was
// decoded (foundIncomplete); otherwise another process may be writing it.
func (l *Library) storeRendition(ctx context.Context, key string, made *renditionResult, foundIncomplete bool) error {
	ctx, idle := l.withIdleTimeout(ctx)
	defer idle.stop()
	line := fmt.Sprintf("%s %s %d", made.content.SHA256, made.content.MediaType, made.content.SizeBytes)
	write := func() error {
		idle.resume()
		head := strings.NewReader(fmt.Sprintf("%-*s\n", renditionHeader-1, line))
		return l.cfg.Blobs.Put(ctx, key, "application/octet-stream", io.MultiReader(head, bytes.NewReader(made.bytes)))
	}
	err := write()
	if err == nil {
		return nil
	}
	switch _, found := l.cachedRendition(ctx, key); {
	case found == nil:
		return nil // by another process
	case !errors.Is(found, errIncomplete):
		return err
	case !foundIncomplete:
		return nil // another process is writing it
	}
	if err := l.cfg.Blobs.Delete(ctx, key); err != nil {
		return err
	}
	return write()
}

// renditionName returns the file name of a rendition of the file name.
func renditionName(name string, width int, media string) string {
	suffix := "-w" + strconv.Itoa(width) + extension(media)
	base := strings.TrimSuffix(name, path.Ext(name))
	if limit := MaxHostID - len(suffix); len(base) > limit {
		base = strings.ToValidUTF8(base[:limit], "")
	}
	return base + suffix
}

// freeMemory returns the memory of a large image to the system before the next image
// is decoded. Garbage that is only collected would count beside it, because a larger
// image does not fit where several smaller ones were.
func freeMemory(size int64) {
	if size >= minFreed {
		debug.FreeOSMemory()
	}
}
