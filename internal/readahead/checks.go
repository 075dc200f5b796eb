package readahead

import (
	"hash"
	"io"
)

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

// check is of bytes of which none are good before it is made.
type check struct {
	bytes    []byte
	digest   hash.Hash
	judge    func() error
	err      error
	panicked any // with what judge did
}

func (c *check) needed() bool { return c.digest != nil || c.judge != nil }

// conclude judges when everything is written.
func (c *check) conclude() (ok bool) {
	defer func() { c.panicked = recover() }()
	var err error
	if c.judge != nil {
		err = c.judge()
	}
	c.err = err
	return err == nil
}

// Add says that p, the next bytes, are to be written to digest, and that judge
// is then to say whether they are good. Each may be nil. What one digest is
// given is added in turn, and written in that order, also in the pieces behind.
// No Checks at all do it at once. It answers how many bytes may go on.
func (c *Checks) Add(p []byte, digest hash.Hash, judge func() error) (int, error) {
	if c != nil {
		c.list = append(c.list, check{bytes: p, digest: digest, judge: judge, err: io.ErrUnexpectedEOF})
		return len(p), nil
	}
	if digest != nil {
		digest.Write(p)
	}
	if judge != nil {
		if err := judge(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// AddAll adds what others have, and lets failed know of those that fail. It
// answers what Add does.
func (c *Checks) AddAll(others *Checks, failed func(error)) (n int, err error) {
	for _, other := range others.list {
		judge := other.judge
		if judge != nil {
			judge = func() error {
				err := other.judge()
				if err != nil {
					failed(err)
				}
				return err
			}
		}
		good, err := c.Add(other.bytes, other.digest, judge)
		n += good
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// outcome answers how many bytes are good when all checks are made, and what
// became of the first that failed.
func (c *Checks) outcome() (good int, panicked any, err error) {
	for i := range c.list {
		check := &c.list[i]
		if check.needed() && (check.err != nil || check.panicked != nil) {
			return good, check.panicked, check.err
		}
		good += len(check.bytes)
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
