package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/fixture"
)

// TestVolumeHostileImages asks a server process for renditions of hostile images,
// eight of each kind at once, again and again: it stays within 384 MiB above idle,
// what is refused is refused, a valid image is never 415, and another workspace's
// lists and creations take less than a second.
func TestVolumeHostileImages(t *testing.T) {
	for name, open := range withMemory(attacked()) {
		t.Run(name+"/HOS03 HOS04", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			s := start(t, p)
			refused, valid := map[string]bool{}, map[string]bool{}
			for kind, content := range refusedImages() {
				for i := range 8 {
					refused[s.createImage(t, attacker, kind, append(bytes.Clone(content), byte(i)))] = true
				}
			}
			for kind, content := range costlyImages() {
				for i := range 2 {
					valid[s.createImage(t, attacker, kind, append(bytes.Clone(content), byte(i)))] = true
				}
			}
			s.withstand(t, other, func() {
				var requests sync.WaitGroup
				for range rounds() {
					for id := range refused {
						requests.Go(func() { s.rendition(t, attacker, id, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable) })
					}
					for id := range valid {
						requests.Go(func() { s.rendition(t, attacker, id, http.StatusOK, http.StatusServiceUnavailable) })
					}
				}
				requests.Wait()
			})
		})
	}
}

// refusedImages returns images that cost more than is allowed, by media type.
func refusedImages() map[string][]byte {
	canvas, huge := image.Pt(1400, 10), image.Pt(16384, 16384)
	return map[string][]byte{
		"image/webp": fixture.AnimatedWebP(canvas, canvas, fixture.LosslessWebP(huge)),
		"image/jpeg": fixture.RawJPEG{Width: 3000, Height: 2000, Sampling: []byte{0x11}, Progressive: true, Scans: 8000}.Bytes(),
		"image/png":  fixture.RawPNG{Width: 9000, Height: 9000, Depth: 8, Transparent: true}.Bytes(),
	}
}

// costlyImages returns images that cost almost as much as is allowed.
func costlyImages() map[string][]byte {
	return map[string][]byte{
		"image/webp": fixture.WebP(fixture.LosslessWebP(image.Pt(3500, 3500))),
		"image/jpeg": fixture.RawJPEG{Width: 4800, Height: 4800, Sampling: []byte{0x11}, Progressive: true, Scans: 80}.Bytes(),
		"image/png":  fixture.RawPNG{Width: 10_000, Height: 10_000, Depth: 1}.Bytes(),
	}
}

// createImage creates an asset and returns its id.
func (s *process) createImage(t *testing.T, key, mediaType string, content []byte) string {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("metadata", fmt.Sprintf(`{"type":"image","title":"Hero","media_type":%q}`, mediaType)); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("content", "hero")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var made struct {
		ID string `json:"id"`
	}
	status, answer := s.request(t.Context(), t, key, http.MethodPost, "", w.FormDataContentType(), &body)
	if err := json.Unmarshal(answer, &made); err != nil || status != http.StatusCreated {
		t.Fatalf("%d %.200s", status, answer)
	}
	return made.ID
}

// rendition reads a rendition, whose status must be one of those.
func (s *process) rendition(t *testing.T, key, id string, statuses ...int) {
	status, answer := s.request(t.Context(), t, key, http.MethodGet, "/"+id+"/preview?width=160", "", http.NoBody)
	if !slices.Contains(statuses, status) {
		t.Errorf("%d %.200s, want %v", status, answer, statuses)
	}
}

// request requests a path of the routes of assets.
func (s *process) request(ctx context.Context, t *testing.T, key, method, path, mediaType string, body io.Reader) (int, []byte) {
	header := http.Header{"Authorization": {"Bearer " + key}}
	if mediaType != "" {
		header.Set("Content-Type", mediaType)
	}
	return s.send(ctx, t, method, base+path, header, body)
}

func (s *process) send(ctx context.Context, t *testing.T, method, path string, header http.Header, body io.Reader) (int, []byte) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return 0, nil
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	return resp.StatusCode, answer
}
