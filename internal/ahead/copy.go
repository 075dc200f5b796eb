package ahead

import "io"

const (
	// mostPieces is for a copy: the one who reads, the one who checks and the one
	// who writes are each stopped for a while when there are fewer processors than
	// they are, clients included, and the others go on meanwhile.
	mostPieces  = 8
	leastPieces = 2
)

// Copy copies from src to dst until the end of src or an error, as io.Copy
// does, and reads on while it writes. A [Source], also in an io.LimitedReader,
// is checked beside its reading; dst is given nothing that is not checked. When
// Copy returns, src is at rest. A panic of src is the caller's.
func Copy(dst io.Writer, src io.Reader, b *Buffers) (written int64, err error) {
	pieces := int64(mostPieces)
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
	return copyAhead(dst, src, mine)
}

// only hides what else a Writer can do.
type only struct{ io.Writer }

// piece is what one Read answered.
type piece struct {
	buffer   []byte
	n        int
	later    Checks
	err      error
	panicked any
}

func (p *piece) last() bool { return p.err != nil || p.panicked != nil }

func copyAhead(dst io.Writer, src io.Reader, buffers [][]byte) (written int64, err error) {
	free, read := make(chan []byte, len(buffers)), make(chan piece, len(buffers))
	for _, buffer := range buffers {
		free <- buffer
	}
	ready := read
	if s, ok := unchecked(src); ok {
		ready = make(chan piece, len(buffers))
		go readAhead(free, read, func(p *piece) { p.n, p.err = s.ReadUnchecked(p.buffer, &p.later) })
		go checkAhead(read, ready)
	} else {
		go readAhead(free, read, func(p *piece) { p.n, p.err = src.Read(p.buffer) })
	}
	defer func() {
		for range len(free) { // only the reader takes from it too
			select {
			case <-free:
			default:
			}
		}
		close(free)
		for range ready { // until the checker has ended
		}
		for range read { // until the reader has
		}
	}()
	return writeAll(dst, ready, free)
}

// writeAll writes what is ready, and frees its buffer.
func writeAll(dst io.Writer, ready <-chan piece, free chan<- []byte) (written int64, err error) {
	for p := range ready {
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
		free <- p.buffer
	}
	return written, io.ErrUnexpectedEOF // src has ended a goroutine
}

// readAhead reads for as long as there are buffers.
func readAhead(free <-chan []byte, read chan<- piece, next func(*piece)) {
	defer close(read)
	for buffer := range free {
		p := piece{buffer: buffer}
		p.guard(next)
		read <- p
		if p.last() {
			return
		}
	}
}

// checkAhead passes on what is good of what was read.
func checkAhead(read <-chan piece, ready chan<- piece) {
	defer close(ready)
	for p := range read {
		p.guard(func(p *piece) {
			if good, err := p.later.Run(); err != nil {
				p.n, p.err, p.panicked = good, err, nil
			}
		})
		ready <- p
		if p.last() {
			return
		}
	}
}

// guard keeps a panic for the caller of Copy. Nothing of a piece that could not
// be checked is good.
func (p *piece) guard(do func(*piece)) {
	defer func() {
		if v := recover(); v != nil {
			p.n, p.panicked = 0, v
		}
	}()
	do(p)
}
