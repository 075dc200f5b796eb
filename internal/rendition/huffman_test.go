package rendition_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// flatTree writes a tree whose first symbols, a power of two of them, have codes of
// equal length.
func flatTree(w *fixture.BitWriter, alphabet, used int) {
	length := 0
	for 1<<length < used {
		length++
	}
	// The codes of code lengths: 0, 16 (repeat), 18 (zeros) and the length, 2 bits each.
	w.Write(19-4, 4)
	for _, symbol := range codeOrder {
		if symbol == 0 || symbol == 16 || symbol == 18 || symbol == length {
			w.Write(2, 3)
		} else {
			w.Write(0, 3)
		}
	}
	order := []int{0, length, 16, 18} // canonical
	emit := func(symbol int) { writeCode(w, uint64(slices.Index(order, symbol)), 2) }
	w.Write(0, 1) // as many as the alphabet has
	emit(length)
	left := used - 1
	for ; left >= 3; left -= min(left, 6) {
		emit(16)
		w.Write(uint64(min(left, 6)-3), 2)
	}
	for range left {
		emit(length)
	}
	zeros := alphabet - used
	for ; zeros >= 11; zeros -= min(zeros, 138) {
		emit(18)
		w.Write(uint64(min(zeros, 138)-11), 7)
	}
	for range zeros {
		emit(0)
	}
}

// writeCode writes a code of n bits, the highest first.
func writeCode(w *fixture.BitWriter, code uint64, n int) {
	for i := range n {
		w.Write(code>>(n-1-i), 1)
	}
}

// TestIncompleteTree: a tree with unused codes is refused, as the decoder does.
func TestIncompleteTree(t *testing.T) {
	t.Parallel()
	for used, fails := range map[int]bool{4: false, 3: true, 5: true} {
		var w fixture.BitWriter
		w.Write(0x2f, 8)
		w.Write(399, 14)
		w.Write(199, 14)
		w.Write(0, 1+3+1+1+1) // no transform, no color cache, one group
		w.Write(0, 1)
		lengths := []int{2, 2, 2, 2, 2}[:used]
		if used == 5 {
			lengths[4] = 3
		}
		w.Write(19-4, 4)
		for _, symbol := range codeOrder {
			w.Write(uint64(map[int]int{0: 2, 2: 2, 3: 2, 18: 2}[symbol]), 3)
		}
		w.Write(0, 1)
		emit := func(symbol int) { writeCode(&w, uint64(slices.Index([]int{0, 2, 3, 18}, symbol)), 2) }
		for _, n := range lengths {
			emit(n)
		}
		for zeros := 256 + 24 - used; zeros > 0; zeros -= min(zeros, 138) {
			emit(18)
			w.Write(uint64(min(zeros, 138)-11), 7)
		}
		for range 4 {
			w.Write(1, 4)
		}
		data := fixture.WebP(fixture.RIFFChunk("VP8L", append(w.Bytes, make([]byte, 400*200)...)))
		im, err := inspect(data, "image/webp")
		if err != nil || im.Width() != 400 {
			t.Fatal(im, err)
		}
		_, _, err = im.Scale(t.Context(), bytes.NewReader(data), 160)
		if errors.Is(err, rendition.ErrUnsupported) != fails {
			t.Errorf("%d codes of 2 bits: %v", used, err)
		}
	}
}

// codeOrder is the order of the codes of code lengths.
var codeOrder = []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
