package review_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.get(200, "ana", "")
	for name, mediaType := range map[string]string{"review.css": "text/css; charset=utf-8", "review.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		at := regexp.MustCompile(`\./static/[0-9a-f]{16}/` + regexp.QuoteMeta(name)).FindString(p.body)
		f := s.send("", strings.TrimPrefix(at, "./"), nil)
		if h := f.Header(); at == "" || f.Code != 200 || h.Get("Content-Type") != mediaType || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "" {
			t.Errorf("%s at %s: %d %v", name, at, f.Code, h)
		}
	}
	if p := s.send("", "static/0000000000000000/review.css", nil); p.Code != 404 {
		t.Errorf("another digest: %d", p.Code)
	}
}

// TestScriptIsSmall: the script has at most 12 KB.
func TestScriptIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat("static/review.js")
	if err != nil || info.Size() > 12<<10 {
		t.Errorf("%v, %v", info.Size(), err)
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	at := regexp.MustCompile(`static/[0-9a-f]{16}/review\.css`).FindString(s.get(200, "ana", "").body)
	public := review.Public(s.lib, review.Options{Base: "/a/review"})
	for path, status := range map[string]int{"/a/review/" + at: 200, "/a/review/": 404, "/a/review/triage": 404} {
		rec := httptest.NewRecorder()
		public.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if rec.Code != status {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Theme = review.Theme{Properties: map[string]string{"--r": "0", "--link": "#00f"}, Brand: `<a href="{{.Home}}">{{.Name}} &amp; co</a>`, Foot: `<p class="foot">{{.Subject}}</p>`}
	})
	p := s.get(200, "ana", "")
	if !strings.Contains(p.body, `<a href="./">Assets &amp; co</a>`) || !strings.Contains(p.body, `<p class="foot">ana</p>`) {
		t.Error("the blocks are not on the page")
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
