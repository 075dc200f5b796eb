package export

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
)

// Archive is the zip file of an export: an io.ReadSeekCloser that reads from store and
// bucket only what a Read needs. Its bytes are always the same, in every process.
//
// A content that is read from its first byte to its last is verified: Read returns its
// last bytes only if the digest of the whole content is right, else an error that wraps
// assets.ErrCorrupt. If a back end fails, the error wraps assets.ErrUnavailable.
//
// An Archive is not safe for concurrent use. It needs no Close if nothing was read.
type Archive struct {
	Export Export

	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	x      *Exporter
	record Record
	layout *layout
	etag   string

	pos     int64
	entries entryBuffer
	part    part
	err     error // of Read; Seek clears only io.EOF
}

// part is a part of the archive that can be read: either text or the content of one
// entry.
type part struct {
	start, end int64 // offsets in the archive
	text       []byte
	file       *assets.File
	empty      *assets.File // the empty content that follows text; checked at the end of text
}

func (x *Exporter) archive(ctx context.Context, r Record) *Archive {
	return &Archive{
		Export: x.describe(r), ctx: ctx, x: x, record: r, layout: r.Plan.layout(), etag: r.Plan.ETag(),
	}
}

// Size returns the size of the archive in bytes.
func (a *Archive) Size() int64 { return a.layout.size }

// ETag returns the strong entity tag of the archive (RFC 9110 §8.8.3).
func (a *Archive) ETag() string { return a.etag }

// Filename returns a name for the downloaded file.
func (a *Archive) Filename() string { return "export-" + string(a.record.ID) + ".zip" }

// Read implements io.Reader. It fills p from as many entries as needed.
func (a *Archive) Read(p []byte) (n int, err error) {
	for n < len(p) && a.err == nil {
		if a.pos >= a.layout.size {
			a.err = io.EOF
			break
		}
		var m int
		m, a.err = a.readPart(p[n:])
		a.pos += int64(m)
		n += m
	}
	if n > 0 {
		return n, nil // the next Read returns the error
	}
	if len(p) == 0 {
		return 0, nil
	}
	return 0, a.err
}

