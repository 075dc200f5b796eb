package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// TestVolumeLongTextHOS10 asks a server process for the page of a long text, by eight
// clients at once and then again and again: the process reads the whole text once, and
// then its beginning only. Its memory may grow by 64 MiB. The text has 128 MiB, or 1 GiB
// with ASSETS_TEST_ALL.
func TestVolumeLongTextHOS10(t *testing.T) {
	for name, open := range withMemory(attacked()) {
		t.Run(name, func(t *testing.T) { readLongText(t, open(t)) })
	}
}

// longText returns the size of a long text.
func longText() int64 {
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		return 1 << 30
	}
	return 128 << 20
}

func readLongText(t *testing.T, p storage) {
	t.Helper()
	size := longText()
	p.maxMemory = maxResident
	key := p.mint(t, "w")
	s := start(t, p)
	id := s.createText(t, key, size)
	before := testproc.ResetPeak(t, s.cmd.Process.Pid)
	page := func() {
		status, answer := s.request(t.Context(), t, key, http.MethodGet, "/"+id+"/preview", "", http.NoBody)
		if status != http.StatusOK || !bytes.Contains(answer, []byte("headline 1\n")) {
			t.Errorf("%d %.200s", status, answer)
		}
	}
	first := s.reads(t, func() {
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(page)
		}
		clients.Wait()
	})
	const pages = 20
	later := s.reads(t, func() {
		for range pages {
			page()
		}
	})
	grown := testproc.Peak(t, s.cmd.Process.Pid) - before
	t.Logf("%d MiB: eight clients at once read %d MiB, each of %d later pages %d KiB; memory grew by %d KiB", size>>20, first>>20, pages, later/pages>>10, grown>>10)
	if first < size || first > size+64<<20 {
		t.Errorf("the first pages read %d bytes of %d", first, size)
	}
	if later > pages<<20 {
		t.Errorf("%d later pages read %d bytes", pages, later)
	}
	if grown > 64<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
}

// createText creates an asset with a text of so many bytes and returns its id.
func (s *process) createText(t *testing.T, key string, size int64) string {
	t.Helper()
	body, form := io.Pipe()
	parts := multipart.NewWriter(form)
	go func() {
		part, err := parts.CreateFormFile("content", "long.txt")
		if err == nil {
			_, err = io.Copy(part, io.LimitReader(endless("headline 1\n"), size))
		}
		if err == nil {
			err = parts.Close()
		}
		form.CloseWithError(err)
	}()
	head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"type\":\"copy\",\"title\":\"Long\"}\r\n", parts.Boundary())
	status, answer := s.request(t.Context(), t, key, http.MethodPost, "", parts.FormDataContentType(), io.MultiReader(strings.NewReader(head), body))
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(answer)
	if status != http.StatusCreated || id == nil {
		t.Fatalf("%d %.200s", status, answer)
	}
	return string(id[1])
}

// reads returns how many bytes the process read while fn ran (rchar of proc(5)), also
// from its clients.
func (s *process) reads(t *testing.T, fn func()) int64 {
	t.Helper()
	count := func() int64 {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", s.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseInt(string(regexp.MustCompile(`rchar: (\d+)`).FindSubmatch(text)[1]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	fn()
	return count() - before
}
