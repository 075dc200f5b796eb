package server_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// TestVolumeImagesMemoryPRV09 requests renditions of large and hostile images from a
// server process, all at once. The whole process must stay within 256 MiB.
func TestVolumeImagesMemoryPRV09(t *testing.T) {
	p := firstStart(t, t.TempDir())
	admin := p.client(p.key)
	paths := map[string]int{} // the status of each
	add := func(media string, content []byte, status int) {
		made := admin.upload("", `{"type":"image","title":"Image"}`, "image", media, content)
		for _, width := range []string{"160", "640", "1280"} {
			paths["/"+made.ID+"/preview?width="+width] = status
		}
	}
	add("image/png", declaring(50_000, 50_000), http.StatusUnsupportedMediaType)
	add("image/png", declaring(9_999, 10_000), http.StatusUnsupportedMediaType) // of 100 megapixels, too large in memory
	add("image/gif", flicker(t, 10_000, 1400, 800), http.StatusOK)
	large, larger := colourful(t, 3000, 2000), colourful(t, 6000, 5000) // 24 and 120 MB decoded
	for range 3 {
		add("image/png", larger, http.StatusOK)
		add("image/png", large, http.StatusOK)
	}
	testproc.ResetPeak(t, p.cmd.Process.Pid)
	var wg sync.WaitGroup
	for path, status := range paths {
		wg.Go(func() { p.fetch(path, status) })
	}
	wg.Wait()
	peak := testproc.Peak(t, p.cmd.Process.Pid)
	t.Logf("%d renditions at once: a peak of %d MiB", len(paths), peak>>20)
	if peak > 256<<20 {
		t.Errorf("the process took %d MiB", peak>>20)
	}
}

// fetch reads a path below the collection and requires a status. It tries again while
// the server is busy.
func (p *process) fetch(path string, status int) {
	for {
		if p.fetchOnce(path, status) != http.StatusServiceUnavailable {
			return
		}
	}
}

func (p *process) fetchOnce(path string, status int) (got int) {
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+"/api/v1/assets"+path, http.NoBody)
	if err != nil {
		p.t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != status && resp.StatusCode != http.StatusServiceUnavailable {
		p.t.Errorf("%s: %s, %d bytes, %v; want %d", path, resp.Status, n, err, status)
	}
	return resp.StatusCode
}

// TestVolumePagesMemoryPRV05 requests pages of texts that are as hard to parse as
// their length allows, one after the other. None may take more than 64 MiB.
func TestVolumePagesMemoryPRV05(t *testing.T) {
	p := firstStart(t, t.TempDir())
	admin := p.client(p.key)
	var paths []string
	for _, piece := range []string{">", "[a](", "*a **b ", "- a\n", "- *a*\n", "- - - a\n", "- a@b.co\n", "|a|b|\n|-|-|\n", "# a\n", "<div>", "<a href=https://a.example>"} {
		for _, media := range []string{"text/plain", "text/markdown", "text/html"} {
			text := strings.Repeat(piece, 1<<20/len(piece))
			made := admin.upload("", `{"type":"copy","title":"Text"}`, "text", media, []byte(text))
			paths = append(paths, "/"+made.ID+"/preview")
		}
	}
	before := testproc.ResetPeak(t, p.cmd.Process.Pid)
	for _, path := range paths {
		p.fetch(path, http.StatusOK)
	}
	took := testproc.Peak(t, p.cmd.Process.Pid) - before
	t.Logf("%d pages, one after the other: %d MiB", len(paths), took>>20)
	if took > 64<<20 {
		t.Errorf("a page took %d MiB", took>>20)
	}
}

// declaring returns a PNG that has a header with its size and nothing else.
func declaring(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, 8, 6, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
}

// colourful returns a PNG with a little noise.
func colourful(t *testing.T, w, h int) []byte {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(im.Pix); i += 4 {
		if i%400 == 0 {
			im.Pix[i] = byte(r.Uint32())
		}
		im.Pix[i+1], im.Pix[i+3] = byte(i>>16), 255
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flicker returns a GIF of a number of frames, all alike but the first.
func flicker(t *testing.T, frames, w, h int) []byte {
	t.Helper()
	all := &gif.GIF{Config: image.Config{Width: w, Height: h}}
	palette := color.Palette{color.White, color.Black}
	first, other := image.NewPaletted(image.Rect(0, 0, w, h), palette), image.NewPaletted(image.Rect(0, 0, 8, 8), palette)
	for i := range frames {
		frame := other
		if i == 0 {
			frame = first
		}
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
