package review

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

// maxCompared is how many bytes of two archives are read, and how many are unpacked, to
// compare their files on one page.
const maxCompared = 32 << 20

// compareFiles returns the files of an archive with what became of each since another
// archive, changed ones first, and those that are gone. Files of the same size and
// checksum are compared byte by byte, because an agent writes the checksums; those beyond
// maxCompared are unsure.
func compareFiles(old, young *archive) ([]entry, error) {
	before := map[string]entry{}
	for _, f := range old.entries() {
		before[f.Name] = f
	}
	unread := int64(maxCompared)
	old.blocks.left, young.blocks.left = maxCompared, maxCompared
	var all []entry
	for _, f := range young.inOrder() {
		other, known := before[f.Name]
		delete(before, f.Name)
		switch {
		case !known:
			f.Change = "add"
		case other.Size != f.Size || other.member.CRC32 != f.member.CRC32:
			f.Change = "mod"
		case unread < f.Size:
			f.Change = "unsure"
		default:
			var err error
			if f.Change, err = compareFile(old, young, other, f, &unread); err != nil {
				return nil, err
			}
		}
		all = append(all, f)
	}
	for _, f := range before {
		f.Change = "gone"
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a.Name, b.Name)) })
	return all, nil
}

// rank returns the place of a file in the list: what needs a look comes first.
func rank(f entry) int { return slices.Index([]string{"unsure", "same"}, f.Change) + 1 }

// compareFile compares the bytes of a file in two archives: same, mod, or unsure if one of
// them is damaged or too much would be read. unread is how many bytes may still be
// unpacked.
func compareFile(old, young *archive, a, b entry, unread *int64) (string, error) {
	before, err := a.member.Open()
	if err != nil {
		return "unsure", old.unread(err)
	}
	defer before.Close()
	now, err := b.member.Open()
	if err != nil {
		return "unsure", young.unread(err)
	}
	defer now.Close()
	var x, y [32 << 10]byte
	for *unread >= 0 {
		n, errOld := readFull(before, x[:])
		m, errYoung := readFull(now, y[:])
		*unread -= int64(max(n, m))
		ended := errOld == io.EOF && errYoung == io.EOF
		switch common := min(n, m); {
		case !bytes.Equal(x[:common], y[:common]):
			return "mod", nil
		case errOld != nil && errOld != io.EOF:
			return "unsure", old.unread(errOld)
		case errYoung != nil && errYoung != io.EOF:
			return "unsure", young.unread(errYoung)
		case n != m:
			return "mod", nil
		case ended:
			return "same", nil
		}
	}
	return "unsure", nil
}

// readFull reads until p is full or r returns an error. A file that is cut off is no end, unlike
// with io.ReadFull.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// unread returns the error of the store or the client, if that is why a file could not be
// read, and nil if the archive is.
func (a *archive) unread(err error) error {
	if err = a.failed(err); errors.Is(err, errFile) {
		return nil
	}
	return err
}

// hasTwins reports whether two files have the same name. Programs that unpack the archive
// keep the last one, or mix them.
func hasTwins(members []*zip.File) bool {
	known := make(map[string]bool, len(members))
	for _, m := range members {
		if isFolder(m) {
			continue
		}
		name := unpackedName(m)
		if known[name] {
			return true
		}
		known[name] = true
	}
	return false
}