// readPart reads from the part at the position, and opens it if necessary.
func (a *Archive) readPart(p []byte) (int, error) {
	if a.pos < a.part.start || a.pos >= a.part.end {
		if err := a.openPart(); err != nil {
			return 0, err
		}
	}
	current := &a.part
	if current.file == nil {
		n := copy(p, current.text[a.pos-current.start:])
		if a.pos+int64(n) == current.end && current.empty != nil {
			if err := checkEmpty(current.empty); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	n, err := current.file.Read(p[:min(int64(len(p)), current.end-a.pos)])
	if errors.Is(err, io.EOF) {
		err = nil
		if n == 0 {
			err = fmt.Errorf("export: content ended early: %w", assets.ErrCorrupt)
		}
	}
	return n, err
}

// checkEmpty returns an error if the object of an empty content is missing or damaged.
func checkEmpty(f *assets.File) error {
	_, err := f.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// openPart opens the part that contains the position.
func (a *Archive) openPart() error {
	if err := a.closePart(); err != nil {
		return err
	}
	r := a.layout.regionAt(a.pos)
	if r.text != nil {
		a.part = part{start: r.offset, end: r.offset + r.size, text: r.text}
		return nil
	}
	e, length, err := a.entries.find(a, r.section, a.pos-r.offset)
	if err != nil {
		return err
	}
	start := r.offset + e.At[r.section]
	end := start + length
	switch r.section {
	case SectionMetadata:
		a.part = part{start: start, end: end, text: e.metadataElement()}
	case SectionManifest:
		a.part = part{start: start, end: end, text: e.manifestLine()}
	case SectionTagManifest:
		a.part = part{start: start, end: end, text: e.tagManifestLine()}
	case SectionDirectory:
		a.part = part{start: start, end: end, text: e.directoryRecords(a.record.Plan)}
	default:
		return a.openContent(e, start, end)
	}
	return nil
}

// openContent opens the local header, the content or the attestation of an entry,
// whichever contains the position. They are from start to end.
func (a *Archive) openContent(e *Entry, start, end int64) error {
	header := e.member(a.record.Plan).localHeader(a.record.CreatedAt)
	content := start + int64(len(header))
	if after := content + e.Size; after < end {
		if a.pos >= after {
			return a.openAttestation(e, after, end)
		}
		end = after
	}
	file := a.x.lib.Stored(a.ctx, assets.Version{
		AssetID: e.AssetID, Number: e.Version, Key: e.Key, CRC32: e.CRC32,
		Content: assets.Content{SizeBytes: e.Size, SHA256: e.SHA256},
	})
	if a.pos < content {
		a.part = part{start: start, end: content, text: header}
		if e.Size == 0 {
			a.part.empty = file
		}
		return nil
	}
	a.part = part{start: content, end: end, file: file}
	_, err := file.Seek(a.pos-content, io.SeekStart)
	return err
}

// openAttestation opens the local header and the envelope of an entry's attestation,
// which are from start to end.
func (a *Archive) openAttestation(e *Entry, start, end int64) error {
	stored, err := a.x.attestations.AttestationAt(a.ctx, a.record.Workspace, e.AssetID, e.Version, e.Attestation.Revision)
	if err != nil && !errors.Is(err, assets.ErrNotFound) {
		return wrapStoreError("reading an attestation", err)
	}
	envelope := stored.EnvelopeJSON()
	if err != nil || int64(len(envelope)) != e.Attestation.Size || crc32.ChecksumIEEE(envelope) != e.Attestation.CRC32 {
		return fmt.Errorf("export %s: the attestation of %s is not the frozen one: %w", a.record.ID, e.Name, assets.ErrCorrupt)
	}
	header := e.attestation(a.record.Plan).localHeader(a.record.CreatedAt)
	a.part = part{start: start, end: end, text: append(header, envelope...)}
	return nil
}

// closePart closes the content that is open.
func (a *Archive) closePart() error {
	file := a.part.file
	a.part = part{}
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
	a.entries = entryBuffer{}
	return offset, a.closePart()
}

// Close closes the content that Read has opened. The Archive can be read again afterwards.
func (a *Archive) Close() error { return a.closePart() }

// WriteTo writes the archive from the position to the end to w, and returns the number of
// bytes written. After each write it calls progress, if not nil, with the number of bytes
// of the archive that are done, including those before the initial position, and their
// total. After an error a WriteTo from that position resumes, also of another Archive of
// the same export.
//
// WriteTo reads ahead of w in a goroutine that ends before it returns. It returns the
// error of w or of ctx, or an error that wraps assets.ErrCorrupt or assets.ErrUnavailable.
func (a *Archive) WriteTo(ctx context.Context, w io.Writer, progress func(done, total int64)) (int64, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	p := &progressWriter{ctx: ctx, w: w, done: a.pos, total: a.layout.size, progress: progress}
	n, err := readahead.Copy(p, a, a.x.buffers)
	if err != nil {
		_, seekErr := a.Seek(p.done, io.SeekStart) // back from what was read ahead
		err = errors.Join(err, seekErr)
	}
	if errors.Is(err, assets.ErrCorrupt) {
		a.err = err
	}
	return n, err
}

// progressWriter is a Writer that reports its progress and ends with a context.
type progressWriter struct {
	ctx         context.Context //nolint:containedctx // an io.Writer has nowhere else to keep it
	w           io.Writer
	done, total int64
	progress    func(done, total int64)
}

func (p *progressWriter) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.w.Write(b)
	p.done += int64(n)
	if err == nil {
		p.progress(p.done, p.total)
	}
	return n, err
}

// entryBuffer holds the entries that were read from the store by one call. The first call
// reads few entries and each further one twice as many, so that a short range reads few
// entries that it does not need, and a long one needs few calls.
type entryBuffer struct {
	section Section
	list    []Entry
	limit   int // of the next call
}

const (
	minEntries = 2
	maxEntries = 128
)

// find returns the entry whose range in a section contains an offset, and the length of
// that range.
func (b *entryBuffer) find(a *Archive, s Section, offset int64) (*Entry, int64, error) {
	for range 2 {
		for i := range b.list {
			e := &b.list[i]
			start, length := e.At[s], e.length(a.record.Plan, s)
			if b.section != s || offset < start || offset >= start+length {
				continue
			}
			clear(b.list[:i]) // an archive is read forwards
			b.list = b.list[i:]
			return e, length, nil
		}
		if err := b.read(a, s, offset); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, fmt.Errorf("export %s: an entry is missing: %w", a.record.ID, assets.ErrCorrupt)
}

func (b *entryBuffer) read(a *Archive, s Section, offset int64) error {
	b.limit = min(max(b.limit, minEntries), maxEntries)
	list, err := a.x.store.Entries(a.ctx, a.record.Workspace, a.record.ID, s, offset, b.limit)
	if err != nil {
		return wrapStoreError("reading entries", err)
	}
	b.section, b.list, b.limit = s, list, 2*b.limit
	return nil
}
