package assets

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/10ex/assets/internal/searchwords"
	"github.com/10ex/assets/internal/sniff"
)

const (
	cleanupTimeout = 10 * time.Second
	searchBytes    = 64 << 10 // of a text, from its beginning, are searchable
)

// measured is a content as it was measured while it was read.
type measured struct {
	Content
	key   string // empty: it was not stored
	small []byte // the content, if the store is to keep it and Blobs does not have it
	crc32 uint32
	words string
	examined
}

// incoming is a content that is about to be read.
type incoming struct {
	src      io.Reader
	limit    int64  // bytes
	sha256   string // as declared; empty: not declared
	typ      Type   // of the asset; empty: it is not known yet
	declared string // media type; empty: not declared
	filename string
	upload   bool // of a ticket: always stored in Blobs
}

// contentSink consumes a content that is being measured.
type contentSink func(ctx context.Context, mediaType string, m *measuringReader) error

// storeContent streams a content into Blobs once and measures it on the way. It returns
// when the bytes are durable and complete, or are those of a small content, which the
// transaction of its version stores.
func (l *Library) storeContent(ctx context.Context, workspace string, t Type, in NewVersion) (measured, error) {
	incoming, err := l.incoming(t, in)
	if err != nil {
		return measured{}, err
	}
	got, err := l.store(ctx, workspace, incoming)
	if err != nil {
		return measured{}, err
	}
	got.Filename = cmp.Or(in.Filename, string(t)+extension(got.MediaType))
	return got, nil
}

// measureContent reads a content without storing it, to compare it with one that
// was stored before. It does not find out the media type of a content that must be
// read again for that.
func (l *Library) measureContent(ctx context.Context, t Type, in NewVersion) (measured, error) {
	incoming, err := l.incoming(t, in)
	if err != nil {
		return measured{}, err
	}
	return l.readContent(ctx, incoming, func(_ context.Context, _ string, m *measuringReader) error {
		_, err := io.Copy(io.Discard, m)
		return err
	})
}

// incoming returns the content of a new version of an asset of type t.
func (l *Library) incoming(t Type, in NewVersion) (incoming, error) {
	declared, err := declaredMediaType(t, in)
	src := in.Content
	if src == nil {
		src = strings.NewReader(in.Text)
	}
	return incoming{
		src: src, limit: l.cfg.Limits.Content(t), sha256: in.SHA256,
		typ: t, declared: declared, filename: in.Filename,
	}, err
}

// store stores a content under a new key and finds out its media type, if need be
// from ranges of the stored bytes. A content that is refused is deleted. A small content
// is not stored yet.
func (l *Library) store(ctx context.Context, workspace string, in incoming) (measured, error) {
	now := l.cfg.Now()
	key := newKey(workspace, now)
	sink := &smallSink{lib: l, key: key}
	if !in.upload {
		sink.limit = l.smallContents()
	}
	got, err := l.readContent(ctx, in, sink.read)
	if err != nil {
		return measured{}, err
	}
	got.key, got.small = key, sink.content
	if got.small != nil {
		got.key = newSmallKey(workspace, now)
	}
	MeasureIn(ctx).stored(got.SizeBytes)
	if err := l.findMediaType(ctx, in.typ, in.declared, in.filename, &got); err != nil {
		l.discard(ctx, got.key)
		return measured{}, err
	}
	if !in.typ.searchable() || !isText(got.MediaType) {
		got.words = ""
	}
	return got, nil
}

// findMediaType sets the media type of a stored content.
func (l *Library) findMediaType(ctx context.Context, t Type, declared, filename string, c *measured) (err error) {
	if c.format.Incomplete() {
		var ranges io.ReaderAt = &storedRanges{ctx, l, c.key}
		if c.small != nil {
			ranges = bytes.NewReader(c.small)
		}
		c.format, err = c.format.Inspect(ranges, c.SizeBytes)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			return cause
		}
		if err != nil {
			return unavailable("reading content", err)
		}
	}
	c.MediaType, err = t.mediaTypeOf(declared, filename, c.examined)
	return err
}

