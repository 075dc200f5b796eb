package rendition_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestPictures: metadata of whatever size and faults that browsers forgive hide neither
// a picture nor its orientation.
func TestPictures(t *testing.T) {
	t.Parallel()
	for _, p := range fixture.Pictures() {
		t.Run("FIL02 FIL05 "+p.Name, func(t *testing.T) {
			t.Parallel()
			im, err := inspect(p.Data, p.MediaType)
			if err == nil {
				err = im.Fault()
			}
			var scaled []byte
			if err == nil {
				scaled, _, err = im.Scale(t.Context(), bytes.NewReader(p.Data), 160)
			}
			if p.Stored {
				if !errors.Is(err, rendition.ErrUnsupported) || errors.Is(err, rendition.ErrLimit) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := image.Decode(bytes.NewReader(scaled))
			if err != nil {
				t.Fatal(err)
			}
			checkPicture(t, p, got)
		})
	}
}

// checkPicture compares an image of a width of 160 with a picture.
func checkPicture(t *testing.T, p fixture.Picture, got image.Image) {
	t.Helper()
	size := image.Pt(160, 80)
	if p.Turned {
		size = image.Pt(160, 320)
	}
	if got.Bounds().Size() != size {
		t.Fatalf("%v, want %v", got.Bounds(), size)
	}
	for i, c := range straight {
		stored := image.Pt((1+2*(i%2))*100, (1+2*(i/2))*50) // the middle of a quarter
		at := image.Pt(stored.X*2/5, stored.Y*2/5)
		if p.Turned {
			at = image.Pt((199-stored.Y)*4/5, stored.X*4/5)
		}
		is := color.NRGBAModel.Convert(got.At(at.X, at.Y)).(color.NRGBA)
		if p.Rows > 0 && stored.Y >= p.Rows {
			if is.A != 0 {
				t.Errorf("quarter %d, which is missing, is %v", i, is)
			}
			continue
		}
		if is.A != 255 || !p.Plain && !near(is, c) {
			t.Errorf("quarter %d is %v, want %v", i, is, c)
		}
	}
}

func near(a, b color.NRGBA) bool {
	for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
		if d < -24 || d > 24 {
			return false
		}
	}
	return true
}

// TestMetadataAreNotHeldFIL02: what Inspect allocates does not grow with the metadata.
func TestMetadataAreNotHeldFIL02(t *testing.T) { //nolint:paralleltest // it measures the process
	for _, p := range fixture.Pictures() {
		if len(p.Data) < 1<<20 {
			continue
		}
		if got := allocated(func() { _, _ = inspect(p.Data, p.MediaType) }); got > 256<<10 {
			t.Errorf("%s: %d bytes", p.Name, got)
		}
	}
}

// TestVolumeMemoryOfFaultsHOS04: decoding a large image with a fault allocates what Memory
// returns, for each of two attempts.
func TestVolumeMemoryOfFaultsHOS04(t *testing.T) { //nolint:paralleltest // it measures the process
	for name, s := range samples(t, 551, 503) {
		if s.mediaType == "image/webp" {
			continue
		}
		for fault, data := range map[string][]byte{
			"cut":               s.data[:len(s.data)-len(s.data)/8],
			"without an end":    s.data[:len(s.data)-2],
			"with another byte": append(bytes.Clone(s.data[:len(s.data)-20]), 0),
		} {
			im, err := inspect(data, s.mediaType)
			if err != nil {
				t.Errorf("%s, %s: %v", name, fault, err)
				continue
			}
			got := allocated(func() { _, _, err = im.Scale(t.Context(), bytes.NewReader(data), 1) })
			if most := im.Memory(1); got > 2*most {
				t.Errorf("%s, %s: %d bytes allocated, Memory is %d", name, fault, got, most)
			}
			if errors.Is(err, rendition.ErrLimit) {
				t.Errorf("%s, %s: %v", name, fault, err)
			}
		}
	}
}

// FuzzPicture: an image is scaled or refused, however it is cut and changed.
func FuzzPicture(f *testing.F) {
	all := fixture.Pictures()
	for i := range all {
		f.Add(uint8(i), uint32(len(all[i].Data)), uint32(0), byte(0))
		f.Add(uint8(i), uint32(len(all[i].Data)*2/3), uint32(700), byte(0xff))
	}
	f.Fuzz(func(t *testing.T, i uint8, end, at uint32, value byte) {
		p := all[int(i)%len(all)]
		data := bytes.Clone(p.Data[:int(end)%(len(p.Data)+1)])
		if len(data) == 0 {
			return
		}
		data[int(at)%len(data)] ^= value
		im, err := inspect(data, p.MediaType)
		if err != nil || im.Width() < 16 || im.Memory(16) > 32<<20 {
			return
		}
		var out []byte
		got := allocated(func() { out, _, err = im.Scale(t.Context(), bytes.NewReader(data), 16) })
		if most := im.Memory(16); got > 3*most {
			t.Errorf("%d bytes allocated, Memory is %d", got, most)
		}
		if err != nil {
			return
		}
		if config, _, err := image.DecodeConfig(bytes.NewReader(out)); err != nil || config.Width != 16 {
			t.Errorf("%+v, %v", config, err)
		}
	})
}
