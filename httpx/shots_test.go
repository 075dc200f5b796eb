package httpx_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sampleMarkdown = `# Spring is here

A short *introduction* with a [link](https://example.com), ` + "`code`" + ` and ~~what was~~.

## What is new

- Fresh colours
- Longer days
  - and shorter nights

1. First
2. Second

> The best season, by far.

| Channel | Reach | Cost |
|---|--:|--:|
| Mail | 12,000 | 40 € |
| Web | 48,000 | 220 € |

` + "```go\nfmt.Println(\"a longer line of code, which is wrapped where the page ends and not cut off at all\")\n```\n"

// TestPreviewKindsInABrowser shows every kind of preview, light and dark, and
// leaves pictures of them in the artifacts of the test.
func TestPreviewKindsInABrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := newBrowser(t)
	var visits []visit
	kinds := map[string]struct{ typ, media, content, query string }{
		"text":       {"copy", "text/plain", "Spring is here.\n\nBuy one, get one free – only this week.\n\n    indented\n", ""},
		"long-text":  {"copy", "text/plain", strings.Repeat("Spring is here, and it stays. ", 20_000), ""},
		"markdown":   {"blog", "text/markdown", sampleMarkdown, ""},
		"html":       {"copy", "text/html", "<h1>Spring</h1><p>With <b>bold</b> words and <a href='https://example.com'>a link</a>.</p><ul><li>one</li><li>two</li></ul>", ""},
		"other-file": {"bundle", "application/zip", "PK\x03\x04 and so on", ""},
		"svg":        {"image", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`, ""},
		"image":      {"image", "image/png", picture(t, 1600, 900), ""},
		"rendition":  {"image", "image/png", picture(t, 1600, 900), "?width=320"},
		"pdf":        {"slide", "application/pdf", hostilePDF(t), ""},
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[kind]
		b.upload(k.typ, k.media, "spring-"+kind, []byte(k.content))
		path := b.routes(k.query)["public"]
		visits = append(visits, visit{Name: kind + " light", Path: path, Shot: kind + "-light"})
		visits = append(visits, visit{Name: kind + " dark", Path: path, Shot: kind + "-dark", Dark: true})
	}
	b.look(t, visits, func(v visit, s sight) {
		if s.Error != "" || s.Status != 200 || s.Download {
			t.Errorf("%s: %+v", v.Name, s)
		}
		if shot, err := os.Stat(filepath.Join(t.ArtifactDir(), v.Shot+".png")); err != nil || shot.Size() == 0 {
			t.Errorf("%s: no picture: %v", v.Name, err)
		}
	})
}
