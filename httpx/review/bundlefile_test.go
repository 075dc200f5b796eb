package review_test

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestFilesOfABundle: one file is shown beside the list: a picture, or the exact text.
func TestFilesOfABundle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	picture := string(pngOf(t, 9, 9))
	a := s.create(assets.TypeBundle, "Page", assets.NewVersion{Filename: "f.zip", Content: bytes.NewReader(zipOf(t,
		"data.bin", "x", "img/a b.png", picture, "index.html", "<h1>Sit <script>alert(1)</script></h1>", "fake.png", "<script>alert(1)</script>", "long.txt", strings.Repeat("long ", 20_000)))})
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "fake.png", "data.bin")
	if !strings.Contains(p.body, `src="./`+string(a.ID)+`/versions/1/file?name=fake.png"`) {
		t.Error("the first file that can be shown is not")
	}
	p = s.get(200, "ana", string(a.ID)+"?file=index.html")
	s.shows(p, "<h1>Sit <script>alert(1)</script></h1>")
	if strings.Contains(p.body, "<script>alert") || strings.Count(p.body, `aria-current="true"><bdi>index.html`) != 1 {
		t.Errorf("the text of a file: %s", p.body)
	}
	s.shows(s.get(200, "ana", string(a.ID)+"?file=long.txt"), "Only the beginning is shown")
	for _, name := range []string{"data.bin", "none.txt"} {
		s.lacks(s.get(200, "ana", string(a.ID)+"?file="+name), `class="onefile"`)
	}

	files := string(a.ID) + "/versions/1/file?name="
	p = s.get(200, "ana", files+url.QueryEscape("img/a b.png"))
	h := p.Header()
	if p.body != picture || h.Get("Content-Type") != "image/png" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Cache-Control"), "private") {
		t.Errorf("a picture: %v", h)
	}
	for _, name := range []string{"fake.png", "index.html", "none.png", "", "data.bin", "../index.html"} {
		s.get(404, "ana", files+url.QueryEscape(name))
	}
	s.get(404, "other", files+url.QueryEscape("img/a b.png"))
	text := s.copyAsset("no archive")
	s.get(404, "ana", string(text.ID)+"/versions/1/file?name=a.png")
}

var fileOfABundle = regexp.MustCompile(`href="\./\.\./([^"]*file=[^"]*)"`)

// TestConflictOfBundles: the files on the page about a decision that came too late lead to the
// page of the newest version.
func TestConflictOfBundles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	files := func(text string) assets.NewVersion {
		return assets.NewVersion{Filename: "f.zip", Submit: true, Content: bytes.NewReader(zipOf(t, "a.txt", "old", "b.txt", text))}
	}
	a := s.create(assets.TypeBundle, "Page", files("one"))
	if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, files("two")); err != nil {
		t.Fatal(err)
	}
	p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a, "type", "bundle"))
	links := fileOfABundle.FindAllStringSubmatch(p.body, -1)
	if p.Code != 409 || len(links) != 2 {
		t.Fatalf("%d, %d links: %s", p.Code, len(links), p.body)
	}
	page := s.get(200, "ana", strings.ReplaceAll(links[0][1], "&amp;", "&"))
	s.shows(page, "two", "Since version 1", "Approve version 2")
	if !strings.Contains(page.body, `href="./?type=bundle"`) {
		t.Errorf("the filter is lost: %s", page.body)
	}
}

// TestVolumeHostileBundles: a file that unpacks to much, and one that is damaged, are cut or left
// out.
func TestVolumeHostileBundles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bomb := s.create(assets.TypeBundle, "Bomb", assets.NewVersion{Filename: "f.zip", Content: bytes.NewReader(zipOf(t,
		"a.txt", strings.Repeat("0", 30<<20), "b.png", string(pngOf(t, 9, 9))+strings.Repeat("0", 30<<20), "<img src=x onerror=alert(1)>.png", "x"))})
	p := s.get(200, "ana", string(bomb.ID)+"?file=a.txt")
	s.shows(p, "Only the beginning is shown")
	if len(p.body) > 200<<10 || strings.Contains(p.body, "<img src=x") {
		t.Errorf("the page has %d bytes", len(p.body))
	}
	s.get(404, "ana", string(bomb.ID)+"/versions/1/file?name=b.png")

	damaged := zipOf(t, "a.txt", strings.Repeat("random text ", 50), "b.txt", "fine")
	copy(damaged[40:], bytes.Repeat([]byte{0xff}, 20))
	c := s.create(assets.TypeBundle, "Damaged", assets.NewVersion{Filename: "f.zip", Content: bytes.NewReader(damaged), MediaType: "application/zip"})
	s.shows(s.get(200, "ana", string(c.ID)), "a.txt", "b.txt")
	s.shows(s.get(200, "ana", string(c.ID)+"?file=b.txt"), "fine")
}
