package review_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

var linked = regexp.MustCompile(`\s(?:href|src|action)="([^"]*)"`)

// TestMounted: under any prefix, stripped or not, each link of each page leads to
// something below the queue.
func TestMounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		base, prefix string // what the handler is told, and where requests are sent
		strip        string
	}{
		"at the root":         {"", "", ""},
		"with its path":       {"/x/y/z/review", "/x/y/z/review", ""},
		"with its address":    {"https://assets.example/x/review/", "/x/review", ""},
		"with slashes":        {"https://assets.example//x/review//", "/x/review", ""},
		"stripped":            {"", "/x/y/z/review", "/x/y/z/review"},
		"stripped by a proxy": {"https://assets.example/x/y/z/review", "/x/y/z/review", "/x/y/z/review"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(_ *assets.Config, o *review.Options) { o.Base = tt.base })
			s.handler = http.StripPrefix(tt.strip, s.handler)
			a := s.copyAsset("one")
			s.add(a.ID, "two")
			seen := map[string]bool{}
			for _, start := range []string{"/", "/" + string(a.ID) + "?version=1", "/triage", "/exports", "/help"} {
				p := s.at(tt.prefix + start)
				if p.Code != 200 {
					t.Fatalf("%s: %d", start, p.Code)
				}
				for _, found := range linked.FindAllStringSubmatch(p.body, -1) {
					to := strings.ReplaceAll(found[1], "&amp;", "&")
					if strings.HasPrefix(to, "#") || strings.HasPrefix(to, "/") || strings.Contains(to, ":") {
						if strings.HasPrefix(to, "/") || strings.Contains(to, ":") {
							t.Errorf("%s has the link %s", start, to)
						}
						continue
					}
					u, err := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.prefix+start, http.NoBody).URL.Parse(to)
					if err != nil {
						t.Fatal(err)
					}
					if !strings.HasPrefix(u.Path, tt.prefix+"/") {
						t.Errorf("%s leads to %s", start, u)
						continue
					}
					target := u.Path + "?" + u.RawQuery
					if seen[target] {
						continue
					}
					seen[target] = true
					if p := s.at(target); p.Code != 200 && p.Code != 405 {
						t.Errorf("%s leads to %s: %d", start, target, p.Code)
					}
				}
			}
			if len(seen) < 30 {
				t.Errorf("only %d links were followed", len(seen))
			}
		})
	}
}

// at returns what is at a path, for Ana.
func (s *site) at(path string) page {
	s.Helper()
	r := httptest.NewRequestWithContext(s.Context(), http.MethodGet, path, http.NoBody)
	r.Header.Set("X-Test-Actor", "ana")
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return page{rec, rec.Body.String()}
}

func TestWithoutFinalSlash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if p := s.at("/a/review?status=any"); p.Code != http.StatusPermanentRedirect || p.Header().Get("Location") != "./review/?status=any" {
		t.Errorf("%d %v", p.Code, p.Header())
	}
	s = newSite(t, func(_ *assets.Config, o *review.Options) { o.Base = "" })
	s.handler = http.StripPrefix("/x/review", s.handler)
	if p := s.at("/x/review"); p.Code != http.StatusPermanentRedirect || p.Header().Get("Location") != "./review/" {
		t.Errorf("stripped: %d %v", p.Code, p.Header())
	}
}

// TestPolicy: every page forbids inline scripts and styles, frames of others and
// requests to other origins, and has none of them.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Environment = "staging <1>"
		o.Theme = review.Theme{Name: "Acme", Properties: map[string]string{"--yes-fill": "light-dark(#123456, #abcdef)"}, Foot: `<p>For {{.Subject}}</p>`}
	})
	a := s.copyAsset("one")
	inline := regexp.MustCompile(`(?i)<style|<script>|<script [^>]*>[^<]|\son[a-z]+=|\sstyle=|https?://`)
	for _, path := range []string{"", string(a.ID), "triage", "help", "exports", "none"} {
		p := s.send("ana", path, nil)
		h := p.Header()
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !slices.Contains(strings.Split(h.Get("Content-Security-Policy"), "; "), part) {
				t.Errorf("%s: the policy lacks %s", path, part)
			}
		}
		if found := inline.FindString(p.body); found != "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %q, %v", path, found, h)
		}
		if !strings.Contains(p.body, "staging &lt;1&gt;") || !strings.Contains(p.body, `theme.css">`) {
			t.Errorf("%s lacks the environment or the theme", path)
		}
	}
	if p := s.get(200, "ana", ""); !strings.Contains(p.body, "Acme") {
		t.Error("the page lacks the name")
	}
}

func TestNotSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.send("", "triage?type=copy&q=a", nil)
	if to := p.Header().Get("Location"); p.Code != 303 || to != "./sign-in?next=triage%3Ftype%3Dcopy%26q%3Da" {
		t.Errorf("%d %s", p.Code, to)
	}
	if p = s.send("", "019aa0a4-0000-7000-8000-000000000000/decided?x=1", nil); p.Header().Get("Location") != "./../sign-in?next=019aa0a4-0000-7000-8000-000000000000%2Fdecided%3Fx%3D1" {
		t.Errorf("deeper: %s", p.Header().Get("Location"))
	}
	if p = s.send("", "events?asset=x", nil); p.Code != 401 || p.body != `{"code":"unauthorized"}`+"\n" {
		t.Errorf("a script: %d %s", p.Code, p.body)
	}
	s = newSite(t, func(_ *assets.Config, o *review.Options) { o.SignInURL = "" })
	p = s.send("", "", nil)
	s.shows(p, "You are not signed in")
	if p.Code != 401 {
		t.Errorf("without an address: %d", p.Code)
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	for path, status := range map[string]int{
		"none": 404, string(a.ID) + "/none": 404, "019aa0a4-0000-7000-8000-000000000000": 404, string(a.ID) + "?version=9": 404, string(a.ID) + "?version=x": 404,
		string(a.ID) + "/change?do=burn": 404, "?cursor=x": 400, "?type=song": 422, "?status=gone": 422, "?created_after=yesterday": 422, "several": 405,
		string(a.ID) + "/versions/1/none": 404, "static/none": 404,
	} {
		if p := s.send("ana", path, nil); p.Code != status {
			t.Errorf("%s: %d, want %d", path, p.Code, status)
		}
	}
}

// TestProxyWithAnotherHost: over plain http, browsers name no site. The origin of Base is
// trusted, so that a proxy may send another Host; others are not.
func TestProxyWithAnotherHost(t *testing.T) {
	t.Parallel()
	for base, statuses := range map[string]map[string]int{
		"http://assets.example/a/review": {"http://assets.example": 303, "http://evil.example": 403, "https://assets.example": 403},
		"/a/review":                      {"http://assets.example": 403, "http://internal:8080": 303},
	} {
		for origin, status := range statuses {
			s := newSite(t, func(_ *assets.Config, o *review.Options) { o.Base = base })
			a := s.copyAsset("one")
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://internal:8080/a/review/"+string(a.ID)+"/decision", strings.NewReader(decisionForm(assets.ActionApprove, a).Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Test-Actor", "ana")
			r.Header.Set("Origin", origin)
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			if approved := s.current(a.ID).ApprovedVersion == 1; rec.Code != status || approved != (status == 303) {
				t.Errorf("base %s, origin %s: %d, approved %t", base, origin, rec.Code, approved)
			}
		}
	}
}

// TestTitles: the title of the document is text. What is written from right to left is
// isolated in it.
func TestTitles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeCopy, "<b>\u05d0\u05d1\u202e</b> & 1", assets.NewVersion{Text: "one"})
	title := regexp.MustCompile(`<title>([^<]*)</title>`)
	for path, want := range map[string]string{
		string(a.ID):                        "\u2068&lt;b&gt;\u05d0\u05d1\ufffd&lt;/b&gt; &amp; 1\u2069: version 1 · Assets",
		string(a.ID) + "/change?do=archive": "Archive “\u2068&lt;b&gt;\u05d0\u05d1\ufffd&lt;/b&gt; &amp; 1\u2069”? · Assets",
	} {
		if got := title.FindStringSubmatch(s.get(200, "ana", path).body); len(got) != 2 || got[1] != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
