package corpus_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/resttest"
)

// damaged is a picture with a fault.
type damaged struct {
	name     string
	content  []byte
	response []byte // of its preview with a width
}

// faults returns a picture with each fault that its format can have.
func (s stored) faults() (all []damaged) {
	data := s.content
	with := func(fault string, data []byte) {
		all = append(all, damaged{name: s.name + ", " + fault, content: data})
	}
	with("bytes behind the end", append(bytes.Clone(data), "garbage"...))
	switch s.media {
	case jpeg:
		with("no end mark", data[:len(data)-2])
		with("cut", data[:len(data)*4/5])
	case png:
		with("no end", data[:len(data)-12])
		with("cut", data[:len(data)*4/5])
	case gif:
		with("no end", data[:len(data)-1])
		with("cut", data[:len(data)*2/3])
	case webp:
		with("cut", data[:len(data)*4/5])
		longer := bytes.Clone(data)
		binary.LittleEndian.PutUint32(longer[4:], uint32(len(data)+1000))
		with("a length beyond the end", longer)
	}
	return all
}

// compareDamaged: pictures with faults are shown as Chromium shows them, or as they are
// stored.
func compareDamaged(t *testing.T, srv *resttest.Server, all []stored) {
	b := chromium.Get(t)
	v := chromium.Visit{URL: host(t, srv) + "/empty", Cookie: session}
	var pictures []damaged
	for _, s := range all {
		if s.typ != "image" || s.path == "" || s.media == svg || strings.HasPrefix(s.name, "large") {
			continue
		}
		for _, d := range s.faults() {
			id := srv.Upload("image", s.media, "picture", d.content)
			rec := srv.Send(resttest.Call{Method: "GET", Path: resttest.Base + "/{id}/preview?width=160", As: "reader"})
			if rec.Code != 200 {
				t.Errorf("%s: %d %s", d.name, rec.Code, rec.Body)
			}
			d.response = bytes.Clone(rec.Body.Bytes())
			pictures, v.Pictures = append(pictures, d), append(v.Pictures, resttest.Base+"/"+id+"/preview")
		}
	}
	shown := b.Open(v)[0]
	if shown.Error != "" || len(shown.Pictures) != len(pictures) {
		t.Fatalf("%+v", shown)
	}
	for i, d := range pictures {
		d.compare(t, shown.Pictures[i])
	}
}

func (d damaged) compare(t *testing.T, is chromium.Image) {
	t.Helper()
	if bytes.Equal(d.response, d.content) {
		return // as it is stored
	}
	got, _, err := image.Decode(bytes.NewReader(d.response))
	if err == nil {
		err = is.Compare(got)
	}
	if err != nil {
		t.Errorf("%s is scaled: %v", d.name, err)
	}
}
