// Package sha256x2 hashes two contents at once in one thread. SHA-256 (FIPS
// 180-4) is a chain: each round waits for the one before, and a processor with
// instructions for them is idle meanwhile. A second chain, of which nothing
// waits for the first, fits in between.
//
// Only whole blocks go through code of ours. The digests are those of
// crypto/sha256, which begin, take what is no whole block, and end there.
package sha256x2

import "hash"

// mostBlocks are hashed without a stop, since the runtime cannot have the
// thread meanwhile. crypto/sha256 has the same limit.
const mostBlocks = 1024

// leastBytes of each are worth it: fewer are hashed before two states are read.
const leastBytes = 1024

// Writer writes to two digests at once. It is safe for concurrent use.
type Writer struct{}

// New answers nil where two at once are no faster than one after the other: on
// a processor without instructions for SHA-256, and where FIPS 140-3 demands
// that nothing but the validated module hashes (crypto/fips140).
func New() *Writer {
	if !available() {
		return nil
	}
	return &Writer{}
}

// Write writes p to a and q to b, as their own Write does, a and b being two
// that crypto/sha256.New answered. Others are written one after the other.
func (*Writer) Write(a hash.Hash, p []byte, b hash.Hash, q []byte) {
	if min(len(p), len(q)) < leastBytes {
		a.Write(p)
		b.Write(q)
		return
	}
	x, p := load(a, p)
	y, q := load(b, q)
	if n := min(len(p), len(q)) / blockSize; x != nil && y != nil && n > 0 {
		for i := 0; i < n; i += mostBlocks {
			at := i * blockSize
			blocks(&x.h, &y.h, &p[at], &q[at], min(mostBlocks, n-i))
		}
		p, q = x.store(a, p, n), y.store(b, q, n)
	}
	a.Write(p)
	b.Write(q)
}
