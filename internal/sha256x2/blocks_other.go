//go:build !amd64 || purego || goexperiment.boringcrypto

package sha256x2

func available() bool { return false }

// blocks is never called: there is no Writer.
func blocks(_, _ *[8]uint32, _, _ *byte, _ int) { panic("sha256x2: not available") }
