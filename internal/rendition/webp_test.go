package rendition_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/png"
	"testing"

	"golang.org/x/image/webp"

	"github.com/10ex/assets/internal/rendition"
)

// lossy is a WebP file of 1 × 1 opaque pixels.
var lossy = []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x01\x00\x01\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00")

// The rendition of an animation is its first frame on the canvas.
func TestAnimatedWebP(t *testing.T) {
	t.Parallel()
	if _, err := webp.Decode(bytes.NewReader(lossy)); err != nil {
		t.Fatal(err)
	}
	frame := append(make([]byte, 16), lossy[12:]...)
	frame[0] = 1 // at 2, 0
	file := []byte("WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x01\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for range 2 {
		file = append(append(binary.LittleEndian.AppendUint32(append(file, "ANMF"...), uint32(len(frame))), frame...), make([]byte, len(frame)%2)...)
	}
	file = append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(file))), file...)
	im, err := rendition.Inspect(bytes.NewReader(file), "image/webp", int64(len(file)))
	if err != nil || im.Width() != 4 {
		t.Fatal(im, err)
	}
	out, media, err := im.Scale(t.Context(), bytes.NewReader(file), 2)
	if err != nil || media != "image/png" {
		t.Fatal(media, err)
	}
	got, err := png.Decode(bytes.NewReader(out))
	if err != nil || got.Bounds().Dx() != 2 {
		t.Fatal(got, err)
	}
	if _, _, _, a := got.At(0, 0).RGBA(); a != 0 {
		t.Error("the canvas is not transparent where no frame is")
	}
	if _, _, _, a := got.At(1, 0).RGBA(); a == 0 {
		t.Error("the frame is not where it belongs")
	}
}

func TestMalformedWebP(t *testing.T) {
	t.Parallel()
	tooLong := bytes.Clone(lossy)
	binary.LittleEndian.PutUint32(tooLong[4:], 1<<30)
	noFrame := append([]byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), 3, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for name, file := range map[string][]byte{
		"cut":                        lossy[:20],
		"larger than its size":       tooLong,
		"an animation without frame": noFrame,
	} {
		im, err := rendition.Inspect(bytes.NewReader(file), "image/webp", int64(len(file)))
		if err == nil {
			_, _, err = im.Scale(t.Context(), bytes.NewReader(file), 1)
		}
		if !errors.Is(err, rendition.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
