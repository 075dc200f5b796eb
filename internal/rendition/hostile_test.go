package rendition_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestFrameBeyondCanvasHOS03: an image whose frame is not what its canvas promises,
// or which declares more data than there are, is refused before anything is decoded.
func TestFrameBeyondCanvasHOS03(t *testing.T) { //nolint:paralleltest // it measures the process
	canvas, huge := image.Pt(1400, 10), image.Pt(16384, 16384)
	longer := func(data []byte, name string) []byte {
		data = bytes.Clone(data)
		binary.LittleEndian.PutUint32(data[bytes.Index(data, []byte(name))+4:], 1<<31-100)
		return data
	}
	lossy := lossyWebP(canvas)
	still := fixture.WebP(fixture.ExtendedWebP(0, canvas), lossy)
	animated := fixture.AnimatedWebP(canvas, canvas, lossy)
	for name, s := range map[string]sample{
		"animated WebP, huge lossless frame":     {"image/webp", fixture.AnimatedWebP(canvas, canvas, fixture.LosslessWebP(huge))},
		"animated WebP, huge lossy frame":        {"image/webp", fixture.AnimatedWebP(canvas, canvas, lossyWebP(image.Pt(16383, 16383)))},
		"animated WebP, frame declares huge one": {"image/webp", fixture.AnimatedWebP(canvas, huge, fixture.LosslessWebP(huge))},
		"animated WebP, frame is smaller":        {"image/webp", fixture.AnimatedWebP(canvas, canvas, fixture.LosslessWebP(image.Pt(1, 1)))},
		"animated WebP, longer frame":            {"image/webp", longer(animated, "ANMF")},
		"animated WebP, longer data":             {"image/webp", longer(animated, "VP8 ")},
		"WebP, huge lossless frame":              {"image/webp", fixture.WebP(fixture.ExtendedWebP(0, canvas), fixture.LosslessWebP(huge))},
		"WebP, huge lossy frame":                 {"image/webp", fixture.WebP(fixture.ExtendedWebP(0, canvas), lossyWebP(image.Pt(16383, 16383)))},
		"WebP, huge canvas for alpha":            {"image/webp", fixture.WebP(fixture.ExtendedWebP(0x10, image.Pt(1<<24, 1)), fixture.RIFFChunk("ALPH", []byte{0}), lossy)},
		"WebP, longer data":                      {"image/webp", longer(still, "VP8 ")},
		"WebP, longer data than the file":        {"image/webp", longer(longer(still, "VP8 "), "RIFF")},
		"WebP without canvas, huge":              {"image/webp", fixture.WebP(fixture.LosslessWebP(huge))},
		"GIF, frame beyond the logical screen":   {"image/gif", gifOf(t, image.Pt(200, 10), image.Rect(0, 0, 2000, 2000))},
		"GIF, frame beside the logical screen":   {"image/gif", gifOf(t, image.Pt(200, 10), image.Rect(190, 0, 210, 10))},
		"GIF, empty frame":                       {"image/gif", slices.Concat([]byte("GIF89a\x10\x00\x10\x00\x80\x00\x00"), make([]byte, 6), []byte{0x2c, 0, 0, 0, 0, 0, 0, 16, 0, 0, 2, 0})},
		"PNG, a huge row of 100 million pixels":  {"image/png", fixture.RawPNG{Width: 100_000_000, Height: 1, Depth: 8, Kind: 3, Stream: []byte{}}.Bytes()},
		"PNG, huge product beyond 64 bits":       {"image/png", fixture.RawPNG{Width: 1<<32 - 1, Height: 1<<32 - 1, Depth: 8, Kind: 3, Stream: []byte{}}.Bytes()},
		"PNG, no such kind":                      {"image/png", bytes.Replace(fixture.RawPNG{Width: 8, Height: 8, Depth: 8, Stream: []byte{}}.Bytes(), []byte{8, 0, 0, 0, 0}, []byte{8, 5, 0, 0, 0}, 1)},
		"JPEG, sampling of 15 × 15":              {"image/jpeg", bytes.Replace(fixture.RawJPEG{Width: 8, Height: 8, Sampling: []byte{0x22, 0x11, 0x11}}.Bytes(), []byte{3, 1, 0x22}, []byte{3, 1, 0xff}, 1)},
		"JPEG, height in a segment behind (DNL)": {"image/jpeg", fixture.RawJPEG{Width: 800, Height: 0, Sampling: []byte{0x11}, Between: fixture.JPEGSegment(0xdc, []byte{0x40, 0})}.Bytes()},
	} {
		checkRefused(t, name, s)
	}
}

