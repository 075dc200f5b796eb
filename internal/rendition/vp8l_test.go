package rendition_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestVolumeLargeTreesHOS04: a lossless WebP of some kilobytes whose Huffman trees would
// take 140 MB is refused.
func TestVolumeLargeTreesHOS04(t *testing.T) { //nolint:paralleltest // it measures the process
	for groups, refused := range map[int]bool{2600: true, 2601: true, 200: false} {
		data := fixture.WebP(largeTrees(groups))
		im, err := inspect(data, "image/webp")
		if err != nil {
			t.Fatal(err)
		}
		got := allocated(func() { _, _, err = im.Scale(t.Context(), bytes.NewReader(data), 160) })
		if errors.Is(err, rendition.ErrUnsupported) != refused || got > im.Memory(160) {
			t.Errorf("%d groups in %d bytes: %d MB of %d allocated, %v", groups, len(data), got/1e6, im.Memory(160)/1e6, err)
		}
	}
}

// largeTrees returns a lossless image with groups of the largest trees there can be.
func largeTrees(groups int) []byte {
	const width, height = 240, 200 // 60 × 50 tiles
	var w fixture.BitWriter
	w.Write(0x2f, 8)
	w.Write(width-1, 14)
	w.Write(height-1, 14)
	w.Write(0, 1+3+1) // no transform
	w.Write(1, 1)     // a color cache
	w.Write(11, 4)
	w.Write(1, 1) // groups of trees
	w.Write(0, 3) // tiles of 4 × 4
	// The image of groups: the green of a pixel and a red of 8 bits are its group.
	w.Write(0, 1)
	w.Write(0, 1) // green: a tree of 256 codes of 8 bits
	flatTree(&w, 256+24, 256)
	w.Write(0, 1) // red
	flatTree(&w, 256, 16)
	for range 3 {
		w.Write(1, 4) // the symbol 0 alone
	}
	for i := range 60 * 50 {
		group := min(i, groups-1)
		writeCode(&w, uint64(group&0xff), 8)
		writeCode(&w, uint64(group>>8), 4)
	}
	for range groups {
		for _, alphabet := range []int{256 + 24 + 2048, 256, 256, 256, 40} {
			w.Write(0, 1)
			used := 1
			for 2*used <= alphabet {
				used *= 2
			}
			flatTree(&w, alphabet, used)
		}
	}
	return fixture.RIFFChunk("VP8L", append(w.Bytes, make([]byte, 240*200*6)...))
}
