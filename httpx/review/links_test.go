package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestLinks: the addresses in a text are listed with the hosts to which they lead.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for text, want := range map[string]string{
		"See https://acme.example/a, or <https://acme.example/b>.":                               "2 links, to acme.example https://acme.example/a https://acme.example/b ",
		"[x](https://acme.example@evil.example/?q=1) and *http://EVIL.example:8080*":             "2 links, to evil.example https://acme.example@evil.example/?q=1 http://EVIL.example:8080 ",
		"Write to mailto:ana@acme.example?subject=x or https://b.example or ftp://x.y":           "2 links, to acme.example and b.example",
		`<a href="https://a.example/"><img src='https://b.example/x.png'></a> https://c.example`: "3 links, to a.example, b.example and one more",
		"https://acme.example/\u202egnp.exe":                                                     "1 link, to acme.example https://acme.example/ U+202E gnp.exe ",
	} {
		s.shows(s.get(200, "ana", string(s.copyAsset(text).ID)), want)
	}
	s.lacks(s.get(200, "ana", string(s.copyAsset("no address: https:// or http:/x or https://[").ID)), `class="more links"`)
	post := s.create(assets.TypeBlog, "Post", assets.NewVersion{Content: strings.NewReader("# T\n\n[a](https://acme.example)"), MediaType: "text/markdown", Filename: "p.md"})
	s.shows(s.get(200, "ana", string(post.ID)), "1 link, to acme.example")

	var many strings.Builder
	for i := range 150 {
		fmt.Fprintf(&many, "https://h%d.example ", i)
	}
	p := s.get(200, "ana", string(s.copyAsset(many.String()).ID))
	s.shows(p, "150 links, to h0.example, h1.example and 98 more", "There are more links than these", "https://h99.example")
	if strings.Contains(p.body, "<li><bdi>https://h100.example") {
		t.Error("more than 100 links are listed")
	}
}
