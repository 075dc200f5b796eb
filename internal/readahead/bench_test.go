package readahead

import (
	"crypto/sha256"
	"hash"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkCopy copies objects of 2 MiB, each with its SHA-256, to nowhere, and
// writes two digests at once or, as the floor, one after the other. Of each the
// median of the rounds counts.
func BenchmarkCopy(b *testing.B) {
	buffers, lengths := pieces(mostPieces), make([]int, 64)
	for i := range lengths {
		lengths[i] = 2 << 20
	}
	rate := func(both writeBoth) float64 {
		o := newObjects(func(int) hash.Hash { return sha256.New() }, lengths...)
		begin := time.Now()
		n, err := copyAhead(io.Discard, o, buffers, both)
		if err != nil {
			b.Fatalf("%d bytes, %v", n, err)
		}
		return float64(n) / 1e6 / time.Since(begin).Seconds()
	}
	rates := map[string][]float64{}
	for b.Loop() {
		for name, both := range waysToWriteBoth() {
			rates[name] = append(rates[name], rate(both))
		}
	}
	for name, all := range rates {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], "MB/s-"+strings.ReplaceAll(name, " ", "-"))
	}
	b.ReportMetric(0, "ns/op")
}
