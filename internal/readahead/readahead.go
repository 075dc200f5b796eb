// Package readahead reads on for whoever copies: reading, checking what was read, and
// writing what is checked go on side by side.
//
// The one rule to know: nothing runs on by itself. What [Copy] begins has ended
// when it returns, and what it holds comes from [Buffers], which are so many and
// no more: where none is left, it copies as io.Copy does.
package readahead

import "runtime"

// pieceSize is how much is read and handed on at once: less costs more in
// waking each other than it takes to hash.
const pieceSize = 256 << 10

// Buffers are a number of pieces of memory, made when they are first needed.
// They are safe for concurrent use.
type Buffers struct {
	free chan []byte
	both writeBoth
}

// NewBuffers answers as many as one copy can use, for each processor, whatever
// the number of copies that wait for their writers.
func NewBuffers() *Buffers { return newBuffers(mostPieces * runtime.GOMAXPROCS(0)) }

func newBuffers(n int) *Buffers {
	b := &Buffers{free: make(chan []byte, n), both: bestWriteBoth(runtime.GOMAXPROCS(0))}
	for range n {
		b.free <- nil
	}
	return b
}

// share answers how many one copy may take: half of those that are left, so that
// who comes later has some too.
func (b *Buffers) share() int { return min(mostPieces, max(leastShare, len(b.free)/2)) }

// get answers one, nil when all are in use.
func (b *Buffers) get() []byte {
	select {
	case p := <-b.free:
		if p == nil {
			p = make([]byte, pieceSize)
		}
		return p
	default:
		return nil
	}
}

func (b *Buffers) put(p []byte) { b.free <- p }
