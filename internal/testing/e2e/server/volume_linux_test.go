package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// TestVolumeUploadAndDownload streams a large file into and out of a server process,
// whose peak of memory may grow by 64 MiB. The file has 256 MiB, or 2 GiB with
// ASSETS_TEST_ALL.
func TestVolumeUploadAndDownload(t *testing.T) {
	size := int64(256 << 20)
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		size = 2 << 30
	}
	p := firstStart(t, t.TempDir())
	admin := p.client(p.key)
	admin.post(http.StatusCreated, "", `{"type":"copy","title":"Warm","text":"up"}`)
	before := testproc.ResetPeak(t, p.cmd.Process.Pid)

	sent := sha256.New()
	body, form := io.Pipe()
	parts := multipart.NewWriter(form)
	go func() {
		form.CloseWithError(writeLarge(parts, io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{}), size), sent)))
	}()
	_, answer := admin.call(http.StatusCreated, http.MethodPost, "", parts.FormDataContentType(), body)
	uploaded := testproc.Peak(t, p.cmd.Process.Pid) - before
	made := admin.decode(answer)
	if got := made.Content["sha256"]; got != hex.EncodeToString(sent.Sum(nil)) {
		t.Fatalf("stored digest %v", got)
	}

	before = testproc.ResetPeak(t, p.cmd.Process.Pid)
	received, n := p.download(t, "/"+made.ID+"/versions/1/content")
	if n != size || received != made.Content["sha256"] {
		t.Errorf("downloaded %d bytes, digest %s", n, received)
	}
	downloaded := testproc.Peak(t, p.cmd.Process.Pid) - before
	t.Logf("%d MiB: memory grew by %d KiB while uploading, %d KiB while downloading", size>>20, uploaded>>10, downloaded>>10)
	if limit := int64(64 << 20); uploaded > limit || downloaded > limit {
		t.Errorf("memory grew by %d and %d bytes, more than 64 MiB", uploaded, downloaded)
	}
}

// TestVolumeExport streams an export of four large files out of a server process,
// whose peak of memory may grow by 64 MiB. The export has 128 MiB, or 4 GiB with
// ASSETS_TEST_ALL.
func TestVolumeExport(t *testing.T) {
	each := int64(32 << 20)
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		each = 1 << 30
	}
	p := firstStart(t, t.TempDir())
	admin := p.client(p.key)
	for range 4 {
		body, form := io.Pipe()
		parts := multipart.NewWriter(form)
		go func() {
			form.CloseWithError(writeLarge(parts, io.LimitReader(rand.NewChaCha8([32]byte{}), each)))
		}()
		_, answer := admin.call(http.StatusCreated, http.MethodPost, "", parts.FormDataContentType(), body)
		admin.review(admin.decode(answer).ID, `{"action":"approve","version":1}`)
	}
	link := admin.export("{}")
	before := testproc.ResetPeak(t, p.cmd.Process.Pid)
	resp, err := http.Get(link) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || n != resp.ContentLength || n < 4*each {
		t.Errorf("downloaded %d bytes of %d, %v", n, resp.ContentLength, err)
	}
	grown := testproc.Peak(t, p.cmd.Process.Pid) - before
	t.Logf("%d MiB: memory grew by %d KiB while an export was downloaded", n>>20, grown>>10)
	if grown > 64<<20 {
		t.Errorf("memory grew by %d bytes, more than 64 MiB", grown)
	}
}

func writeLarge(parts *multipart.Writer, content io.Reader) error {
	metadata, err := parts.CreateFormField("metadata")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(metadata, `{"type":"bundle","title":"Large"}`); err != nil {
		return err
	}
	file, err := parts.CreateFormFile("content", "large.bin")
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	return parts.Close()
}

func (p *process) download(t *testing.T, path string) (sha string, n int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/assets"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	sum := sha256.New()
	if n, err = io.Copy(sum, resp.Body); err != nil {
		t.Error(err)
	}
	return hex.EncodeToString(sum.Sum(nil)), n
}
