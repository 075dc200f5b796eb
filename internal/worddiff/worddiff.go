// Package worddiff compares two texts by words.
//
// The rule to know: a comparison is bounded. However the texts are made, it takes at
// most [Memory] bytes and a fixed number of steps, and it ends with its context. If the
// steps do not suffice, words that both texts have are shown as deleted and inserted;
// the segments make both texts all the same.
package worddiff

import "context"

// Op is what happened to a piece of text.
type Op int

// The operations.
const (
	Equal  Op = iota // both texts have the piece
	Delete           // only the old text has it
	Insert           // only the new text has it
)

// Segment is a piece of text that is not empty.
type Segment struct {
	Op   Op
	Text string
}

// MaxSegments is the number of segments that Compare returns at most.
const MaxSegments = 50_000

// maxSteps bounds the work of a comparison: about as many comparisons of words. Texts
// that differ in a few thousand words are compared without a loss.
const maxSteps = 1 << 26

// Compare returns segments that turn the text from into the text to. Those that are
// equal or deleted make exactly from, those that are equal or inserted exactly to. Two
// neighbours differ in their Op, and a deletion comes before an insertion at the same
// place. For two empty texts there are none.
//
// It returns an error only if ctx ends: its cause.
func Compare(ctx context.Context, from, to string) ([]Segment, error) {
	old, young := split(from), split(to)
	c := newComparison(ctx, old, young)
	if err := c.run(); err != nil {
		return nil, err
	}
	return c.segments(old, young), nil
}

// Memory returns the number of bytes that Compare allocates at most for two texts of
// so many bytes together.
func Memory(bytes int) int64 {
	return fixedMemory + int64(bytes)*perByte + int64(min(bytes, MaxSegments))*perSegment
}

const (
	fixedMemory = 64 << 10
	perByte     = 24
	perSegment  = 24
)