// readContent finds out from the first bytes what they can tell about the format, and
// hands the whole content to sink through a measuring reader.
func (l *Library) readContent(ctx context.Context, in incoming, sink contentSink) (measured, error) {
	src := bufio.NewReaderSize(in.src, sniff.MaxHead)
	head, whole, err := peekHead(src)
	if err != nil {
		return measured{}, sourceError(err)
	}
	found := examined{format: sniff.Head(head, whole), empty: len(head) == 0, text: true, json: true}
	if err := in.precheck(found); err != nil {
		return measured{}, err
	}
	ctx, idle := l.withIdleTimeout(ctx)
	defer idle.stop()
	probe := newTextProbe(in.typ, in.declared)
	m := &measuringReader{
		src: src, limit: in.limit, declared: in.sha256,
		check: probe, idle: idle, sha: sha256.New(), crc: crc32.NewIEEE(),
	}
	if in.typ.searchable() && (in.declared == "" || isText(in.declared)) {
		m.text = new(bytes.Buffer)
	}
	err = sink(ctx, cmp.Or(in.declared, found.format.Name()), m)
	found.text, found.json = probe.isText(), probe.isJSON()
	switch {
	case errors.Is(err, sniff.ErrNotText), errors.Is(err, sniff.ErrNotJSON):
		return measured{}, in.typ.contradicted(in.declared, found)
	case err != nil:
		return measured{}, err
	}
	return measured{
		Content:  Content{SizeBytes: m.size, SHA256: m.digest()},
		crc32:    m.crc.Sum32(),
		words:    m.words(),
		examined: found,
	}, nil
}

// peekHead returns the leading bytes that tell the format of a content. whole reports
// that there are no more.
func peekHead(src *bufio.Reader) (head []byte, whole bool, err error) {
	head, err = src.Peek(sniff.HeadLen)
	if err == nil && sniff.NeedsMore(head) {
		head, err = src.Peek(sniff.MaxHead)
	}
	if err == io.EOF {
		return head, true, nil
	}
	return head, false, err
}

// precheck refuses a content whose leading bytes already show that it cannot be
// stored.
func (in incoming) precheck(found examined) error {
	switch {
	case !found.format.Incomplete():
		_, err := in.typ.mediaTypeOf(in.declared, in.filename, found)
		return err
	case in.declared == "" && found.format.CouldBe(in.typ.allows), in.declared != "" && found.is(in.declared):
		return nil
	}
	return in.typ.contradicted(in.declared, found)
}

// put stores under key what r returns, which ends with what m measures. It does not rely
// on Blobs: m must have been read to its end and the object must have the size that was
// read.
func (l *Library) put(ctx context.Context, key, media string, r io.Reader, m *measuringReader) error {
	err := l.cfg.Blobs.Put(ctx, key, media, r)
	if err == nil {
		if err = l.checkStored(ctx, key, m); err == nil {
			return nil
		}
		// Only after a Put that succeeded is the object under key this call's.
		l.discard(ctx, key)
	}
	if m.failed() {
		return m.err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return unavailable("storing content", err)
}

func (l *Library) checkStored(ctx context.Context, key string, m *measuringReader) error {
	if m.err != io.EOF {
		return errors.New("the blob store did not read the whole content")
	}
	size, err := l.cfg.Blobs.Size(ctx, key)
	if err == nil && size != m.size {
		err = fmt.Errorf("the blob store has %d bytes of %d", size, m.size)
	}
	return err
}

// discard removes bytes that no row can name. If that fails they are left to the
// sweep.
func (l *Library) discard(ctx context.Context, key string) {
	if key == "" || isSmall(key) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := l.cfg.Blobs.Delete(ctx, key); err != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: unreferenced content is left to the sweep", "key", key, "error", err)
	}
}

