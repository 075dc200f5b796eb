package previews_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const sampleMarkdown = `# Spring is here

A short *introduction* with a [link](https://example.com), ` + "`code`" + ` and ~~what was~~.

## What is new

- Fresh colours
- Longer days
  - and shorter nights
- [x] ordered

1. First
2. Second

> The best season, by far.

| Channel | Reach | Cost |
|---|--:|--:|
| Mail | 12,000 | 40 € |
| Web | 48,000 | 220 € |

` + "```go\nfmt.Println(\"a longer line of code, which is wrapped where the page ends and not cut off at all\")\n```\n"

// Texts in the scripts and with the elements that a page has to treat in their own way.
const (
	mixedMarkdown = "\ufeff---\ntitle: Frühling\ntags: [a, b]\n---\n\n# Spring\n\nAn English paragraph (2026).\n\n## אביב\n\nשלום, עולם! זה טקסט עם Latin באמצע (2026).\n\n" +
		"- פריט ראשון\n- פריט שני\n\n> ציטוט: שלום.\n\n| עמודה | מספר |\n|---|---|\n| אחת | 1 |\n\n1. An English item\n2. פריט מעורב\n\n" +
		"Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, drink H<sub>2</sub>O, x<sup>2</sup>, <mark>marked</mark>.<br>A new line. ![the alt text](picture.png) after\n\n" +
		"<details><summary>More</summary>\n\nHidden until opened.\n\n</details>\n\n<!-- a comment -->\n"
	leftOutHTML = "<!doctype html><html><head><title>Spring sale</title><meta name='description' content='All colours, one price.'><style>p{color:red}</style><script>x()</script></head><body>" +
		"<h1>Sale</h1><p>Before <img src='x.png' alt='A red tulip'> after.</p><p dir='rtl'>שלום, עולם! (2026)</p><iframe src='https://video.example/1' title='A talk on tulips'></iframe>" +
		"<form><input placeholder='Your mail'><button>Subscribe</button></form><p style='display:none'>Secret terms apply.</p><p style='color:#fff'>White on white.</p>" +
		"<svg><title>Logo</title></svg><video><source src='a.mp4'>A film of tulips</video><table><tr><th>Wide</th><th>Table</th></tr><tr><td>Averylongwordwithoutanyspacesinit</td><td>Anotherverylongwordwithoutspaces</td></tr></table><a href='/terms'>Terms</a></body></html>"
)

// screenshotFolder returns the folder for screenshots: ASSETS_TEST_SHOTS, which make test
// sets, or the artifact directory of the test.
func screenshotFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("ASSETS_TEST_SHOTS")
	if folder == "" {
		return t.ArtifactDir()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // for people to look at
		t.Fatal(err)
	}
	return folder
}

// video returns a video of one second and 320 × 180 pixels.
func video(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// shownDirections are those of the blocks of a page, by the name of the visit.
var shownDirections = map[string][]string{
	"rtl-text light": {"rtl"},
	"mixed light":    {"ltr", "ltr", "ltr", "rtl", "rtl", "rtl", "rtl", "rtl", "ltr", "ltr", "ltr", "ltr", "ltr"},
}

// TestEveryKindOfPreviewFIL08 opens every kind of preview in a light and a dark color scheme, in
// a wide and a narrow window, and writes screenshots.
func TestEveryKindOfPreviewFIL08(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b, began := newBrowser(t), time.Now()
	var visits []visit
	kinds := map[string]struct{ typ, media, content, query string }{
		"text":       {"copy", "text/plain", "Spring is here.\n\nBuy one, get one free – only this week.\n\n    indented\n", ""},
		"long-text":  {"copy", "text/plain", strings.Repeat("Spring is here, and it stays. ", 20_000), ""},
		"markdown":   {"blog", "text/markdown", sampleMarkdown, ""},
		"html":       {"copy", "text/html", "<h1>Spring</h1><p>With <b>bold</b> words and <a href='https://example.com'>a link</a>.</p><ul><li>one</li><li>two</li></ul>", ""},
		"rtl-text":   {"copy", "text/plain", "שלום, עולם! (2026)\nAn English line (2026).\nمرحبا بالعالم!\n", ""},
		"mixed":      {"blog", "text/markdown", mixedMarkdown, ""},
		"left-out":   {"copy", "text/html", leftOutHTML, ""},
		"complex":    {"blog", "text/markdown", strings.Repeat(">", 100) + " deep", ""},
		"one-byte":   {"bundle", "application/octet-stream", "x", ""},
		"other-file": {"bundle", "application/zip", "PK\x03\x04 and so on", ""},
		"svg":        {"image", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`, ""},
		"image":      {"image", "image/png", gradientPNG(t, 1600, 900), ""},
		"rendition":  {"image", "image/png", gradientPNG(t, 1600, 900), "?width=320"},
		"pdf":        {"slide", "application/pdf", hostilePDF(t), ""},
		"mp4":        {"video", "video/mp4", video(t, "spring.mp4"), ""},
		"webm":       {"video", "video/webm", video(t, "spring.webm"), ""},
	}
	folder := screenshotFolder(t)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[kind]
		b.Upload(k.typ, k.media, "spring-"+kind, []byte(k.content))
		path := b.routes(k.query)["public"]
		for _, look := range []string{"light", "dark", "light-phone", "dark-phone"} {
			v := visit{Name: kind + " " + look, Path: path, Shot: filepath.Join(folder, kind+"-"+look+".png"), Plays: k.typ == "video"}
			v.Dark, v.Phone = strings.HasPrefix(look, "dark"), strings.HasSuffix(look, "phone")
			if v.Phone && v.Plays || v.Phone && k.media == "application/pdf" {
				continue // the browser's own pages
			}
			visits = append(visits, v)
		}
	}
	b.visit(t, visits, func(v visit, s observation) {
		if s.Error != "" || s.Status != 200 || s.Download {
			t.Errorf("%s: %+v", v.Name, s)
		}
		if v.Plays && (s.Video == nil || *s.Video != played{320, 180, 1, ""}) {
			t.Errorf("%s: the video is %+v", v.Name, s.Video)
		}
		if s.Overflow > 0 && s.Type == "text/html; charset=utf-8" {
			t.Errorf("%s: the page is %d pixels wider than its window", v.Name, s.Overflow)
		}
		if want := shownDirections[v.Name]; want != nil && !slices.Equal(s.Directions, want) {
			t.Errorf("%s: the directions are %v, want %v", v.Name, s.Directions, want)
		}
		if shot, err := os.Stat(v.Shot); err != nil || shot.Size() == 0 || shot.ModTime().Before(began) {
			t.Errorf("%s: no screenshot: %v", v.Name, err)
		}
	})
}
