package worddiff

import "strings"

// segments returns the result of a comparison. Short pieces that are equal, between
// others that are not, are made part of those: always white space within a line, and
// longer ones while there are more than MaxSegments.
func (c *comparison) segments(from, to *text) []Segment {
	s := &segmenter{from: from, to: to, c: c}
	for s.join = 0; ; s.join = max(4, 2*s.join) {
		s.count = 0
		s.walk(func(Segment) { s.count++ })
		if s.count <= MaxSegments {
			break
		}
	}
	all := make([]Segment, 0, s.count)
	s.walk(func(next Segment) { all = append(all, next) })
	return all
}

// segmenter goes through the marked words.
type segmenter struct {
	from, to *text
	c        *comparison
	join     int // bytes of an equal piece that is joined with what is around it
	count    int
}

// walk calls yield for each segment.
func (s *segmenter) walk(yield func(Segment)) {
	piece := func(op Op, t *text, begin, end int) {
		if begin < end {
			yield(Segment{op, t.all[t.at[begin]:t.at[end]]})
		}
	}
	i, j := 0, 0 // words of both texts
	for i < s.from.len() || j < s.to.len() {
		equal := s.equal(i, j)
		piece(Equal, s.from, i, i+equal)
		i, j = i+equal, j+equal
		endI, endJ := s.change(i, j)
		piece(Delete, s.from, i, endI)
		piece(Insert, s.to, j, endJ)
		i, j = endI, endJ
	}
}

// equal returns the number of words from i and j on that are equal.
func (s *segmenter) equal(i, j int) (n int) {
	for i+n < s.from.len() && j+n < s.to.len() && !s.c.deleted[i+n] && !s.c.inserted[j+n] {
		n++
	}
	return n
}

// change returns where a change ends that begins at i and j.
func (s *segmenter) change(i, j int) (endI, endJ int) {
	for {
		for i < s.from.len() && s.c.deleted[i] {
			i++
		}
		for j < s.to.len() && s.c.inserted[j] {
			j++
		}
		n := s.equal(i, j)
		if n == 0 || i+n == s.from.len() && j+n == s.to.len() || !s.joins(s.from.all[s.from.at[i]:s.from.at[i+n]]) {
			return i, j
		}
		i, j = i+n, j+n
	}
}

// joins reports whether an equal piece between two changes becomes part of them.
func (s *segmenter) joins(piece string) bool {
	return len(piece) <= s.join || strings.Trim(piece, " \t") == ""
}
