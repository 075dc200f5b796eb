package review

import (
	"archive/zip"
	"context"
	"errors"
	"io"
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
	Change string // same, mod, add, gone; empty if there is no other version
	Link   string // the address with the file beside the list; empty if it cannot be shown

	checksum uint32
}

// readFiles reads the directory of an archive, compares it with the other version's, and
// reads the file that is named, or the first one that can be shown.
func (v *visit) readFiles(s subject, c *content, name string) error {
	release, err := v.lib.Admit(v.r.Context(), zipMemory)
	if err != nil {
		return err
	}
	defer release()
	c.Shown = false // not all that is in the files is on the page
	a, err := v.openArchive(s.Asset.ID, s.Version.Number)
	if errors.Is(err, errDirectory) {
		c.Note = v.lang.text("files.broken")
		return nil
	}
	if err != nil {
		return err
	}
	defer a.close()
	files := a.entries()
	if c.Base != nil {
		old, err := v.directory(s.Asset.ID, c.Base.Number)
		switch {
		case errors.Is(err, errDirectory):
			c.Base = nil
		case err != nil:
			return err
		default:
			files = compareFiles(old, files)
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

// compareFiles returns the files of an archive with what became of each, changed ones
// first, and those that are gone.
func compareFiles(old, young []entry) []entry {
	before := map[string]entry{}
	for _, f := range old {
		before[f.Name] = f
	}
	var all []entry
	for _, f := range young {
		other, known := before[f.Name]
		delete(before, f.Name)
		switch {
		case !known:
			f.Change = "add"
		case other.Size != f.Size || other.checksum != f.checksum:
			f.Change = "mod"
		default:
			f.Change = "same"
		}
		all = append(all, f)
	}
	for _, f := range old {
		if _, gone := before[f.Name]; gone {
			f.Change = "gone"
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return rank(a) - rank(b) })
	return all
}

func rank(f entry) int {
	if f.Change == "same" {
		return 1
	}
	return 0
}

// errDirectory: the directory of an archive is damaged or too long.
var errDirectory = errors.New("the directory of the archive cannot be read")

// archive is an open archive, of which the directory has been read.
type archive struct {
	file   *assets.File
	blocks *blockReader
	zip    *zip.Reader
}

// openArchive opens the archive of a version. The caller must close it.
func (v *visit) openArchive(id assets.ID, n assets.Number) (*archive, error) {
	f, err := v.lib.Open(v.r.Context(), v.by, id, assets.Selector(n))
	if err != nil {
		return nil, err
	}
	a := &archive{file: f, blocks: &blockReader{ctx: v.r.Context(), file: f, left: maxDirectory}}
	a.zip, err = zip.NewReader(a.blocks, f.Size())
	switch {
	case a.blocks.err != nil && !errors.Is(a.blocks.err, errDirectory):
		err = a.blocks.err
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		err = errDirectory
	default:
		return a, nil
	}
	a.close()
	return nil, err
}

func (a *archive) close() { _ = a.file.Close() } // it was read only

// entries returns the files of the archive, sorted by name.
func (a *archive) entries() []entry {
	var all []entry
	for _, member := range a.zip.File {
		if strings.HasSuffix(member.Name, "/") {
			continue
		}
		all = append(all, entry{
			Name: strings.ToValidUTF8(member.Name, "\uFFFD"), Size: int64(min(member.UncompressedSize64, 1<<62)), //nolint:gosec // it fits
			checksum: member.CRC32,
		})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// directory returns the files of the archive of a version, sorted by name.
func (v *visit) directory(id assets.ID, n assets.Number) ([]entry, error) {
	a, err := v.openArchive(id, n)
	if err != nil {
		return nil, err
	}
	defer a.close()
	return a.entries(), nil
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
