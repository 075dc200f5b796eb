package reviewpage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeOtherSites: a page of another site can neither frame the page, its contents
// and its sign-in, nor send its forms, also not in a new window or by a script.
func TestVolumeOtherSites(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	address := s.url + string(a.ID)
	fields := fmt.Sprintf(`<input name="action" value="approve"><input name="version" value="1"><input name="sha256" value=%q><input name="confirm" value="1"><input name="pick" value="%s:1:%s">`, a.Content.SHA256, a.ID, a.Content.SHA256)
	form := func(path, attributes string) string {
		return fmt.Sprintf(`<form method="post" action=%q %s>%s</form><script>document.forms[0].submit()</script>`, s.url+path, attributes, fields)
	}
	pages := map[string]string{
		"/frame":    fmt.Sprintf(`<iframe src=%q></iframe><iframe src=%q></iframe><iframe src="%s/versions/1/content"></iframe><iframe src="%s/versions/1/preview"></iframe><iframe src="%ssign-in"></iframe>`, s.url, address, address, address, s.url),
		"/decision": form(string(a.ID)+"/decision", ""),
		"/several":  form("several", ""),
		"/plain":    form(string(a.ID)+"/decision", `enctype="text/plain"`),
		"/fetch":    fmt.Sprintf(`<script>fetch("%s/decision", {method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({action: "approve", version: 1, sha256: %q})})</script>`, address, a.Content.SHA256),
	}
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, `<link rel="icon" href="data:,">`+pages[r.URL.Path])
	}))
	t.Cleanup(evil.Close)
	// Another origin of the same site, whose requests have the cookies, and another site.
	for _, host := range []string{"127.0.0.1", "localhost"} {
		p := s.open(t, setting{who: "Mara"})
		p.attacks = true
		origin := strings.Replace(evil.URL, "127.0.0.1", host, 1)
		p.visitURL(origin + "/frame")
		var got struct{ Texts []string }
		p.do("frames", nil, &got)
		for _, text := range got.Texts {
			if regexp.MustCompile(`Approve|Mail|Spring|Sign in`).MatchString(text) {
				t.Errorf("a frame on %s has %q", host, text)
			}
		}
		if len(got.Texts) != 5 {
			t.Errorf("%d frames", len(got.Texts))
		}
		for _, path := range []string{"/decision", "/several", "/plain", "/fetch"} {
			p.visitURL(origin + path)
			p.do("settle", nil, nil)
		}
		posts := p.close().Posts
		if len(posts) != 4 || slices.ContainsFunc(posts, func(status int) bool { return status != http.StatusForbidden && status != http.StatusUnauthorized }) {
			t.Errorf("forms on %s had the statuses %v", host, posts)
		}
	}
	if now := s.get(a.ID); now.LastReview.Action != assets.ActionSubmit {
		t.Errorf("recorded: %+v", now.LastReview)
	}
}

// TestVolumeLinksFromElsewhere: who follows a link from a chat arrives signed in.
func TestVolumeLinksFromElsewhere(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<link rel="icon" href="data:,"><a href="%s%s">review</a>`, s.url, a.ID)
	}))
	t.Cleanup(chat.Close)
	p := s.open(t, setting{who: "Mara"})
	p.attacks = true // the chat is another origin
	p.visitURL(strings.Replace(chat.URL, "127.0.0.1", "localhost", 1))
	p.clickTo("a")
	p.shows("You decide about")
}
