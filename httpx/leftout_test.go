package httpx

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// render returns what a page shows of a text.
func render(t *testing.T, mediaType, text string) shown {
	t.Helper()
	s, err := newRenderer().render(t.Context(), mediaType, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPlaceholdersFIL08: whatever a page leaves out has a place-holder with its
// alternative text.
func TestPlaceholdersFIL08(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]string{
		`<img src=x alt="the alt text">`:          "image: the alt text",
		`<IMG SRC=x ALT='a &quot;b&quot; &lt;c'>`: `image: a "b" <c`,
		`<img src=x>`:           "image",
		`<img src=x title="t">`: "image: t",
		`<picture><source srcset=x><img alt=p></picture>`:               "image: p",
		`<svg><title>Logo</title><style>a{}</style><path d=x /></svg>`:  "drawing: Logo",
		`<svg aria-label="Chart"><text>1</text></svg>`:                  "drawing: Chart",
		`<svg><svg><text>in</text></svg> out</svg>`:                     "drawing: in out",
		`<canvas>fallback</canvas>`:                                     "drawing: fallback",
		`<video src=v.mp4 aria-label="A film"><track src=x>old</video>`: "video: A film",
		`<video><source src=a>Get a newer browser</video>`:              "video: Get a newer browser",
		`<audio src=https://a.example/b.mp3></audio>`:                   "audio: https://a.example/b.mp3",
		`<iframe src=https://video.example/1 title="A talk"></iframe>`:  "embedded page: A talk",
		`<iframe src=https://video.example/1></iframe>`:                 "embedded page: https://video.example/1",
		`<frame src=a>`: "embedded page: a",
		`<object data=a.pdf><p>A <b>report</b></p></object>`: "embedded object: A report",
		`<embed src=a.swf>`:                                "embedded object: a.swf",
		`<math alttext="x squared"><mi>x</mi></math>`:      "formula: x squared",
		`<math><mi>x</mi> <mo>=</mo> <mn>1</mn></math>`:    "formula: x = 1",
		`<input placeholder="Your mail">`:                  "form field: Your mail",
		`<input type=submit value=Send>`:                   "button: Send",
		`<input type=CHECKBOX>`:                            "checkbox field",
		`<input type=hidden value=secret>`:                 "hidden field: secret",
		`<button>Buy <b>now</b></button>`:                  "button: Buy now",
		`<select><option>One <option>Two</select>`:         "choice: One Two",
		`<textarea>A <b>wish</textarea>`:                   "text field: A <b>wish",
		`<template><p>later</p></template>`:                "template: later",
		`<img alt="` + strings.Repeat("long ", 200) + `">`: "image: " + strings.Repeat("long ", 80) + "…",
		`<map><area alt="Paris" href=x></map>`:             "area of an image: Paris",
		`<meter value=3>3 of 5</meter>`:                    "meter: 3",
	} {
		s := render(t, "text/html", "before "+markup+" after")
		got := html.UnescapeString(strings.NewReplacer("<left-out>", "{", "</left-out>", "}").Replace(string(s.Rich)))
		if got != "before {["+want+"]} after" {
			t.Errorf("%s: %s", markup, got)
		}
		if len(s.Notes) == 0 || !strings.HasPrefix(s.Notes[0], "Left out: 1 ") {
			t.Errorf("%s: %q", markup, s.Notes)
		}
	}
}

// TestNotesFIL08: what a page leaves out without a place is told above the text.
func TestNotesFIL08(t *testing.T) {
	t.Parallel()
	const styles = "Styles are not applied. Text that they hide is shown."
	for markup, want := range map[string]string{
		`<b>a</b>`: "",
		`<script>a</script><script src=x></script>`:       "Left out: 2 scripts.",
		`<noscript><p>b</p></noscript>`:                   "Left out: 1 text for browsers without scripts.",
		`<!-- a --><!-- b -->`:                            "Left out: 2 comments.",
		`<style>a{}</style>`:                              styles,
		`<p style="color:red">`:                           styles,
		`<link rel="StyleSheet" href=x>`:                  styles,
		`<link rel=icon href=x>`:                          "",
		`<meta http-equiv=refresh content="0;url=x">`:     "Left out: 1 redirection.",
		`<a href="../x">a</a><a href="//b">b</a>`:         "Left out: 2 link addresses.",
		`<a href=" HTTPS://b.example">b</a>`:              "",
		`<img><svg></svg><iframe></iframe><!---->`:        "Left out: 2 images, 1 embedded page, 1 comment.",
		"a\u202eb\U000e0041\U000e0042":                    "The text has characters that cannot be seen or that turn its order around: 3.",
		"\U0001f3f4\U000e0067\U000e0062\U000e007f \ufe0f": "",
	} {
		if got := strings.Join(render(t, "text/html", markup).Notes, " "); got != want {
			t.Errorf("%s: %q, want %q", markup, got, want)
		}
	}
	for text, want := range map[string]string{
		"a <!-- b --> c\n\n<!-- d -->":    "Left out: 2 comments.",
		"[//]: # (hidden)\n\ntext":        "Left out: 1 definition that no link uses.",
		"[a]\n\n[a]: http://b.example\n":  "",
		"a\n\n![x](y)":                    "Left out: 1 image.",
		strings.Repeat("<img>\n\n", 1001): "The text has too much markup to be laid out. It is shown as it is stored.",
		strings.Repeat(">", 100) + " a\n": "The text has too much markup to be laid out. It is shown as it is stored.",
	} {
		if got := strings.Join(render(t, "text/markdown", text).Notes, " "); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

// TestUnclosedElements: an element without its end hides no text that browsers show.
func TestUnclosedElements(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]string{
		`<svg>a<p>b`:                           `{[drawing]}a<p dir="auto">b`,
		`<svg><title>a</title><p>b</p></svg>c`: `{[drawing: a]}<p dir="auto">b</p>c`,
		`<svg/>b`:                              `{[drawing]}b`,
		`<object>b`:                            `{[embedded object]}b`,
		`<button>a</button><button>b`:          `{[button: a]}{[button]}b`,
		`<video>a</videos>b`:                   `{[video: ab]}`, // as its end is not there
		`</svg></button>b`:                     `b`,
		`<textarea>a`:                          `{[text field: a]}`, // as in browsers
		`<left-out>[image: x]</left-out>`:      `[image: x]`,
	} {
		s := render(t, "text/html", markup)
		got := strings.NewReplacer("<left-out>", "{", "</left-out>", "}").Replace(string(s.Rich))
		if got != want {
			t.Errorf("%s: %s, want %s", markup, got, want)
		}
	}
}

// TestElementsOfMarkdownFIL08: harmless HTML within Markdown is kept.
func TestElementsOfMarkdownFIL08(t *testing.T) {
	t.Parallel()
	for _, markup := range []string{
		"a<br>b", "<kbd>Ctrl</kbd>", "H<sub>2</sub>O", "x<sup>2</sup>", "<mark>m</mark>", `<abbr title="World Wide Web">WWW</abbr>`, "<del>d</del>", "<ins>i</ins>",
		"<u>u</u>", "<small>s</small>", "<q>q</q>", "<ruby>a<rt>b</rt></ruby>", `<bdo dir="rtl">abc</bdo>`, `<span lang="he">a</span>`,
	} {
		if got := render(t, "text/markdown", markup); string(got.Rich) != `<p dir="auto">`+markup+"</p>\n" || got.Notes != nil {
			t.Errorf("%s: %+v", markup, got)
		}
	}
	for markup, want := range map[string]string{
		"<details open>\n<summary>More</summary>\n\n*text*\n\n</details>": `<details dir="auto" open="">` + "\n<summary dir=\"auto\">More</summary>\n<p dir=\"auto\"><em>text</em></p>\n</details>\n",
		"<table><tr><td>a</td></tr></table>":                              `<table dir="auto"><tr><td>a</td></tr></table>`,
		"<b onclick=x()>a</b> <a href=javascript:x()>b</a>":               `<p dir="auto"><b>a</b> b</p>`,
		"a</article></main><header>b</header>":                            `<p dir="auto">a</div></div><div dir="auto">b</div></p>`,
	} {
		if got := string(render(t, "text/markdown", markup).Rich); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s:\n%s, want\n%s", markup, got, want)
		}
	}
}

// FuzzAnnotate: any HTML and any Markdown is shown without what the policy forbids, and
// place-holders cannot be forged.
func FuzzAnnotate(f *testing.F) {
	for _, s := range []string{`<svg><p>a<img alt="<b>">`, "<left-out>x</left-out>", "---\na: b\n---\n# c", `<div dir=rtl style="color:#fff"><font color=white>`, "<title><svg><style>", "\ufeff+++\na=1\n+++\n"} {
		f.Add(s)
	}
	r := newRenderer()
	f.Fuzz(func(t *testing.T, text string) {
		for _, mediaType := range []string{"text/html", "text/markdown"} {
			s, err := r.render(t.Context(), mediaType, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			z := html.NewTokenizer(strings.NewReader(string(s.Rich)))
			for z.Next() != html.ErrorToken {
				switch token := z.Token(); token.Data {
				case "script", "style", "img", "svg", "iframe", "form", "input", "article", "main", "body", "object", "embed", "link", "meta":
					if token.Type != html.TextToken && token.Type != html.CommentToken {
						t.Errorf("%s in %q of %q", token, s.Rich, text)
					}
				case "left-out":
					if z.Next(); token.Type == html.StartTagToken && !strings.HasPrefix(string(z.Raw()), "[") {
						t.Errorf("a forged place-holder in %q of %q", s.Rich, text)
					}
				}
			}
		}
	})
}
