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

// TestEveryKindOfPreview opens every kind of preview in a light and a dark color scheme and
// writes screenshots.
func TestEveryKindOfPreview(t *testing.T) {
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
		for theme, dark := range map[string]bool{"light": false, "dark": true} {
			shot := filepath.Join(folder, kind+"-"+theme+".png")
			visits = append(visits, visit{Name: kind + " " + theme, Path: path, Shot: shot, Dark: dark, Plays: k.typ == "video"})
		}
	}
	b.visit(t, visits, func(v visit, s observation) {
		if s.Error != "" || s.Status != 200 || s.Download {
			t.Errorf("%s: %+v", v.Name, s)
		}
		if v.Plays && (s.Video == nil || *s.Video != played{320, 180, 1, ""}) {
			t.Errorf("%s: the video is %+v", v.Name, s.Video)
		}
		if shot, err := os.Stat(v.Shot); err != nil || shot.Size() == 0 || shot.ModTime().Before(began) {
			t.Errorf("%s: no screenshot: %v", v.Name, err)
		}
	})
}
