package review_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.get(200, "ana", "")
	for name, mediaType := range map[string]string{"review.css": "text/css; charset=utf-8", "review.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		at := regexp.MustCompile(`\./static/[0-9a-f]{16}/` + regexp.QuoteMeta(name)).FindString(p.body)
		f := s.send("", strings.TrimPrefix(at, "./"), nil)
		if h := f.Header(); at == "" || f.Code != 200 || h.Get("Content-Type") != mediaType || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "" {
			t.Errorf("%s at %s: %d %v", name, at, f.Code, h)
		}
	}
	if p := s.send("", "static/0000000000000000/review.css", nil); p.Code != 404 {
		t.Errorf("another digest: %d", p.Code)
	}
}

// TestScriptIsSmall: the script has at most 12 KB.
func TestScriptIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat("static/review.js")
	if err != nil || info.Size() > 12<<10 {
		t.Errorf("%v, %v", info.Size(), err)
	}
}

// TestEdgesAreLeftFree: what sticks to the edges does not hide what has the focus. The
// script measures it, and without it there is room for the tall bar of a phone. A low
// window has nothing that sticks.
func TestEdgesAreLeftFree(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string][]string{
		"review.css": {
			"scroll-padding-block: var(--head, 4rem) var(--foot, 8rem)", "@media (max-width: 46rem) { html { scroll-padding-block: var(--head, 5rem) var(--foot, 15rem); } }",
			"@media (max-height: 30rem) { :is(.top, .triage .prog, .decide, .picked) { position: static",
		},
		"review.js": {`["--head", ".top, .prog"]`, `["--foot", ".decide, .picked"]`, "ResizeObserver"},
	} {
		text, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %s", name, part)
			}
		}
	}
}
