package review

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Limits of what is read of an archive.
const (
	maxFiles     = 500      // that are listed
	maxDirectory = 4 << 20  // bytes that are read to find them
	zipMemory    = 24 << 20 // what a directory of that size takes
	zipBlock     = 64 << 10 // bytes that are read at once
)

// entry is a file of an archive, and what became of it since another version.
type entry struct {
	Name   string
	Size   int64
	Change string // same, unsure, mod, add, gone; empty if there is no other version
	Link   string // the address with the file beside the list; empty if it cannot be shown

	member *zip.File
}

// readFiles reads the directory of an archive, compares it with the other version's, and
// reads the file that is named, or the first one that can be shown.
func (v *visit) readFiles(s subject, c *content, name string) error {
	if err := v.reserve(maxFileText * pageMemory); err != nil {
		return err
	}
	release, err := v.lib.Admit(v.r.Context(), zipMemory)
	if err != nil {
		return err
	}
	defer release()
	c.Shown = false // not all that is in the files is on the page
	a, err := v.openArchive(s.Asset.ID, s.Version.Number)
	switch {
	case errors.Is(err, errTwins):
		c.Note = v.lang.text("files.twins")
		return nil
	case errors.Is(err, errDirectory):
		c.Note = v.lang.text("files.broken")
		return nil
	case err != nil:
		return err
	}
	defer a.close()
	files := a.entries()
	if c.Base != nil {
		compared, err := v.compareArchive(a, s.Asset.ID, c.Base.Number)
		switch {
		case errors.Is(err, errDirectory):
			c.Base = nil
		case err != nil:
			return err
		default:
			files = compared
		}
	}
	c.countChanges(files)
	if len(files) > maxFiles {
		files, c.Note = files[:maxFiles], v.lang.text("files.many", "n", maxFiles)
	}
	for i := range files {
		files[i].Link = v.fileLink(files[i])
	}
	c.Files = files
	c.File, err = v.readFile(a, s, files, name)
	return err
}

// countChanges counts what became of the files since the other version.
func (c *content) countChanges(files []entry) {
	c.Changes = map[string]int{}
	for _, f := range files {
		c.Changes[f.Change]++
	}
}

// errDirectory: the directory of an archive is damaged or too long.
var errDirectory = errors.New("the directory of the archive cannot be read")

// errTwins: two files of an archive have the same name, so that nobody knows which one
// others will get.
var errTwins = fmt.Errorf("%w: two files have the same name", errDirectory)

// archive is an open archive, of which the directory has been read.
type archive struct {
	file   *assets.File
	blocks *blockReader
	zip    *zip.Reader
}

// openArchive opens the archive of a version, whose digest is verified first: parts of it
// are read later. The caller must close it.
func (v *visit) openArchive(id assets.ID, n assets.Number) (*archive, error) {
	f, err := v.lib.Open(v.r.Context(), v.by, id, assets.Selector(n))
	if err != nil {
		return nil, err
	}
	if err := f.VerifyOnce(); err != nil {
		_ = f.Close() // it was read only
		return nil, err
	}
	a := &archive{file: f, blocks: &blockReader{ctx: v.r.Context(), file: f, left: maxDirectory}}
	a.zip, err = zip.NewReader(a.blocks, f.Size())
	switch {
	case a.blocks.err != nil && !errors.Is(a.blocks.err, errDirectory):
		err = a.blocks.err
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		err = errDirectory
	case hasTwins(a.zip.File):
		err = errTwins
	default:
		return a, nil
	}
	a.close()
	return nil, err
}

func (a *archive) close() { _ = a.file.Close() } // it was read only

// entries returns the files of the archive, sorted by name.
func (a *archive) entries() []entry {
	all := a.inOrder()
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// inOrder returns the files of the archive in the order of its directory.
func (a *archive) inOrder() (all []entry) {
	for _, member := range a.zip.File {
		if isFolder(member) {
			continue
		}
		all = append(all, entry{
			Name: shownName(member), Size: int64(min(member.UncompressedSize64, 1<<62)), //nolint:gosec // it fits
			member: member,
		})
	}
	return all
}

func isFolder(member *zip.File) bool { return strings.HasSuffix(member.Name, "/") }

// shownName returns the name of a file as the page has it.
func shownName(member *zip.File) string { return strings.ToValidUTF8(member.Name, "\uFFFD") }

// unpackedName returns the name that a file has when it is unpacked.
func unpackedName(member *zip.File) string {
	return path.Clean("/" + strings.ReplaceAll(shownName(member), `\`, "/"))
}

// compareArchive compares the files of an archive with those of a version.
func (v *visit) compareArchive(a *archive, id assets.ID, base assets.Number) ([]entry, error) {
	old, err := v.openArchive(id, base)
	if err != nil {
		return nil, err
	}
	defer old.close()
	return compareFiles(old, a)
}

// blockReader reads a file in blocks, of which it keeps the last one, and no more than
// so many bytes in all.
type blockReader struct {
	ctx  context.Context //nolint:containedctx // an io.ReaderAt has nowhere else to keep it
	file io.ReadSeeker
	left int64
	err  error // of the file, or errDirectory

	start int64
	block []byte
}

// ReadAt implements io.ReaderAt.
func (b *blockReader) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at < b.start || at >= b.start+int64(len(b.block)) {
			if err := b.load(at); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], b.block[at-b.start:])
	}
	return n, nil
}

// load reads the block that begins at a place.
func (b *blockReader) load(at int64) error {
	if b.left <= 0 {
		b.err = errDirectory
		return b.err
	}
	if _, err := b.file.Seek(at, io.SeekStart); err != nil {
		b.err = err
		return err
	}
	block := make([]byte, zipBlock)
	n, err := io.ReadFull(b.file, block)
	if n == 0 {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		b.err = err
		return err
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		b.err = err
		return err
	}
	b.start, b.block = at, block[:n]
	b.left -= int64(n)
	return b.ctx.Err()
}
