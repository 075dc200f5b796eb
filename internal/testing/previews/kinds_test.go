package previews_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
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

// video returns a video of one second and 320 × 180 pixels.
func video(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// shownDirections are those of the blocks of a page, by the kind.
var shownDirections = map[string][]string{
	"rtl-text": {"rtl"},
	"mixed":    {"ltr", "ltr", "ltr", "rtl", "rtl", "rtl", "rtl", "rtl", "ltr", "ltr", "ltr", "ltr", "ltr"},
}

// look is a way to look at a page.
type look struct {
	name        string
	dark, phone bool
}

// looks returns each color scheme and each size of the window once, and for screenshots
// all combinations.
func looks(screenshots bool) []look {
	all := []look{{"light", false, false}, {"dark-phone", true, true}, {"dark", true, false}, {"light-phone", false, true}}
	if screenshots {
		return all
	}
	return all[:2]
}

// leastContrast is what WCAG 2.2 AA requires of text.
const leastContrast = 4.5

// TestVolumeEveryKindOfPreviewFIL08 opens every kind of preview in a light and a dark
// color scheme, in a wide and a narrow window. With ASSETS_TEST_SHOTS, a folder, it
// writes screenshots there.
func TestVolumeEveryKindOfPreviewFIL08(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	folder := os.Getenv("ASSETS_TEST_SHOTS")
	var kinds []string
	var visits []chromium.Visit
	contents := map[string]struct{ typ, media, content, query string }{
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
	for _, kind := range slices.Sorted(maps.Keys(contents)) {
		k := contents[kind]
		b.Upload(k.typ, k.media, "spring-"+kind, []byte(k.content))
		for _, look := range looks(folder != "") {
			if look.phone && (k.typ == "video" || k.typ == "image" && kind != "svg" || kind == "pdf") {
				continue // the browser's own pages
			}
			v := b.visit(b.routes(k.query)["public"])
			v.Plays, v.Dark, v.Phone = k.typ == "video", look.dark, look.phone
			if folder != "" {
				v.Shot = filepath.Join(folder, kind+"-"+look.name+".png")
			}
			kinds, visits = append(kinds, kind), append(visits, v)
		}
	}
	for i, s := range b.Open(visits...) {
		kind, v := kinds[i], visits[i]
		if s.Error != "" || s.Status != 200 || s.Download {
			t.Errorf("%s: %+v", kind, s)
		}
		if v.Plays && (s.Video == nil || s.Video.Width != 320 || s.Video.Height != 180 || s.Video.Seconds != 1 || s.Video.Error != "") {
			t.Errorf("%s: the video is %+v", kind, s.Video)
		}
		if s.Type == "text/html; charset=utf-8" && (s.Overflow > 0 || s.Contrast < leastContrast) {
			t.Errorf("%s, dark: %t, phone: %t: %d pixels are beyond the window, the contrast is %.1f", kind, v.Dark, v.Phone, s.Overflow, s.Contrast)
		}
		if want := shownDirections[kind]; want != nil && !slices.Equal(s.Directions, want) {
			t.Errorf("%s: the directions are %v, want %v", kind, s.Directions, want)
		}
	}
}
