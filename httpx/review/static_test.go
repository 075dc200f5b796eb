package review_test

import (
	"os"
	"path/filepath"
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

// TestKeysAreListed: each key that a page has a place for is one that the script knows, and is
// in the list of keys and in the documentation.
func TestKeysAreListed(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	layout, script, document := read("templates/layout.html"), read("static/review.js"), read("../../docs/review.md")
	listed := regexp.MustCompile(`<kbd>(.)</kbd>`).FindAllStringSubmatch(layout, -1)
	names, err := filepath.Glob("templates/*.html")
	if err != nil || len(names) == 0 || len(listed) < 10 {
		t.Fatalf("%d templates, %d keys, %v", len(names), len(listed), err)
	}
	for _, name := range names {
		for _, key := range regexp.MustCompile(`data-key="([a-z])"`).FindAllStringSubmatch(read(name), -1) {
			if !strings.Contains(layout, "<kbd>"+key[1]+"</kbd>") {
				t.Errorf("%s: %s is not listed", name, key[1])
			}
		}
	}
	_, acts, _ := strings.Cut(script, "const acts = {")
	acts, _, _ = strings.Cut(acts, "\n};")
	for _, key := range listed {
		if !regexp.MustCompile(`(?m)(^  |, )"?`+regexp.QuoteMeta(key[1])+`"?: `).MatchString(acts) || !strings.Contains(document, "`"+key[1]+"`") {
			t.Errorf("%s is listed, and is not known everywhere", key[1])
		}
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
