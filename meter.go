package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/10ex/assets/internal/searchwords"
)

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
