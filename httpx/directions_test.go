package httpx

import (
	"strings"
	"testing"
)

// TestDirectionsFIL08: each block is laid out in the direction of its text, a list or a
// table as a whole; what the author sets is kept.
func TestDirectionsFIL08(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string]string{
		"<p>a<p>b":                               `<p dir="auto">a<p dir="auto">b`,
		"<div>a<div>b</div></div>":               `<div dir="auto">a<div dir="auto">b</div></div>`,
		"<ul><li>a<ul><li>b</ul></ul><p>c":       `<ul dir="auto"><li>a<ul><li>b</ul></ul><p dir="auto">c`,
		"<table><tr><td><p>a</table><p>b":        `<table dir="auto"><tr><td><p>a</table><p dir="auto">b`,
		`<p dir="rtl">a</p><p DIR=ltr>b`:         `<p dir="rtl">a</p><p dir="ltr">b`,
		`<div dir="rtl"><p>a</p></div><p>b`:      `<div dir="rtl"><p>a</p></div><p dir="auto">b`,
		`<html dir="rtl"><body><p>a</p>`:         `<div dir="rtl"><p>a</p>`,
		`<p dir="x&quot;>">a</p>`:                `<p>a</p>`,
		`<header dir=rtl>a</header><nav>b</nav>`: `<div dir="rtl">a</div><div dir="auto">b</div>`,
		"<H1 CLASS=a>b</H1>":                     `<h1 dir="auto">b</h1>`,
	} {
		if got := string(render(t, "text/html", markup).Rich); got != want {
			t.Errorf("%s: %s, want %s", markup, got, want)
		}
	}
	many := render(t, "text/html", strings.Repeat("<p>a", 10_000))
	if n := strings.Count(string(many.Rich), "dir="); n != maxDirections {
		t.Errorf("%d directions", n)
	}
}
