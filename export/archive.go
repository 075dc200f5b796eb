package export

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
)

// Archive is an export as a file: an io.ReadSeekCloser that reads of the
// store and the bucket just what a Read asks for. Its bytes are the same each
// time, in every process. A content that is read from its first byte to its
// last is checked against its digest, and its last bytes are withheld until
// they are seen to be right: what is damaged ends in an error wrapping
// assets.ErrCorrupt, a back end that is away in assets.ErrUnavailable. It is
// not safe for concurrent use; it needs no Close when nothing was read.
type Archive struct {
	Export Export

	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	x      *Exporter
	record Record
	layout *layout
	etag   string

	pos   int64
	rows  rows
	piece piece
	err   error // sticks
}

// piece is a run of bytes that is at hand: either text, or the content of one
// entry.
type piece struct {
	at, end int64
	text    []byte
	file    *assets.File
	check   *assets.File // an empty content, to be looked at before the text is done
}

func (x *Exporter) archive(ctx context.Context, r Record) *Archive {
	return &Archive{
		Export: x.present(r), ctx: ctx, x: x, record: r, layout: r.Plan.layout(), etag: r.Plan.ETag(),
	}
}

// Size answers how many bytes the archive has.
func (a *Archive) Size() int64 { return a.layout.size }

// ETag answers the strong entity tag of the bytes (RFC 9110 §8.8.3).
func (a *Archive) ETag() string { return a.etag }

// Filename answers what to call the file.
func (a *Archive) Filename() string { return "export-" + string(a.record.ID) + ".zip" }

// Read implements io.Reader. It fills p across entries, however small they
// are.
func (a *Archive) Read(p []byte) (n int, err error) {
	for n < len(p) && a.err == nil {
		if a.pos >= a.layout.size {
			a.err = io.EOF
			break
		}
		var m int
		m, a.err = a.some(p[n:])
		a.pos += int64(m)
		n += m
	}
	if n > 0 {
		return n, nil // an error is the next Read's
	}
	if len(p) == 0 {
		return 0, nil
	}
	return 0, a.err
}

