package readahead

import (
	"io"
	"sync"
)

const (
	// mostPieces is for a copy: the one who reads, the one who checks and the one
	// who writes are each stopped for a while when there are fewer processors than
	// they are, clients included, and the others go on meanwhile. It also is how
	// far apart two contents can be and still be hashed at once.
	mostPieces  = 24
	leastShare  = 4 // while there are as many
	leastPieces = 2
)

// Copy copies from src to dst until the end of src or an error, as io.Copy
// does, and reads on while it writes. A [Source], also in an io.LimitedReader,
// is checked beside its reading, two digests of it at once where that is cheaper;
// dst is given nothing that is not checked. When Copy returns, src is at rest. A
// panic of src is the caller's.
func Copy(dst io.Writer, src io.Reader, b *Buffers) (written int64, err error) {
	pieces := int64(b.share())
	if l, ok := src.(*io.LimitedReader); ok {
		pieces = min(pieces, (l.N+pieceSize-1)/pieceSize)
	}
	if pieces < leastPieces {
		return io.Copy(only{dst}, src) // there is nothing to overlap
	}
	var mine [][]byte
	for range pieces {
		buffer := b.get()
		if buffer == nil {
			break
		}
		mine = append(mine, buffer)
	}
	defer func() {
		for _, buffer := range mine {
			b.put(buffer)
		}
	}()
	if len(mine) < leastPieces {
		return io.Copy(only{dst}, src)
	}
	return copyAhead(dst, src, mine, b.both)
}

// only hides what else a Writer can do.
type only struct{ io.Writer }

// piece is what one Read answered.
type piece struct {
	buffer   []byte
	n        int
	later    Checks
	checking sync.WaitGroup
	err      error
	panicked any
}

func copyAhead(dst io.Writer, src io.Reader, buffers [][]byte, both writeBoth) (written int64, err error) {
	free, read := make(chan []byte, len(buffers)), make(chan *piece, len(buffers))
	for _, buffer := range buffers {
		free <- buffer
	}
	next, wrote := func(p *piece) { p.n, p.err = src.Read(p.buffer) }, func() {}
	if s, ok := unchecked(src); ok {
		c := newChecker(both)
		defer c.end() // after the reader, who has them begin
		next = func(p *piece) {
			p.n, p.err = s.ReadUnchecked(p.buffer, &p.later)
			c.begin(p)
		}
		wrote = c.wrote
	}
	go readAhead(free, read, next)
	defer func() {
		for range len(free) { // only the reader takes from it too
			select {
			case <-free:
			default:
			}
		}
		close(free)
		for range read { // until the reader has ended
		}
	}()
	return writeAll(dst, read, func(p *piece) { free <- p.buffer; wrote() })
}

// readAhead reads for as long as there are buffers.
func readAhead(free <-chan []byte, read chan<- *piece, next func(*piece)) {
	defer close(read)
	for buffer := range free {
		p := &piece{buffer: buffer}
		p.guard(next)
		last := p.err != nil || p.panicked != nil
		read <- p // and is the writer's
		if last {
			return
		}
	}
}

// guard keeps a panic for the caller of Copy.
func (p *piece) guard(do func(*piece)) {
	defer func() {
		if v := recover(); v != nil {
			p.n, p.panicked = 0, v
		}
	}()
	do(p)
}

// writeAll writes what was read and is good, and is done with it.
func writeAll(dst io.Writer, read <-chan *piece, done func(*piece)) (written int64, err error) {
	for p := range read {
		p.judge()
		n, err := dst.Write(p.buffer[:p.n])
		written += int64(n)
		switch {
		case err != nil:
			return written, err
		case n < p.n:
			return written, io.ErrShortWrite
		case p.panicked != nil:
			panic(p.panicked)
		case p.err == io.EOF:
			return written, nil
		case p.err != nil:
			return written, p.err
		}
		done(p)
	}
	return written, io.ErrUnexpectedEOF // src has ended a goroutine
}

// judge waits for the checks, and leaves of the piece what is good.
func (p *piece) judge() {
	if p.panicked != nil {
		return // its checks have not begun
	}
	p.checking.Wait()
	if good, panicked, err := p.later.outcome(); err != nil || panicked != nil {
		p.n, p.err, p.panicked = good, err, panicked
	}
}
