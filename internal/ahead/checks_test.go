package ahead

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
)

var errDamaged = errors.New("damaged")

const blockSize = 150_000

// blocks are a Source of blocks, of which the one at bad is seen to be so when
// its last byte was read.
type blocks struct {
	all []byte
	pos int
	bad int
}

func (b *blocks) ReadUnchecked(p []byte, later *Checks) (int, error) {
	return fill(p, later, func(p []byte) (n int, of any, check func() (int, error)) {
		block := b.pos / blockSize
		n = copy(p, b.all[b.pos:min(len(b.all), (block+1)*blockSize)])
		b.pos += n
		if block == b.bad {
			end := b.pos%blockSize == 0 || b.pos == len(b.all)
			check = func() (int, error) {
				if end {
					return 0, errDamaged
				}
				return n, nil
			}
		}
		return n, block, check
	})
}

// fill is a Source's ReadUnchecked that asks for the next bytes, of one thing
// each time, until there are none.
func fill(p []byte, later *Checks, next func(p []byte) (n int, of any, check func() (int, error))) (n int, err error) {
	for n < len(p) {
		m, of, check := next(p[n:])
		if m == 0 {
			break
		}
		good, err := later.Add(m, of, check)
		n += good
		if err != nil {
			return n, err
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (b *blocks) Read(p []byte) (int, error) { return b.ReadUnchecked(p, nil) }

// TestCopyWritesOnlyWhatIsChecked: all before the damaged block arrives, and
// never its last byte.
func TestCopyWritesOnlyWhatIsChecked(t *testing.T) {
	t.Parallel()
	all := noise(4*pieceSize + 17)
	last := (len(all) - 1) / blockSize
	for _, buffers := range []int{0, 2, 3, 20} {
		for bad := range last + 1 {
			for _, limit := range []int64{0, int64(len(all))} {
				b := newBuffers(buffers)
				var src io.Reader = &blocks{all: all, bad: bad}
				if limit > 0 {
					src = io.LimitReader(src, limit)
				}
				var got bytes.Buffer
				n, err := Copy(&got, src, b)
				if !errors.Is(err, errDamaged) || n != int64(got.Len()) {
					t.Fatalf("block %d, %d buffers: %d bytes, %v", bad, buffers, n, err)
				}
				if from, to := int64(bad*blockSize), int64(min(len(all), (bad+1)*blockSize)); n < from || n >= to {
					t.Errorf("block %d, %d buffers: ends after %d bytes, which are in %d–%d", bad, buffers, n, from, to)
				}
				if !bytes.Equal(got.Bytes(), all[:n]) {
					t.Errorf("block %d, %d buffers: other bytes", bad, buffers)
				}
				b.whole(t)
			}
		}
	}
}

func TestCopyOfASourceIsLikeThatOfIO(t *testing.T) {
	t.Parallel()
	all := noise(20*pieceSize + 17)
	for _, limit := range []int{0, 1, pieceSize, pieceSize + 1, 9 * pieceSize, len(all), len(all) + 1} {
		b := newBuffers(mostPieces)
		src := &blocks{all: all, bad: -1}
		l := io.LimitReader(src, int64(limit)).(*io.LimitedReader)
		var got bytes.Buffer
		n, err := Copy(&got, l, b)
		if want := all[:min(limit, len(all))]; err != nil || n != int64(len(want)) || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("limit %d: %d bytes, %v", limit, n, err)
		}
		if src.pos != int(n) || l.N != int64(limit)-n {
			t.Errorf("limit %d: %d bytes are read, %d are left to be", limit, src.pos, l.N)
		}
		b.whole(t)
	}
}

// checked is a Source with one kind of check.
type checked struct {
	io.Reader
	check func() (int, error)
}

func (c checked) ReadUnchecked(p []byte, later *Checks) (int, error) {
	n, err := c.Read(p)
	if n == 0 {
		return 0, err
	}
	return later.Add(n, 0, c.check)
}

// TestCopyChecksBesideReading: the first piece is being checked while the one
// behind it is read.
func TestCopyChecksBesideReading(t *testing.T) {
	t.Parallel()
	reads := make(chan struct{}, 100)
	src := checked{
		readerFunc(func(p []byte) (int, error) { reads <- struct{}{}; return len(p), nil }),
		func() (int, error) { <-reads; <-reads; return 0, errDamaged },
	}
	if _, err := Copy(io.Discard, src, newBuffers(mostPieces)); !errors.Is(err, errDamaged) {
		t.Errorf("Copy: %v", err)
	}
}

// things are a Source of pieces of several things each.
type things struct {
	left  int
	check func(thing, part int) (int, error)
}

const partSize = 1000

func (s *things) Read(p []byte) (int, error) { return s.ReadUnchecked(p, nil) }

func (s *things) ReadUnchecked(p []byte, later *Checks) (int, error) {
	return fill(p, later, func(p []byte) (n int, of any, check func() (int, error)) {
		if len(p) < partSize || s.left == 0 {
			return 0, nil, nil
		}
		s.left--
		thing, part := s.left/7, s.left%7
		return partSize, thing, func() (int, error) { return s.check(thing, part) }
	})
}

// TestCopyChecksThingsSideBySide: the last part of the one is checked while the
// first of the next one is.
func TestCopyChecksThingsSideBySide(t *testing.T) {
	t.Parallel()
	const last = 3
	began := make(chan struct{})
	src := &things{left: 7 * (last + 1), check: func(thing, part int) (int, error) {
		switch {
		case thing == last && part == 0:
			<-began
		case thing == last-1 && part == 6:
			close(began)
		}
		return partSize, nil
	}}
	limit := int64(src.left * partSize)
	n, err := copyAhead(io.Discard, src, [][]byte{make([]byte, pieceSize), make([]byte, pieceSize)}, 2)
	if n != limit || err != nil {
		t.Errorf("Copy: %d bytes, %v", n, err)
	}
}

// TestCopyChecksAThingInTurn: also under the race detector, for the parts of one
// share a variable.
func TestCopyChecksAThingInTurn(t *testing.T) {
	t.Parallel()
	const parts = 7 * 3000
	next := make([]int, parts/7)
	for i := range next {
		next[i] = 6
	}
	src := &things{left: parts, check: func(thing, part int) (int, error) {
		if next[thing] != part {
			return 0, errDamaged
		}
		next[thing]--
		return partSize, nil
	}}
	b := newBuffers(mostPieces)
	if n, err := Copy(io.Discard, src, b); n != parts*partSize || err != nil {
		t.Errorf("Copy: %d bytes, %v", n, err)
	}
	b.whole(t)
}

// TestCopyKeepsThePanicOfAReader: what of that piece was added is not checked.
func TestCopyKeepsThePanicOfAReader(t *testing.T) {
	t.Parallel()
	b := newBuffers(mostPieces)
	defer func() {
		if v := recover(); v != "bomb" {
			t.Errorf("Copy panics with %v", v)
		}
		b.whole(t)
	}()
	_, _ = Copy(io.Discard, &bomb{}, b)
}

// bomb is a Source that panics in the middle of its second piece.
type bomb struct{ read int }

func (s *bomb) Read(p []byte) (int, error) { return s.ReadUnchecked(p, nil) }

func (s *bomb) ReadUnchecked(p []byte, later *Checks) (int, error) {
	n, err := later.Add(len(p), s, func() (int, error) { return len(p), nil })
	if s.read++; s.read == 2 {
		panic("bomb")
	}
	return n, err
}

func TestCopyOutlivesAFailingCheck(t *testing.T) {
	t.Parallel()
	b := newBuffers(mostPieces)
	none := writerFunc(func(p []byte) (int, error) {
		if len(p) > 0 {
			t.Errorf("%d bytes are written that nobody has checked", len(p))
		}
		return len(p), nil
	})
	func() {
		defer func() {
			if v := recover(); v != "bomb" {
				t.Errorf("a check panics, Copy with %v", v)
			}
		}()
		_, _ = Copy(none, checked{endless, func() (int, error) { panic("bomb") }}, b)
	}()
	b.whole(t)
	_, err := Copy(none, checked{endless, func() (int, error) { runtime.Goexit(); return 0, nil }}, b)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the checker's goroutine ends: %v", err)
	}
	b.whole(t)
}
