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

// Checks are what is still to be checked of the bytes of one piece. They are
// made in turn, in those of all pieces before them too.
type Checks struct{ list []check }

type check struct {
	n  int
	do func() (good int, err error)
}

// Add says that the next n bytes wait for do, which answers how many of them
// are good; nil when there is nothing to check. No Checks at all make it at
// once. It answers how many bytes may go on.
func (c *Checks) Add(n int, do func() (good int, err error)) (int, error) {
	if c != nil {
		c.list = append(c.list, check{n, do})
		return n, nil
	}
	return check{n, do}.run()
}

func (c check) run() (good int, err error) {
	if c.do == nil {
		return c.n, nil
	}
	return c.do()
}

// Run makes the checks, and answers how many bytes are good.
func (c *Checks) Run() (good int, err error) {
	for _, check := range c.list {
		n, err := check.run()
		good += n
		if err != nil {
			return good, err
		}
	}
	return good, nil
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