// measuringReader measures a content while Blobs reads it. It passes the content
// on unchanged or fails; then err is a fault of the content, not of Blobs.
type measuringReader struct {
	src      io.Reader
	limit    int64  // bytes
	declared string // SHA-256; empty: not declared
	check    contentChecker
	idle     *idleTimeout

	size int64
	sha  hash.Hash
	crc  hash.Hash32
	text *bytes.Buffer // the searchable beginning; nil: not searchable
	err  error         // the first failure, or io.EOF
}

func (m *measuringReader) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	m.idle.pause() // waiting for the client does not count
	n, err := m.src.Read(p)
	m.idle.resume()
	m.add(p[:n])
	switch {
	case m.err != nil:
	case err == io.EOF:
		m.err = m.finish()
	case err != nil:
		m.err = sourceError(err)
	}
	if m.err != nil && m.err != io.EOF {
		return 0, m.err
	}
	return n, m.err
}

func (m *measuringReader) add(p []byte) {
	m.size += int64(len(p))
	if m.size > m.limit {
		m.err = Errorf(ErrTooLarge, "the content is larger than %d bytes", m.limit)
		return
	}
	m.sha.Write(p)
	m.crc.Write(p)
	if _, err := m.check.Write(p); err != nil {
		m.err = err
	}
	if m.text != nil {
		m.text.Write(p[:min(len(p), searchBytes-m.text.Len())])
	}
}

// finish checks what only the whole content shows. It runs before Blobs learns
// that the content has ended, so that a refused content is never stored complete.
func (m *measuringReader) finish() error {
	if err := m.check.Finish(); err != nil {
		return err
	}
	if m.declared != "" && m.declared != m.digest() {
		return ErrDigestMismatch
	}
	return io.EOF
}

func (m *measuringReader) digest() string { return hex.EncodeToString(m.sha.Sum(nil)) }

func (m *measuringReader) words() string {
	if m.text == nil {
		return ""
	}
	return searchwords.Text(m.text.Bytes())
}

// failed reports whether the content, not Blobs, was at fault.
func (m *measuringReader) failed() bool { return m.err != nil && m.err != io.EOF }

// exactReader fails where its reader ends before the declared size. A reader that
// goes on beyond it is found by the limit.
type exactReader struct {
	io.Reader
	declared, left int64
}

func (e *exactReader) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = tooShort(e.declared)
	}
	return n, err
}

func tooShort(declared int64) error {
	return Errorf(ErrBadRequest, "the content is smaller than the declared %d bytes", declared)
}

// sourceError keeps errors of this package and of a context. Any other failure of
// the reader means that the content did not arrive whole.
func sourceError(err error) error {
	if Code(err) != codeInternal || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", &Error{Err: ErrBadRequest, Detail: "the content did not arrive whole"}, err)
}

// unavailable marks err as a failure of a back end.
func unavailable(doing string, err error) error {
	if errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

// newKey returns <workspace>/<yyyymm>/<random>, which is never used again. The random part
// has the letters a to z and the digits 2 to 7.
func newKey(workspace string, now time.Time) string { return keyWith("", workspace, now) }

// keyWith returns a new key whose random part begins with mark.
func keyWith(mark, workspace string, now time.Time) string {
	return keyFolder(workspace) + "/" + now.UTC().Format("200601") + "/" + mark + strings.ToLower(rand.Text())
}

// keyFolder maps workspaces to path elements one to one, also on file systems that
// ignore letter case: a-z, 0-9 and - are kept, and any other byte becomes = and two
// hex digits. A result of more than 128 bytes is replaced by =h and a digest.
func keyFolder(workspace string) string {
	var b strings.Builder
	for _, c := range []byte(workspace) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			b.WriteByte(c)
			continue
		}
		b.WriteString("=" + hex.EncodeToString([]byte{c}))
	}
	if b.Len() > 128 {
		return "=h" + digestOf(workspace)
	}
	return b.String()
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
