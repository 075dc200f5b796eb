package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// Mark names one journal row by its place and its content, so that a row of another
// history of the same database is not taken for it. The zero Mark is the beginning of
// every journal.
type Mark struct {
	Position int64 `json:"position"` // of the row in the journal, above 0
	// Digest is the digest of the row, see MarkOf. It is empty in a mark that is
	// known by its position only, from a marker of an earlier release.
	Digest string `json:"digest"`
}

// MarkOf returns the mark of a journal row. Its digest is the SHA-256, in lower-case
// hexadecimal, of what rows of all releases have but their position: each value as text,
// preceded by its length in bytes and a colon.
func MarkOf(e assets.Event) Mark {
	h := sha256.New()
	d := &e.Data
	for _, value := range []string{
		"journal row 1", strconv.FormatInt(int64(e.At), 10), e.Workspace, string(d.AssetID),
		strconv.FormatInt(int64(d.Version), 10), e.Type.Kind(), string(d.Status), string(d.ReviewID), d.By, string(e.Details),
	} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(value), value) // a hash does not fail
	}
	return Mark{e.Position, hex.EncodeToString(h.Sum(nil))}
}

// maxMarks is the maximum of marks that a database keeps. Several are needed if
// processes move the marker at once, or end between recording a mark and writing it.
const maxMarks = 16

// Marks are the marks that a database has recorded, the latest last. Their rows may have
// been pruned since.
type Marks []Mark

// Latest returns the mark that was recorded last, or the zero Mark.
func (m Marks) Latest() Mark {
	if len(m) == 0 {
		return Mark{}
	}
	return m[len(m)-1]
}

// Move computes the result of [Ledger.MoveMark]: the mark of the newest row, and the
// marks to be recorded. named is the row at from.Position and newest the newest row, nil
// if there is none. Move returns assets.ErrNotFound if from names neither a row nor a
// recorded mark. A mark without digest names a recorded mark, or any row as long as no
// mark is recorded.
func (m Marks) Move(from Mark, named, newest *assets.Event) (next Mark, recorded Marks, err error) {
	from, ok := m.find(from, named)
	if !ok {
		return Mark{}, nil, fmt.Errorf("journal row %d: %w", from.Position, assets.ErrNotFound)
	}
	next = m.Latest() // if the newest rows are gone, the mark stays
	if newest != nil && newest.Position >= next.Position {
		next = MarkOf(*newest)
	}
	recorded = slices.DeleteFunc(slices.Clone(m), func(old Mark) bool { return old == from || old == next })
	for _, mark := range slices.Compact([]Mark{from, next}) {
		if mark != (Mark{}) {
			recorded = append(recorded, mark)
		}
	}
	return next, recorded[max(0, len(recorded)-maxMarks):], nil
}

// find returns from with its digest, and reports whether the database has it.
func (m Marks) find(from Mark, named *assets.Event) (Mark, bool) {
	if from == (Mark{}) {
		return from, true
	}
	if i := slices.IndexFunc(m, func(old Mark) bool {
		return old == from || from.Digest == "" && old.Position == from.Position
	}); i >= 0 {
		return m[i], true
	}
	if named == nil || named.Position != from.Position {
		return from, false
	}
	found := MarkOf(*named)
	return found, found == from || from.Digest == "" && len(m) == 0
}
