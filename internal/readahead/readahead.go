// Package readahead copies from a reader to a writer and reads ahead while it writes.
//
// No goroutine outlives [Copy]. Its memory comes from a fixed pool; when the
// pool is empty it copies as io.Copy does.
package readahead

import (
	"io"
	"runtime"
	"sync/atomic"
)

const (
	pieceSize = 256 << 10 // bytes
	maxPieces = 4         // of one Copy
)

// Buffers is a fixed pool of pieces of 256 KiB, which are allocated when they are first
// used. It is safe for concurrent use.
type Buffers struct{ free chan []byte }

// NewBuffers returns a pool of 16 pieces, 4 MiB, for each processor.
func NewBuffers() *Buffers { return newBuffers(4 * maxPieces * runtime.GOMAXPROCS(0)) }

func newBuffers(n int) *Buffers {
	b := &Buffers{free: make(chan []byte, n)}
	for range n {
		b.free <- nil
	}
	return b
}

// take returns up to n pieces. It does not wait for pieces that are in use.
func (b *Buffers) take(n int64) (pieces [][]byte) {
	for range n {
		select {
		case p := <-b.free:
			if p == nil {
				p = make([]byte, pieceSize)
			}
			pieces = append(pieces, p)
		default:
			return pieces
		}
	}
	return pieces
}

// Copy copies from src to dst as io.Copy does and reads up to four pieces ahead of dst.
// When it returns, no goroutine reads from src. If src panics, so does Copy. Copy does
// not call dst.ReadFrom, which may call Copy.
func Copy(dst io.Writer, src io.Reader, b *Buffers) (written int64, err error) {
	wanted := int64(maxPieces)
	if l, ok := src.(*io.LimitedReader); ok {
		wanted = min(wanted, (l.N+pieceSize-1)/pieceSize)
	}
	pieces := b.take(wanted)
	defer func() {
		for _, p := range pieces {
			b.free <- p
		}
	}()
	if len(pieces) < 2 { // reading ahead needs two pieces
		return io.Copy(struct{ io.Writer }{dst}, src)
	}
	free, full := make(chan []byte, maxPieces), make(chan read, maxPieces)
	for _, p := range pieces {
		free <- p
	}
	var stopped atomic.Bool
	go readAll(src, free, full, &stopped)
	defer func() {
		stopped.Store(true)
		close(free)
		for range full { // wait until readAll has returned
		}
	}()
	for r := range full {
		n, err := dst.Write(r.bytes)
		written += int64(n)
		switch {
		case err != nil:
			return written, err
		case n < len(r.bytes):
			return written, io.ErrShortWrite
		case r.panicked != nil:
			panic(r.panicked)
		case r.err == io.EOF:
			return written, nil
		case r.err != nil:
			return written, r.err
		}
		free <- r.bytes[:pieceSize]
	}
	return written, io.ErrUnexpectedEOF // src has called runtime.Goexit
}

type read struct { // the result of one Read
	bytes    []byte
	err      error
	panicked any
}

// readAll reads src into the free pieces until it is stopped or Read fails.
func readAll(src io.Reader, free <-chan []byte, full chan<- read, stopped *atomic.Bool) {
	defer close(full)
	for p := range free {
		r := readOne(src, p)
		full <- r
		if r.err != nil || r.panicked != nil || stopped.Load() {
			return
		}
	}
}

func readOne(src io.Reader, p []byte) (r read) {
	defer func() { r.panicked = recover() }()
	n, err := src.Read(p)
	return read{bytes: p[:n], err: err}
}
