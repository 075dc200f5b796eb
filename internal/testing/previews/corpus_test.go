package previews_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// programs are those that write pictures as people have them. scripts/test-servers
// installs them.
var programs = []string{"convert", "exiftool", "avifenc"}

// convert are the arguments for ImageMagick by the name of the file that it writes.
var convert = map[string][]string{
	"baseline.jpg":      {"-sampling-factor", "4:2:0", "-interlace", "none"},
	"progressive.jpg":   {"-sampling-factor", "4:2:0", "-interlace", "plane"},
	"full.jpg":          {"-sampling-factor", "4:4:4"},
	"422.jpg":           {"-sampling-factor", "4:2:2"},
	"grey.jpg":          {"-colorspace", "Gray"},
	"cmyk.jpg":          {"-colorspace", "CMYK"},
	"restarts.jpg":      {"-define", "jpeg:restart-interval=4"},
	"rgb.png":           {"-define", "png:color-type=2"},
	"rgb16.png":         {"-depth", "16", "-define", "png:color-type=2", "-define", "png:bit-depth=16"},
	"palette.png":       {"-define", "png:color-type=3", "-colors", "16"},
	"interlaced.png":    {"-interlace", "PNG", "-define", "png:color-type=2"},
	"plain.gif":         {},
	"interlaced.gif":    {"-interlace", "GIF"},
	"lossless.webp":     {"-define", "webp:lossless=true"},
	"lossy.webp":        {"-quality", "90"},
	"transparency.webp": {"-alpha", "set", "-quality", "90"},
}

// writeCorpus writes pictures with the programs and returns the paths: each picture,
// and where EXIF data can be added the same with each orientation.
func writeCorpus(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	run := func(name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v: %s", name, args, err, out)
		}
	}
	var source bytes.Buffer
	if err := png.Encode(&source, fixture.Quarters()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "source.png"), source.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var all []string
	for name, args := range convert {
		run("convert", append(append([]string{"source.png"}, args...), name)...)
		all = append(all, filepath.Join(dir, name))
		if strings.HasSuffix(name, ".gif") || strings.HasSuffix(name, ".webp") {
			continue
		}
		for _, orientation := range []int{3, 6, 7, 8} {
			turned := fmt.Sprintf("turned%d-%s", orientation, name)
			run("exiftool", "-q", "-n", fmt.Sprintf("-Orientation=%d", orientation), "-XMP-dc:Description="+strings.Repeat("a long caption ", 1000), "-o", turned, name)
			all = append(all, filepath.Join(dir, turned))
		}
	}
	run("avifenc", "-s", "10", "source.png", "plain.avif")
	return append(all, filepath.Join(dir, "plain.avif"))
}

// faults returns a picture with each fault that its format can have.
func faults(path string, data []byte) []fixture.Picture {
	ext := filepath.Ext(path)
	p := fixture.Picture{Name: filepath.Base(path), MediaType: map[string]string{
		".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
	}[ext], Data: data}
	all := []fixture.Picture{p}
	with := func(fault string, data []byte) {
		p.Name, p.Data = filepath.Base(path)+", "+fault, data
		all = append(all, p)
	}
	with("bytes behind the end", append(bytes.Clone(data), "garbage"...))
	switch ext {
	case ".jpg":
		with("no end mark", data[:len(data)-2])
		with("cut", data[:len(data)*4/5])
	case ".png":
		with("no end", data[:len(data)-12])
		with("cut", data[:len(data)*4/5])
	case ".gif":
		with("no end", data[:len(data)-1])
		with("cut", data[:len(data)*2/3])
	case ".webp":
		with("cut", data[:len(data)*4/5])
		longer := bytes.Clone(data)
		binary.LittleEndian.PutUint32(longer[4:], uint32(len(data)+1000))
		with("a length beyond the end", longer)
	}
	return all
}

// TestCorpusOfPictures: pictures that other programs write, also turned and damaged, are
// shown as Chromium shows them, or as they are stored. Those without a fault are scaled.
func TestCorpusOfPictures(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	for _, program := range programs {
		_, err := exec.LookPath(program)
		requireTool(t, err)
	}
	b := newBrowser(t)
	var all []shownPicture
	for _, path := range writeCorpus(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range faults(path, data) {
			b.Upload("image", p.MediaType, "picture", p.Data)
			rec := b.Send(resttest.Call{Method: "GET", Path: resttest.Base + "/{id}/preview?width=160", As: "reader"})
			if rec.Code != 200 {
				t.Errorf("%s: %d %s", p.Name, rec.Code, rec.Body)
			}
			p.Stored = bytes.Equal(rec.Body.Bytes(), p.Data)
			if p.Stored && p.MediaType != "image/avif" && !strings.Contains(p.Name, ",") {
				t.Errorf("%s is not scaled", p.Name)
			}
			all = append(all, shownPicture{p, bytes.Clone(rec.Body.Bytes())})
			b.pictures = append(b.pictures, b.routes("")["content"])
		}
	}
	b.visit(t, []visit{{Name: "pictures", Path: "/pictures/", Images: true}}, func(_ visit, s observation) {
		if s.Error != "" || len(s.Images) != len(all) {
			t.Fatalf("%+v", s)
		}
		for i, p := range all {
			p.Broken = s.Images[i].Width == 0
			if p.Broken && !p.Stored {
				t.Errorf("%s is scaled, but Chromium does not show it", p.Name)
			}
			t.Run("FIL02 FIL05 "+p.Name, func(t *testing.T) { p.compare(t, s.Images[i]) })
		}
	})
}
