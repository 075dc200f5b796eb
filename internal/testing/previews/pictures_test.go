package previews_test

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"testing"

	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// shownPicture is a picture that was uploaded and what the preview with a width returns.
type shownPicture struct {
	fixture.Picture
	response []byte
}

// TestPicturesInChromium: the rendition of each picture looks as the picture does in
// Chromium. What Chromium shows has a rendition or is returned as it is stored.
func TestPicturesInChromium(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := newBrowser(t)
	var all []shownPicture
	for _, p := range fixture.Pictures() {
		b.Upload("image", p.MediaType, "picture", p.Data)
		rec := b.Send(resttest.Call{Method: "GET", Path: resttest.Base + "/{id}/preview?width=160", As: "reader"})
		if rec.Code != 200 {
			t.Errorf("%s: %d %s", p.Name, rec.Code, rec.Body)
		}
		all = append(all, shownPicture{p, bytes.Clone(rec.Body.Bytes())})
		b.pictures = append(b.pictures, b.routes("")["content"])
	}
	b.visit(t, []visit{{Name: "pictures", Path: "/pictures/", Images: true}}, func(_ visit, s observation) {
		if s.Error != "" || len(s.Images) != len(all) {
			t.Fatalf("%+v", s)
		}
		for i, p := range all {
			t.Run("FIL02 FIL05 "+p.Name, func(t *testing.T) { p.compare(t, s.Images[i]) })
		}
	})
}

// compare compares a picture with how Chromium shows it.
func (p shownPicture) compare(t *testing.T, in seen) {
	t.Helper()
	stored := bytes.Equal(p.response, p.Data)
	if stored != p.Stored || (in.Width == 0) != p.Broken {
		t.Errorf("as stored: %t, want %t; Chromium shows %d × %d pixels", stored, p.Stored, in.Width, in.Height)
	}
	if stored || in.Width == 0 || p.Turned && p.MediaType == "image/webp" { // which Chromium does not turn
		return
	}
	got, _, err := image.Decode(bytes.NewReader(p.response))
	if err != nil {
		t.Fatal(err)
	}
	size := got.Bounds().Size()
	if size.X != 160 || size.Y != in.Height*160/in.Width {
		t.Errorf("%v, but Chromium shows %d × %d", size, in.Width, in.Height)
	}
	for i, want := range in.Colors {
		at := image.Pt((1+2*(i%2))*size.X/4, (1+2*(i/2))*size.Y/4)
		is := color.NRGBAModel.Convert(got.At(at.X, at.Y)).(color.NRGBA)
		for j, v := range [4]int{int(is.R), int(is.G), int(is.B), int(is.A)} {
			if d := v - want[j]; d < -24 || d > 24 {
				t.Errorf("quarter %d is %v, in Chromium %v", i, is, want)
				break
			}
		}
	}
}
