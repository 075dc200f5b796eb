package ahead

import "io"

// Source is a Reader whose checking can go on beside its reading.
type Source interface {
	io.Reader
	// ReadUnchecked reads as Read does, and adds to later what Read would have
	// checked of these bytes. p stays as it is until that is done. With no later
	// it is Read.
	ReadUnchecked(p []byte, later *Checks) (n int, err error)
}

// Checks are what is still to be checked of the bytes of one piece.
type Checks struct{ list []check }

// check is of the next n bytes, none of which are good before it is made.
type check struct {
	n    int
	of   any
	do   func() (good int, err error)
	good int
	err  error
	// panicked is with what do did.
	panicked any
}

// Add says that the next n bytes wait for do, which answers how many of them
// are good; nil when there is nothing to check. What is of the same thing is
// added one after the other and checked in that order, also in the pieces behind;
// different things are checked side by side. No Checks at all make it at once.
// It answers how many bytes may go on.
func (c *Checks) Add(n int, of any, do func() (good int, err error)) (int, error) {
	switch {
	case c != nil:
		c.list = append(c.list, check{n: n, of: of, do: do, err: io.ErrUnexpectedEOF})
	case do != nil:
		return do()
	}
	return n, nil
}

// AddAll adds what others have, and lets failed know of those that fail. It
// answers what Add does.
func (c *Checks) AddAll(others *Checks, failed func(error)) (n int, err error) {
	for _, other := range others.list {
		do := other.do
		if do != nil {
			do = func() (int, error) {
				good, err := other.do()
				if err != nil {
					failed(err)
				}
				return good, err
			}
		}
		good, err := c.Add(other.n, other.of, do)
		n += good
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// make makes the check.
func (c *check) make() (ok bool) {
	defer func() { c.panicked = recover() }()
	c.good, c.err = c.do()
	return c.err == nil
}

// outcome answers how many bytes are good when all checks are made, and what
// became of the first that failed.
func (c *Checks) outcome() (good int, panicked any, err error) {
	for i := range c.list {
		switch check := &c.list[i]; {
		case check.do == nil:
			good += check.n
		case check.err != nil, check.panicked != nil:
			return good + check.good, check.panicked, check.err
		default:
			good += check.good
		}
	}
	return good, nil, nil
}

// limited is a Source of which l lets through the beginning.
type limited struct {
	Source
	l *io.LimitedReader
}

func (s limited) ReadUnchecked(p []byte, later *Checks) (int, error) {
	if s.l.N <= 0 {
		return 0, io.EOF
	}
	n, err := s.Source.ReadUnchecked(p[:min(int64(len(p)), s.l.N)], later)
	s.l.N -= int64(n)
	return n, err
}

// unchecked answers src as a Source, also when it is limited.
func unchecked(src io.Reader) (Source, bool) {
	if l, ok := src.(*io.LimitedReader); ok {
		s, ok := l.R.(Source)
		return limited{s, l}, ok
	}
	s, ok := src.(Source)
	return s, ok
}
