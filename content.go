package assets

import (
	"bufio"
	"bytes"
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

const cleanupTimeout = 10 * time.Second

// stored is a measured content; an empty key means that it was only measured.
type stored struct {
	key     string
	content Content
	crc32   uint32
	words   string
}

// ingest streams a content into Blobs once and measures it on the way. It
// returns when the bytes are durable and complete.
func (l *Library) ingest(ctx context.Context, workspace string, t Type, in NewVersion) (stored, error) {
	key := newKey(workspace, l.cfg.Now())
	out, err := l.stream(ctx, t, in, func(ctx context.Context, media string, m *meter) error {
		return l.put(ctx, key, media, m)
	})
	if err != nil {
		return stored{}, err
	}
	out.key = key
	return out, nil
}

// measure reads a content without storing it, to compare it with one that was
// stored before.
func (l *Library) measure(ctx context.Context, t Type, in NewVersion) (stored, error) {
	return l.stream(ctx, t, in, func(_ context.Context, _ string, m *meter) error {
		_, err := io.Copy(io.Discard, m)
		return err
	})
}

func (l *Library) stream(ctx context.Context, t Type, in NewVersion,
	sink func(ctx context.Context, media string, m *meter) error,
) (stored, error) {
	declared, err := declaredMedia(t, in)
	if err != nil {
		return stored{}, err
	}
	src := in.Content
	if src == nil {
		src = strings.NewReader(in.Text)
	}
	buffered := bufio.NewReaderSize(src, 64<<10)
	head, err := buffered.Peek(sniff.HeadLen)
	if err != nil && err != io.EOF {
		return stored{}, sourceError(err)
	}
	if len(head) == 0 && !t.mayBeEmpty() {
		return stored{}, Errorf(ErrUnsupportedMediaType, "the file is empty")
	}
	media, err := sniffedMedia(t, declared, head)
	if err != nil {
		return stored{}, err
	}

	ctx, watch := l.stallable(ctx)
	defer watch.stop()
	m := newMeter(buffered, t, l.cfg.Limits.Content(t), in, media, watch)
	if err := sink(ctx, media, m); err != nil {
		return stored{}, err
	}
	name := in.Filename
	if name == "" {
		name = string(t) + extension(media)
	}
	return stored{
		content: Content{MediaType: media, SizeBytes: m.size, SHA256: m.digest(), Filename: name},
		crc32:   m.crc.Sum32(),
		words:   m.words(),
	}, nil
}

// put stores under key, believing nothing: the reader must have been read to
// its end and the object must have the size that arrived.
func (l *Library) put(ctx context.Context, key, media string, m *meter) error {
	err := l.cfg.Blobs.Put(ctx, key, media, m)
	if err == nil {
		if err = l.arrived(ctx, key, m); err == nil {
			return nil
		}
		// Only a Put that succeeded has made this key ours to delete.
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

func (l *Library) arrived(ctx context.Context, key string, m *meter) error {
	if m.err != io.EOF {
		return errors.New("the blob store did not read the whole content")
	}
	size, err := l.cfg.Blobs.Size(ctx, key)
	if err == nil && size != m.size {
		err = fmt.Errorf("the blob store has %d bytes of %d", size, m.size)
	}
	return err
}

// discard removes bytes that no row can name. It is best effort: what stays
// is garbage for the sweep.
func (l *Library) discard(ctx context.Context, key string) {
	if key == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := l.cfg.Blobs.Delete(ctx, key); err != nil {
		l.cfg.Logger.WarnContext(ctx, "assets: unreferenced content is left to the sweep", "key", key, "error", err)
	}
}

// unavailable marks a failure of a back end; errors of ours keep their code.
func unavailable(doing string, err error) error {
	if errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

// newKey answers <workspace>/<yyyymm>/<random>: never reused, never a user's
// name.
func newKey(workspace string, now time.Time) string {
	return keyFolder(workspace) + "/" + now.UTC().Format("200601") + "/" + strings.ToLower(rand.Text())
}

// keyFolder maps workspaces to path elements one to one, also where letter
// case does not count: a-z, 0-9 and - stay, any other byte is = and two hex
// digits; what would be too long for a file name is =h and a digest.
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

const searchBytes = 64 << 10 // how much of a text is searchable

// meter measures a content while a Blobs reads it. It passes the content on
// unchanged, or fails: then err is what is wrong with the content, not with
// the Blobs.
type meter struct {
	src      io.Reader
	limit    int64
	declared string // SHA-256, if any
	empty    bool   // an empty content is allowed
	check    checker
	stall    *stall

	size int64
	sha  hash.Hash
	crc  hash.Hash32
	text *bytes.Buffer // the searchable beginning, if any
	err  error         // the first failure, or io.EOF
}

func newMeter(src io.Reader, t Type, limit int64, in NewVersion, media string, st *stall) *meter {
	m := &meter{
		src: src, limit: limit, declared: in.SHA256, empty: t.mayBeEmpty(),
		check: newChecker(media), stall: st,
		sha: sha256.New(), crc: crc32.NewIEEE(),
	}
	if t.searchable() && textual(media) {
		m.text = new(bytes.Buffer)
	}
	return m
}

func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	m.stall.pause() // the client's turn
	n, err := m.src.Read(p)
	m.stall.resume()
	m.pass(p[:n])
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

func (m *meter) pass(p []byte) {
	m.size += int64(len(p))
	if m.size > m.limit {
		m.err = Errorf(ErrTooLarge, "the content is larger than %d bytes", m.limit)
		return
	}
	m.sha.Write(p)
	m.crc.Write(p)
	if m.check != nil {
		if _, err := m.check.Write(p); err != nil {
			m.err = notThatText(err)
		}
	}
	if m.text != nil {
		m.text.Write(p[:min(len(p), searchBytes-m.text.Len())])
	}
}

// finish judges what only the whole content shows, before the Blobs learns
// that it has ended: a refused content is never stored complete.
func (m *meter) finish() error {
	if m.size == 0 && !m.empty {
		return Errorf(ErrUnsupportedMediaType, "the file is empty")
	}
	if m.check != nil {
		if err := m.check.Finish(); err != nil {
			return notThatText(err)
		}
	}
	if m.declared != "" && m.declared != m.digest() {
		return ErrDigestMismatch
	}
	return io.EOF
}

func (m *meter) digest() string { return hex.EncodeToString(m.sha.Sum(nil)) }

func (m *meter) words() string {
	if m.text == nil {
		return ""
	}
	return searchwords.Text(m.text.Bytes())
}

// failed says whether the content, not the Blobs, was at fault.
func (m *meter) failed() bool { return m.err != nil && m.err != io.EOF }

func notThatText(err error) error {
	return Errorf(ErrUnsupportedMediaType, "the content is not of its media type: %v", err)
}

// sourceError keeps errors of ours and of a context; any other failure of the
// reader means that the content did not arrive whole.
func sourceError(err error) error {
	if Code(err) != "internal_error" || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", &Error{Err: ErrBadRequest, Detail: "the content did not arrive whole"}, err)
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
