package previews_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestVolumePicturesInChromium: the rendition of each picture looks as the picture does
// in Chromium. What Chromium shows has a rendition or is returned as it is stored.
func TestVolumePicturesInChromium(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	all, responses, v := fixture.Pictures(), [][]byte(nil), b.visit("/empty")
	for _, p := range all {
		b.Upload("image", p.MediaType, "picture", p.Data)
		rec := b.Send(resttest.Call{Method: "GET", Path: resttest.Base + "/{id}/preview?width=160", As: "reader"})
		if rec.Code != 200 {
			t.Errorf("%s: %d %s", p.Name, rec.Code, rec.Body)
		}
		responses = append(responses, bytes.Clone(rec.Body.Bytes()))
		v.Pictures = append(v.Pictures, b.routes("")["content"])
	}
	s := b.Open(v)[0]
	if s.Error != "" || len(s.Pictures) != len(all) {
		t.Fatalf("%+v", s)
	}
	for i, p := range all {
		t.Run("FIL02 FIL05 "+p.Name, func(t *testing.T) { compare(t, p, responses[i], s.Pictures[i]) })
	}
}

// compare compares what a preview with a width has returned with how Chromium shows the
// picture.
func compare(t *testing.T, p fixture.Picture, response []byte, in chromium.Image) {
	t.Helper()
	stored := bytes.Equal(response, p.Data)
	if stored != p.Stored || (in.Width == 0) != p.Broken {
		t.Errorf("as stored: %t, want %t; Chromium shows %d × %d pixels", stored, p.Stored, in.Width, in.Height)
	}
	if stored || in.Width == 0 {
		return
	}
	got, _, err := image.Decode(bytes.NewReader(response))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Dx() != 160 {
		t.Errorf("%d pixels wide", got.Bounds().Dx())
	}
	if err := in.Compare(got); err != nil {
		t.Error(err)
	}
}
