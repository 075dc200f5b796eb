package ahead

import "io"

const (
	mostPieces  = 3 // one being read, one that waits, one being written
	leastPieces = 2
)

// Copy copies from src to dst until the end of src or an error, as io.Copy
// does, and reads on while it writes. When it returns, src is at rest. A panic
// of src is the caller's.
func Copy(dst io.Writer, src io.Reader, b *Buffers) (written int64, err error) {
	if l, ok := src.(*io.LimitedReader); ok && l.N <= pieceSize {
		return io.Copy(only{dst}, src) // there is nothing to overlap
	}
	var mine [][]byte
	for len(mine) < mostPieces {
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
	err      error
	panicked any
}

func copyAhead(dst io.Writer, src io.Reader, buffers [][]byte) (written int64, err error) {
	free, read := make(chan []byte, len(buffers)), make(chan piece, len(buffers))
	for _, buffer := range buffers {
		free <- buffer
	}
	go readAhead(src, free, read)
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
	for p := range read {
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
	return written, io.ErrUnexpectedEOF // src has ended the goroutine
}

// readAhead reads for as long as there are buffers.
func readAhead(src io.Reader, free <-chan []byte, read chan<- piece) {
	defer close(read)
	for buffer := range free {
		p := readPiece(src, buffer)
		read <- p
		if p.err != nil || p.panicked != nil {
			return
		}
	}
}

func readPiece(src io.Reader, buffer []byte) (p piece) {
	p.buffer = buffer
	defer func() { p.panicked = recover() }()
	p.n, p.err = src.Read(buffer)
	return p
}
