package httpx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTooManyTags(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]bool{
		strings.Repeat("<div>", 256):                                             false,
		strings.Repeat("<div>", 257):                                             true,
		strings.Repeat("<div>a</div>", 1000):                                     false,
		strings.Repeat("<li><p>a<br>", 1000):                                     false,
		strings.Repeat("< div>", 1000):                                           false,
		strings.Repeat("</div><DIV>", 1000) + "<b>":                              false,
		"<p" + strings.Repeat(" a=b", 1000) + ">":                                false,
		"<p" + strings.Repeat(" a", 1001) + ">":                                  true,
		`<p a="` + strings.Repeat(" a=b", 2000) + `">`:                           false,
		`<p ` + strings.Repeat(`a="<"`, 1001) + `>`:                              true,
		`<p a="` + strings.Repeat("<div>", 300):                                  false,
		`<img src="data:image/png;base64,` + strings.Repeat("a/b=", 9000) + `">`: false,
	} {
		if got := tooManyTags([]byte(markup)); got != want {
			t.Errorf("%v for %.40q", got, markup)
		}
	}
}

// hostileHTML returns texts of 256 KiB.
func hostileHTML() map[string]string {
	var attributes strings.Builder
	for i := range 1 << 16 {
		fmt.Fprintf(&attributes, " a%d", i)
	}
	table := map[string]string{"attributes, different": "<p" + attributes.String()[:maxText-3] + ">"}
	for name, s := range map[string]string{
		"nesting": "<div>", "formatting": "<b>", "end tags": "</b>", "links": "<a href=//a>", "links without address": "<a>",
		"attributes": "<td align=left width=1 height=2 bgcolor=red colspan=2 rowspan=3 headers=x nowrap scope=row valign=top>",
		"list items": "<li value=1>", "lists": "<ol type=a>", "text to escape": `"`, "ampersands": "&", "entities": "&a", "angle brackets": "<",
		"comments": "<!--", "declarations": "<!", "sections": "<![CDATA[", "skipped": "<svg>", "raw text": "<textarea>", "quotation": "<q>\"</q>",
		"addresses": "<a href='http://a/%41%41%41'>", "quotes": "<p a='", "one attribute": " a",
		"images": "<img>", "drawings": "<svg></svg>", "scripts": "<script></script>", "blocks": "<p>", "directions": "<p dir=rtl>a", "divisions": "<nav></nav>",
		"hidden": "<b hidden>", "styles": "<b style='color:#fff'>", "fields": "<input type=hidden value=a>", "languages": "<p lang=ab-cd>", "titles": "<title>a</title>",
		"place-holders": "<left-out>", "nested drawings": "<svg><p>", "open objects": "<object>", "open buttons": "<button></object>",
	} {
		table[name] = repeated(s, maxText)
	}
	return table
}

// TestVolumeHTMLMemory: hostile texts, also shown as plain text, allocate what is reserved.
func TestVolumeHTMLMemory(t *testing.T) { //nolint:paralleltest // it measures the process
	p := newPages()
	for name, source := range hostileHTML() { //nolint:paralleltest // as above
		t.Run("HOS01 "+name, func(t *testing.T) {
			checkRendering(t, p, "text/html", source)
			checkRendering(t, p, "text/plain", source)
		})
	}
}

// TestRenderingEndsWithItsContextHOS01: for a client that is gone nothing is rendered.
func TestRenderingEndsWithItsContextHOS01(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	r := newRenderer()
	for _, mediaType := range []string{"text/markdown", "text/html"} {
		shown, err := r.render(ctx, mediaType, []byte(strings.Repeat("<b>a</b>\n\n", 1000)))
		if shown.Rich != "" || shown.Plain != "" || !errors.Is(err, gone) {
			t.Errorf("%s: %+v, %v", mediaType, shown, err)
		}
	}
}
