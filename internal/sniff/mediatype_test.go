package sniff_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/sniff"
)

func TestParseType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"text/plain":               "text/plain",
		"Text/HTML; Charset=UTF-8": "text/html",
		"text/markdown;charset=\"us-ascii\";variant=x": "text/markdown",
		" image/svg+xml ": "image/svg+xml",
		"application/vnd.oasis.opendocument.presentation": "application/vnd.oasis.opendocument.presentation",
		"application/x-" + strings.Repeat("a", 125):       "application/x-" + strings.Repeat("a", 125),
		"application/x-" + strings.Repeat("a", 126):       "",
		"text/plain; charset=utf8":                        "text/plain",
		"text/plain; charset=UTF8":                        "text/plain",
		"text/plain; charset=utf-16":                      "",
		"text/plain; charset=iso-8859-1":                  "",
		"text/plain; charset=utf-8; charset=utf-16":       "",
		"text/plain; charset":                             "",
		"text":                                            "",
		"text/":                                           "",
		"/plain":                                          "",
		"text/plain/x":                                    "",
		"text/pl ain":                                     "",
		"text/plain, text/html":                           "",
		"image/*":                                         "",
		"*/*":                                             "",
		"text/.plain":                                     "",
		"text/pläin":                                      "",
		"text/plain\x00":                                  "",
		"text/plain\r\nX: y":                              "",
		"":                                                "",
	} {
		if got, ok := sniff.ParseType(in); got != want || ok != (want != "") {
			t.Errorf("ParseType(%q) = %q, %t; want %q", in, got, ok, want)
		}
	}
}

func FuzzParseType(f *testing.F) {
	for _, s := range []string{"text/plain; charset=utf-8", "a/b;c=\"d\\\"\"", "image/*", "text/x;charset*=utf-8''utf-8", "/", ";"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := sniff.ParseType(s)
		if !ok {
			return
		}
		if again, ok := sniff.ParseType(got); !ok || again != got || strings.ToLower(got) != got || strings.ContainsAny(got, "; \x00\r\n") {
			t.Errorf("ParseType(%q) = %q, and that again is %q", s, got, again)
		}
	})
}

// Aliases become the type that they name; each name that is no alias stays.
func TestAliasesFIL09(t *testing.T) {
	t.Parallel()
	for want, aliases := range map[string][]string{
		"image/jpeg":               {"image/jpg", "image/pjpeg", "IMAGE/JPG"},
		"image/png":                {"image/x-png", "image/apng"},
		"image/svg+xml":            {"image/svg", "image/svg-xml"},
		"image/avif":               {"image/avif-sequence"},
		"video/mp4":                {"video/x-m4v", "application/mp4", "video/x-m4v; codecs=avc1"},
		"video/quicktime":          {"video/mov"},
		"text/plain":               {"text/txt", "text/plain;charset=utf8"},
		"text/markdown":            {"text/x-markdown", "text/md", "text/x-markdown; charset=UTF-8"},
		"text/html":                {"application/html"},
		"application/json":         {"text/json", "application/x-json"},
		"application/pdf":          {"application/x-pdf", "text/pdf"},
		"application/zip":          {"application/x-zip-compressed", "application/x-zip"},
		"application/octet-stream": {"binary/octet-stream", "application/x-download"},
		"application/vnd.oasis.opendocument.presentation": {"application/x-vnd.oasis.opendocument.presentation"},
	} {
		for _, alias := range append(aliases, want) {
			if got, ok := sniff.ParseType(alias); got != want || !ok {
				t.Errorf("%s is %q, want %q", alias, got, want)
			}
		}
	}
}

func TestTypeOfNameFIL04(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"post.md": "text/markdown", "POST.MD": "text/markdown", "a.b.markdown": "text/markdown", ".md": "text/markdown",
		"page.htm": "text/html", "prices.csv": "text/csv", "data.json": "application/json", "logo.svg": "image/svg+xml",
		"md": "", "MD": "", "post.md ": "", "post.": "", "": "", "deck.pptx": "", "hero.png": "",
	} {
		if got := sniff.TypeOfName(name); got != want {
			t.Errorf("%q names %q, want %q", name, got, want)
		}
	}
}