// some reads from one piece.
func (a *Archive) some(p []byte) (int, error) {
	if a.pos < a.piece.at || a.pos >= a.piece.end {
		if err := a.open(); err != nil {
			return 0, err
		}
	}
	c := &a.piece
	if c.file == nil {
		n := copy(p, c.text[a.pos-c.at:])
		if a.pos+int64(n) == c.end && c.check != nil {
			if err := a.lookAt(c.check); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	n, err := c.file.Read(p[:min(int64(len(p)), c.end-a.pos)])
	if errors.Is(err, io.EOF) {
		err = nil
		if n == 0 {
			err = fmt.Errorf("export: content ended early: %w", assets.ErrCorrupt)
		}
	}
	return n, err
}

// lookAt makes an empty content say whether it is there.
func (a *Archive) lookAt(f *assets.File) error {
	_, err := f.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// open puts the piece with the byte at pos at hand.
func (a *Archive) open() error {
	if err := a.release(); err != nil {
		return err
	}
	s := a.layout.find(a.pos)
	if s.own != nil {
		a.piece = piece{at: s.at, end: s.at + s.size, text: s.own}
		return nil
	}
	e, length, err := a.rows.find(a, s, a.pos-s.at)
	if err != nil {
		return err
	}
	at := s.at + e.At[s.section]
	switch s.section {
	case SectionMetadata:
		a.piece = piece{at: at, end: at + length, text: e.element()}
	case SectionManifest:
		a.piece = piece{at: at, end: at + length, text: e.line()}
	case SectionDirectory:
		a.piece = piece{at: at, end: at + length, text: e.member().record(a.record.CreatedAt)}
	default:
		return a.openContent(e, at, at+length)
	}
	return nil
}

func (a *Archive) openContent(e *Entry, at, end int64) error {
	header := e.member().local(a.record.CreatedAt)
	content := at + int64(len(header))
	file := a.x.lib.Stored(a.ctx, assets.Version{
		AssetID: e.AssetID, Number: e.Version, Key: e.Key, CRC32: e.CRC32,
		Content: assets.Content{SizeBytes: e.Size, SHA256: e.SHA256},
	})
	if a.pos < content {
		a.piece = piece{at: at, end: content, text: header}
		if e.Size == 0 {
			a.piece.check = file
		}
		return nil
	}
	a.piece = piece{at: content, end: end, file: file}
	_, err := file.Seek(a.pos-content, io.SeekStart)
	return err
}

// release closes what the piece has open.
func (a *Archive) release() error {
	file := a.piece.file
	a.piece = piece{}
	if file == nil {
		return nil
	}
	return file.Close()
}

// Seek implements io.Seeker. It reads nothing.
func (a *Archive) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += a.pos
	case io.SeekEnd:
		offset += a.layout.size
	}
	if offset < 0 {
		return 0, errors.New("export: seek before the start of an archive")
	}
	if offset == a.pos {
		return offset, nil
	}
	if errors.Is(a.err, io.EOF) {
		a.err = nil
	}
	a.pos = offset
	a.rows = rows{}
	return offset, a.release()
}

// Close releases what a Read opened. The Archive can be read again afterwards.
func (a *Archive) Close() error { return a.release() }

// WriteTo writes what follows the position, by default everything, to w. While
// it does, progress is told how many bytes of the archive are done, those
// before the position included, and how many it has; nil is told nothing. It
// answers how many bytes it wrote; after an error, Seek and WriteTo resume
// there, on another Archive of the same export too.
//
// Errors: that of w, assets.ErrCorrupt, assets.ErrUnavailable, that of ctx.
func (a *Archive) WriteTo(ctx context.Context, w io.Writer, progress func(done, total int64)) (int64, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	p := &progressing{ctx: ctx, w: w, done: a.pos, total: a.layout.size, tell: progress}
	n, err := readahead.Copy(p, a, a.x.ahead)
	if err != nil {
		_, seekErr := a.Seek(p.done, io.SeekStart) // it was read on
		err = errors.Join(err, seekErr)
	}
	if errors.Is(err, assets.ErrCorrupt) {
		a.err = err
	}
	return n, err
}

// progressing is a Writer that tells how far it is.
type progressing struct {
	ctx         context.Context //nolint:containedctx // an io.Writer has nowhere else to keep it
	w           io.Writer
	done, total int64
	tell        func(done, total int64)
}

func (p *progressing) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.w.Write(b)
	p.done += int64(n)
	if err == nil {
		p.tell(p.done, p.total)
	}
	return n, err
}

// rows are entries that were read in one go. A range begins with few and
// doubles them as it goes on, so that a short one reads little more than it
// covers and a long one asks seldom.
type rows struct {
	section Section
	list    []Entry
	next    int
}

const (
	fewRows  = 2
	manyRows = 128
)

// find answers the entry whose stretch has the byte at of a section, and how
// long that is.
func (r *rows) find(a *Archive, s stretch, at int64) (*Entry, int64, error) {
	for range 2 {
		for i := range r.list {
			e := &r.list[i]
			begin, length := e.At[s.section], e.length(s.section)
			if r.section != s.section || at < begin || at >= begin+length {
				continue
			}
			r.list = r.list[i:]
			return e, length, nil
		}
		if err := r.read(a, s.section, at); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, fmt.Errorf("export %s: an entry is missing: %w", a.record.ID, assets.ErrCorrupt)
}

func (r *rows) read(a *Archive, s Section, at int64) error {
	r.next = min(max(r.next, fewRows), manyRows)
	list, err := a.x.store.Entries(a.ctx, a.record.Workspace, a.record.ID, s, at, r.next)
	if err != nil {
		return a.x.unavailable("reading entries", err)
	}
	r.section, r.list, r.next = s, list, 2*r.next
	return nil
}