// checkRefused checks that an image is refused by its headers, as over a limit if its name
// says that it is huge, with little memory.
func checkRefused(t *testing.T, name string, s sample) {
	t.Helper()
	t.Run(name, func(t *testing.T) { //nolint:paralleltest // it measures the process
		var err error
		var im rendition.Image
		got := allocated(func() { im, err = inspect(s.data, s.mediaType) })
		if err == nil {
			err = im.Fault()
		}
		limit := strings.Contains(name, "huge")
		if !errors.Is(err, rendition.ErrUnsupported) || errors.Is(err, rendition.ErrLimit) != limit {
			t.Errorf("%v", err)
		}
		if got > 1<<20 {
			t.Errorf("%d bytes were allocated", got)
		}
	})
}

// TestCanvasWithinFrameHOS03: a second canvas, within a frame, has no effect.
func TestCanvasWithinFrameHOS03(t *testing.T) { //nolint:paralleltest // it measures the process
	canvas := image.Pt(1400, 10)
	alpha := fixture.RIFFChunk("ALPH", make([]byte, 1+canvas.X*canvas.Y))
	data := fixture.AnimatedWebP(canvas, canvas, fixture.ExtendedWebP(0x10, image.Pt(16384, 16384)), alpha, lossyWebP(canvas))
	im, err := inspect(data, "image/webp")
	if err != nil {
		t.Fatal(err)
	}
	got := allocated(func() { _, _, err = im.Scale(t.Context(), bytes.NewReader(data), 160) })
	if err != nil || got > im.Memory(160) {
		t.Errorf("%d bytes allocated of %d, %v", got, im.Memory(160), err)
	}
}

// TestFramesOfAPNGHOS03: an APNG is decoded as a still image, whatever its frames
// declare.
func TestFramesOfAPNGHOS03(t *testing.T) { //nolint:paralleltest // it measures the process
	frame := binary.BigEndian.AppendUint32(nil, 0)
	for _, v := range []uint32{50_000, 50_000, 0, 0} {
		frame = binary.BigEndian.AppendUint32(frame, v)
	}
	p := fixture.RawPNG{Width: 400, Height: 300, Depth: 8, Kind: 6, Before: slices.Concat(
		fixture.PNGChunk("acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0}), fixture.PNGChunk("fcTL", append(frame, make([]byte, 6)...)),
	)}
	got := allocated(func() { scaled(t, "image/png", p.Bytes(), 160) })
	if got > 8<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
	if rendition.Scales("image/avif") {
		t.Error("AVIF is decoded")
	}
}

// TestScaleEndsWithItsContextHOS04: decoding ends soon after its context, also of data
// that go on without an end.
func TestScaleEndsWithItsContextHOS04(t *testing.T) {
	t.Parallel()
	endless := fixture.RawPNG{Width: 8000, Height: 8000, Depth: 1, Stream: []byte("\x78\x9c")}.Bytes()
	endless = endless[:bytes.Index(endless, []byte("IDAT"))]
	binary.BigEndian.PutUint32(endless[len(endless)-4:], 1<<31-1)
	endless = append(endless, "IDAT\x78\x9c"...)
	comments := []byte("GIF89a\x40\x01\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff")
	for name, tt := range map[string]struct {
		mediaType   string
		start, loop []byte
		whole       []byte // instead of them, to Inspect
	}{
		"PNG of empty blocks": {"image/png", endless, []byte("\x00\x00\x00\xff\xff"), nil},
		"PNG of zeros":        {"image/png", endless, append([]byte("\x00\xff\xff\x00\x00"), make([]byte, 1<<16-1)...), nil},
		"GIF of comments":     {"image/gif", comments, []byte("\x21\xfe\x01x\x00"), gifOf(t, image.Pt(320, 16), image.Rect(0, 0, 320, 16))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inspected := io.MultiReader(bytes.NewReader(tt.start), &repeated{piece: tt.loop})
			if tt.whole != nil {
				inspected = bytes.NewReader(tt.whole)
			}
			im, err := rendition.Inspect(inspected, tt.mediaType, 1<<32)
			if err != nil {
				t.Fatal(err)
			}
			src := unseekable{io.MultiReader(bytes.NewReader(tt.start), &repeated{piece: tt.loop})}
			gone := errors.New("the client is gone")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(20*time.Millisecond, func() { cancel(gone) })
			done := make(chan error, 1)
			go func() {
				_, _, err := im.Scale(ctx, src, 160)
				done <- err
			}()
			select {
			case err := <-done:
				if !errors.Is(err, rendition.ErrUnsupported) {
					t.Errorf("%v", err)
				}
			case <-time.After(20 * time.Second):
				t.Error("it goes on")
			}
		})
	}
}

// unseekable is a reader that never gets to its beginning again.
type unseekable struct{ io.Reader }

func (unseekable) Seek(int64, int) (int64, error) { return 0, errors.ErrUnsupported }

// repeated yields a piece without an end.
type repeated struct {
	piece []byte
	at    int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		copied := copy(p[n:], r.piece[r.at:])
		n, r.at = n+copied, (r.at+copied)%len(r.piece)
	}
	return n, nil
}
