package ahead

import (
	"crypto/sha256"
	"io"
	"slices"
	"testing"
	"time"
)

// BenchmarkCheckers copies objects of 2 MiB, each with its SHA-256 checked, to
// nowhere, by two checkers and, as the floor, by one. Of each the median of the
// rounds counts.
func BenchmarkCheckers(b *testing.B) {
	buffers := make([][]byte, mostPieces)
	for i := range buffers {
		buffers[i] = make([]byte, pieceSize)
	}
	const objects, size = 64, 2 << 20
	rate := func(checkers int) float64 {
		begin := time.Now()
		n, err := copyAhead(io.Discard, &hashed{left: objects * size, size: size}, buffers, checkers)
		if n != objects*size || err != nil {
			b.Fatalf("%d bytes, %v", n, err)
		}
		return float64(n) / 1e6 / time.Since(begin).Seconds()
	}
	var one, two []float64
	for b.Loop() {
		one, two = append(one, rate(1)), append(two, rate(2))
	}
	slices.Sort(one)
	slices.Sort(two)
	b.ReportMetric(one[len(one)/2], "MB/s-one")
	b.ReportMetric(two[len(two)/2], "MB/s-two")
	b.ReportMetric(two[len(two)/2]/one[len(one)/2], "ratio")
	b.ReportMetric(0, "ns/op")
}

// hashed is a Source of objects of one size.
type hashed struct{ left, size int }

func (s *hashed) Read(p []byte) (int, error) { return s.ReadUnchecked(p, nil) }

func (s *hashed) ReadUnchecked(p []byte, later *Checks) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), s.left, (s.left-1)%s.size+1)]
	s.left -= len(p)
	return later.Add(len(p), s.left/s.size, func() (int, error) {
		_ = sha256.Sum256(p)
		return len(p), nil
	})
}
