package review_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func TestTheme(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Theme = review.Theme{Properties: map[string]string{"--r": "0", "--link": "#00f"}, Brand: `<a href="{{.Home}}">{{.Name}} &amp; co</a>`, Foot: `<p class="foot">{{.Subject}}</p>`}
	})
	p := s.get(200, "ana", "")
	if !strings.Contains(p.body, `<a href="./">Assets &amp; co</a>`) {
		t.Error("the brand is not on the page")
	}
	for _, p := range []page{p, s.get(200, "ana", string(s.copyAsset("x").ID)), s.get(404, "ana", "none")} {
		for _, part := range []string{`<p class="foot">ana</p>`, `id="keys"`, `id="letters"`, `id="say"`, "</body>\n</html>"} {
			if !strings.Contains(p.body, part) {
				t.Errorf("a page with a foot lacks %s: %s", part, p.body)
			}
		}
	}
	at := regexp.MustCompile(`static/[0-9a-f]{16}/theme\.css`).FindString(p.body)
	if css := s.send("", at, nil); css.body != ":root {\n  --link: #00f;\n  --r: 0;\n}\n" {
		t.Errorf("the theme is %q", css.body)
	}
	for name, properties := range map[string]map[string]string{
		"no property": {"color": "red"}, "two": {"--a": "1; color: red"}, "a rule": {"--a": "1} body {"}, "an address": {"--a": "URL(https://x)"}, "an import": {"--a": "@import"},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			review.New(s.lib, review.Options{Actor: func(*http.Request) (assets.Actor, error) { return assets.Actor{}, nil }, Theme: review.Theme{Properties: properties}})
		}()
	}
}
