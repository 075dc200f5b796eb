package review_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestIcons: the templates name no sign that does not exist, and screen readers leave
// all of them out.
func TestIcons(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("icon.go")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`icon "([a-z]+)`)
	files, err := os.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range used.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(string(program), `"`+found[1]+`":`) {
				t.Errorf("%s: there is no sign %s", f.Name(), found[1])
			}
		}
	}
	s := newSite(t)
	s.copyAsset("one")
	p := s.get(200, "ana", "")
	if shown := regexp.MustCompile(`<svg[^>]*>`); strings.Count(shown.FindString(p.body), `aria-hidden="true"`) != 1 || strings.Contains(p.body, `aria-hidden="true"></svg>`) {
		t.Error("a sign is not hidden, or has no shape")
	}
}
