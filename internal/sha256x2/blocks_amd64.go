//go:build !purego && !goexperiment.boringcrypto

package sha256x2

import "crypto/fips140"

// blocks hashes the n blocks at p into a, and those at q into b. n is at least 1.
//
//go:noescape
func blocks(a, b *[8]uint32, p, q *byte, n int)

// cpuid answers what the instruction of this name does.
func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// available asks the processor for what blocks uses (Intel SDM, volume 2,
// CPUID): SSSE3, SSE4.1 and the SHA extensions.
func available() bool {
	const ssse3, sse41, sha = 1 << 9, 1 << 19, 1 << 29
	if most, _, _, _ := cpuid(0, 0); most < 7 {
		return false
	}
	_, _, features, _ := cpuid(1, 0)
	_, extended, _, _ := cpuid(7, 0)
	return features&ssse3 != 0 && features&sse41 != 0 && extended&sha != 0 && !fips140.Enabled()
}
