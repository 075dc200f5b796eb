package sha256x2

import (
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// writer answers the Writer of this machine. Where there is none, nothing that is
// ours hashes.
func writer(tb testing.TB) *Writer {
	w := New()
	if w == nil {
		tb.Skip("this processor, or its settings, has no two digests at once")
	}
	return w
}

func noise(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(p)
	return p
}

// written answers the digest of all parts, each written in turn.
func written(parts ...[]byte) []byte {
	d := sha256.New()
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)
}

// TestWrite writes twice to two digests, so that the second finds them inside of
// a block or not, and its lengths meet in every way.
func TestWrite(t *testing.T) {
	t.Parallel()
	w := writer(t)
	const more = mostBlocks * blockSize
	lengths := []int{0, 1, 63, 64, 65, 127, 128, 129, 1000, more - 1, more, more + 1, 3*more - 1}
	p, q := noise(3*more), noise(4 * more)[more:]
	for _, before := range [][2]int{{0, 0}, {1, 0}, {0, 63}, {63, 64}, {100, 30}} {
		for _, m := range lengths {
			for _, n := range lengths {
				a, b := sha256.New(), sha256.New()
				w.Write(a, p[:before[0]], b, q[:before[1]])
				w.Write(a, p[:m], b, q[:n])
				if !slices.Equal(a.Sum(nil), written(p[:before[0]], p[:m])) {
					t.Errorf("first, of %d and %d after %v, is another", m, n, before)
				}
				if !slices.Equal(b.Sum(nil), written(q[:before[1]], q[:n])) {
					t.Errorf("second, of %d and %d after %v, is another", m, n, before)
				}
			}
		}
	}
}

// FuzzWrite cuts two contents in pieces, and writes those side by side.
func FuzzWrite(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint16(7), []byte("and a second one, which is longer"), uint16(64))
	f.Add(noise(1000), uint16(999), noise(70_000), uint16(40_000))
	f.Fuzz(func(t *testing.T, p []byte, i uint16, q []byte, j uint16) {
		w := writer(t)
		i, j = min(i, uint16(min(len(p), 1<<16-1))), min(j, uint16(min(len(q), 1<<16-1)))
		a, b := sha256.New(), sha256.New()
		w.Write(a, p[:i], b, q[:j])
		w.Write(b, q[j:], a, p[i:])
		w.Write(a, q, b, p)
		if !slices.Equal(a.Sum(nil), written(p, q)) || !slices.Equal(b.Sum(nil), written(q, p)) {
			t.Errorf("%d bytes cut at %d, %d bytes cut at %d: other digests", len(p), i, len(q), j)
		}
	})
}

// other hides what else a digest can do.
type other struct{ hash.Hash }

// stubborn can be read and not written.
type stubborn struct{ hash.Hash }

func (s stubborn) AppendBinary(b []byte) ([]byte, error) {
	return s.Hash.(interface {
		AppendBinary(b []byte) ([]byte, error)
	}).AppendBinary(b)
}

func TestWriteToOthers(t *testing.T) {
	t.Parallel()
	w, p, q := writer(t), noise(1000), noise(700)
	for name, a := range map[string]hash.Hash{
		"no state": other{sha256.New()}, "state of another kind": sha256.New224(), "state that cannot be set": stubborn{sha256.New()},
	} {
		alone := a.Size()
		b := sha256.New()
		w.Write(a, p, b, q)
		w.Write(b, q, a, p)
		want := written(p, p)
		if alone == sha256.Size224 {
			sum := sha256.Sum224(slices.Concat(p, p))
			want = sum[:]
		}
		if !slices.Equal(a.Sum(nil), want) || !slices.Equal(b.Sum(nil), written(q, q)) {
			t.Errorf("%s: another digest", name)
		}
	}
}

// BenchmarkWrite prints how fast two digests are made at once and, as the floor,
// one after the other by crypto/sha256. Of each the median of the rounds counts.
func BenchmarkWrite(b *testing.B) {
	w := writer(b)
	const size, rounds = 256 << 10, 400
	p, q := noise(size), noise(2 * size)[size:]
	rate := func(write func(x, y hash.Hash)) float64 {
		x, y, begin := sha256.New(), sha256.New(), time.Now()
		for range rounds {
			write(x, y)
		}
		return 2 * size * rounds / 1e6 / time.Since(begin).Seconds()
	}
	var turns, both []float64
	for b.Loop() {
		turns = append(turns, rate(func(x, y hash.Hash) { x.Write(p); y.Write(q) }))
		both = append(both, rate(func(x, y hash.Hash) { w.Write(x, p, y, q) }))
	}
	slices.Sort(turns)
	slices.Sort(both)
	b.ReportMetric(turns[len(turns)/2], "MB/s-in-turn")
	b.ReportMetric(both[len(both)/2], "MB/s-at-once")
	b.ReportMetric(both[len(both)/2]/turns[len(turns)/2], "ratio")
	b.ReportMetric(0, "ns/op")
}
