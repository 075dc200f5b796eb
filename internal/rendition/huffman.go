package rendition

import "fmt"

// tree is a canonical Huffman code of a lossless WebP image.
type tree struct {
	counts  [maxCodeLength + 1]int // of the symbols by length; all zero for a single symbol
	symbols []uint16               // by length and value
}

// next reads a symbol.
func (t *tree) next(d *losslessReader) int {
	if len(t.symbols) == 1 {
		return int(t.symbols[0])
	}
	code, first, index := 0, 0, 0
	for length := 1; length <= maxCodeLength && d.err == nil; length++ {
		code |= d.read(1)
		count := t.counts[length]
		if code-first < count {
			return int(t.symbols[index+code-first])
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	d.fail(errLossless)
	return 0
}

// tree reads a tree for symbols up to alphabet and adds the memory that the decoder
// needs for it.
func (d *losslessReader) tree(alphabet int) tree {
	if d.read(1) != 0 {
		return d.simpleTree(alphabet)
	}
	lengths := d.codeLengths(alphabet)
	t := d.newTree(lengths)
	d.addTree(len(t.symbols), alphabet)
	return t
}

func (d *losslessReader) simpleTree(alphabet int) tree {
	two, long := d.read(1) != 0, d.read(1)
	t := tree{symbols: []uint16{uint16(d.read(1 + 7*long))}} //nolint:gosec // 8 bits
	if two {
		t.symbols = append(t.symbols, uint16(d.read(8))) //nolint:gosec // 8 bits
		t.counts[1] = 2
	}
	for _, s := range t.symbols {
		if int(s) >= alphabet {
			d.fail(errLossless)
		}
	}
	d.addTree(len(t.symbols), 0)
	return t
}

// addTree adds the memory of a tree.
func (d *losslessReader) addTree(symbols, alphabet int) {
	d.memory += minTreeMemory + int64(perSymbol*symbols) + int64(perSymbolCoded*alphabet)
	if d.memory > maxTreeMemory {
		d.fail(fmt.Errorf("%w: its Huffman trees take more than %d MiB", ErrLimit, maxTreeMemory>>20))
	}
}

// codeLengthOrder is the order in which the lengths of the codes of code lengths come.
var codeLengthOrder = [19]int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// codeLengths reads the lengths of the codes of a tree, which are themselves coded.
func (d *losslessReader) codeLengths(alphabet int) []int {
	var lengths [19]int
	for _, at := range codeLengthOrder[:d.read(4)+4] {
		lengths[at] = d.read(3)
	}
	t := d.newTree(lengths[:])
	left := alphabet
	if d.read(1) != 0 {
		left = d.read(2+2*d.read(3)) + 2
		if left > alphabet {
			d.fail(errLossless)
		}
	}
	coded := make([]int, 0, alphabet)
	previous := 8
	for ; left > 0 && len(coded) < alphabet && d.err == nil; left-- {
		length, repeat := t.next(d), 1
		switch {
		case length == 16:
			length, repeat = previous, d.read(2)+3
		case length == 17:
			length, repeat = 0, d.read(3)+3
		case length == 18:
			length, repeat = 0, d.read(7)+11
		case length > 0:
			previous = length
		}
		if repeat > alphabet-len(coded) {
			d.fail(errLossless)
			break
		}
		for range repeat {
			coded = append(coded, length)
		}
	}
	return coded
}

// newTree returns the tree of the symbols that have a length. It must be complete.
func (d *losslessReader) newTree(lengths []int) (t tree) {
	for _, n := range lengths {
		if n > 0 {
			t.counts[n]++
		}
	}
	free := 1
	for length := 1; length <= maxCodeLength; length++ {
		free = free<<1 - t.counts[length]
		if t.counts[length] == 0 {
			continue
		}
		for symbol, n := range lengths {
			if n == length {
				t.symbols = append(t.symbols, uint16(symbol)) //nolint:gosec // less than 1<<12
			}
		}
	}
	if len(t.symbols) == 0 || len(t.symbols) > 1 && free != 0 {
		d.fail(errLossless)
		t.symbols = []uint16{0}
	}
	return t
}
