package reviewpage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// checked is what a check of a page reports.
type checked struct {
	seen
	Status     int
	Violations []string
	Text       string
	Overflow   int
	Small      []string
	Moving     int
}

// screen is a page in one state.
type screen struct {
	name string
	path string
	who  string
	acts []map[string]string
}

// screens returns every page in its states.
func (s *site) screens() []screen {
	s.Helper()
	s.fill(6)
	mail := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 50))
	s.decide("ana", mail, assets.ActionApprove, "Good <b>start</b>.")
	s.decide("ben", mail, assets.ActionApprove, "")
	s.regenerate(mail.ID)
	hero := s.create(assets.TypeImage, "Hero", s.content(assets.TypeImage, 50))
	s.regenerate(hero.ID)
	film := s.create(assets.TypeVideo, "Film", s.content(assets.TypeVideo, 1))
	s.regenerate(film.ID)
	page := s.create(assets.TypeBundle, "Landing page", s.content(assets.TypeBundle, 50))
	s.regenerate(page.ID)
	deck := s.create(assets.TypeSlide, "Deck", s.content(assets.TypeSlide, 50))
	post := s.create(assets.TypeBlog, "Post", s.content(assets.TypeBlog, 50))
	sent := s.create(assets.TypeCopy, "Sent back", s.content(assets.TypeCopy, 51))
	s.decide("ana", sent, assets.ActionRequestChanges, "Shorter.")
	old := s.create(assets.TypeCopy, "Old", s.content(assets.TypeCopy, 52))
	s.decide("ana", old, assets.ActionArchive, "")
	out := s.create(assets.TypeCopy, "In force", s.content(assets.TypeCopy, 53))
	s.decide("ana", out, assets.ActionApprove, "")
	s.decide("ben", out, assets.ActionApprove, "")
	id := func(a *assets.Asset, more string) string { return string(a.ID) + more }
	press := func(key string) []map[string]string { return []map[string]string{{"press": key}} }
	return []screen{
		{"queue", "", "ana", nil},
		{"list", "?layout=list&group=none", "ana", nil},
		{"all", "?status=any&group=type", "ana", nil},
		{"selected", "", "ana", []map[string]string{{"click": ".pickable"}}},
		{"menu", "", "ana", []map[string]string{{"click": ".top .menu summary"}}},
		{"no match", "?q=plum", "ana", nil},
		{"empty", "?status=approved&campaign_id=none", "ana", nil},
		{"copy", id(mail, ""), "ana", nil},
		{"changes", id(mail, "?view=changes"), "ana", []map[string]string{{"click": ".changes summary"}}},
		{"split", id(mail, "?view=split"), "ana", nil},
		{"older", id(mail, "?version=1"), "ana", nil},
		{"request", id(mail, ""), "ana", press("r")},
		{"keys", id(mail, ""), "ana", press("?")},
		{"agent", id(mail, ""), "agent", nil},
		{"reader", id(mail, ""), "reader", nil},
		{"image", id(hero, ""), "ana", nil},
		{"side", id(hero, "?view=side"), "ana", nil},
		{"swipe", id(hero, "?view=swipe"), "ana", nil},
		{"difference", id(hero, "?view=difference"), "ana", nil},
		{"flip", id(hero, "?view=flip"), "ana", nil},
		{"facts", id(hero, "?view=facts"), "ana", nil},
		{"video", id(film, ""), "ana", nil},
		{"films", id(film, "?view=side"), "ana", nil},
		{"deck", id(deck, ""), "ana", nil},
		{"post", id(post, ""), "ana", nil},
		{"files", id(page, ""), "ana", nil},
		{"sent back", id(sent, ""), "ana", nil},
		{"archived", id(old, ""), "ana", nil},
		{"in force", id(out, ""), "ana", nil},
		{"withdraw", id(out, ""), "ana", []map[string]string{{"click": "[data-key=r]"}}},
		{"triage", "triage", "ana", nil},
		{"receipt", id(post, ""), "ben", []map[string]string{{"press": "a"}, {"press": "Enter"}, {"wait": ".receipt"}}},
		{"several", "", "ana", []map[string]string{{"click": ".pickable"}, {"click": ".picked .dark"}}},
		{"archive", id(mail, "/change?do=archive"), "ana", nil},
		{"link", id(mail, "/link?version=1"), "ana", nil},
		{"exports", "exports", "ana", nil},
		{"help", "help", "ana", nil},
		{"not found", "none", "ana", nil},
		{"no cursor", "?cursor=x", "ana", nil},
	}
}

// variant is how a page is looked at.
type variant struct {
	language string
	dark     bool
	width    int
}

// TestVolumeAccessibility: axe finds nothing on any page in any state, nothing is wider than
// the window, targets have 24 pixels, and nothing moves for those who do not want it.
// The ordinary run looks at each page in one of the ways, with ASSETS_TEST_ALL in all of
// them. With ASSETS_TEST_PICTURES pictures are written to that folder.
func TestVolumeAccessibility(t *testing.T) {
	t.Parallel()
	b := getBrowser(t)
	s := newSite(t, approval.Policy{Quorum: 2})
	variants := []variant{{"en", false, 1440}, {"de", true, 360}, {"ar", false, 360}, {"ar", true, 1440}, {"de", false, 1440}, {"en", true, 360}}
	for i, screen := range s.screens() {
		looks := variants[i%len(variants) : i%len(variants)+1]
		if everything() {
			looks = variants
		}
		for _, v := range looks {
			name := fmt.Sprintf("%s, %s, %d", screen.name, v.language, v.width)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				arguments := map[string]any{"url": s.url + screen.path, "who": screen.who, "acts": screen.acts, "language": v.language, "dark": v.dark, "width": v.width, "reduced": true}
				if folder := os.Getenv("ASSETS_TEST_PICTURES"); folder != "" {
					arguments["shot"] = filepath.Join(folder, strings.ReplaceAll(fmt.Sprintf("%s %s %v.png", name, map[bool]string{true: "dark", false: "light"}[v.dark], i), ", ", " "))
				}
				var got checked
				b.do(t, "check", arguments, &got)
				got.check(t, name)
				for _, v := range got.Violations {
					t.Error(v)
				}
				if got.Overflow > 0 || len(got.Small) > 0 || got.Moving > 0 {
					t.Errorf("%d pixels too wide, too small: %q, %d elements move", got.Overflow, got.Small, got.Moving)
				}
			})
		}
	}
}

// TestVolumeKeysCanBeSwitchedOff: a letter leads to the button and decides nothing, and after
// letters were switched off, they do nothing, also on the next page. The focus is never
// below the bar.
func TestVolumeKeysCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	b := getBrowser(t)
	s := newSite(t, approval.Policy{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	var got struct {
		seen
		First     struct{ Focus, Said string }
		Left, Off string
	}
	b.do(t, "letters", map[string]any{"url": s.url + string(a.ID), "who": "ana"}, &got)
	got.check(t, "letters")
	if got.First.Focus != "a" || got.First.Said != "Approve version 1? Press Enter to decide, Escape to step back." || got.Left == "a" || got.Off == "a" {
		t.Errorf("%+v", got)
	}
	var tabs struct {
		seen
		Hidden []string
		Stops  int
	}
	for range 12 {
		s.regenerate(a.ID)
	}
	b.do(t, "tab", map[string]any{"url": s.url + string(a.ID), "who": "ana", "width": 390}, &tabs)
	tabs.check(t, "tab")
	if len(tabs.Hidden) > 0 || tabs.Stops < 20 {
		t.Errorf("of %d stops hidden: %q", tabs.Stops, tabs.Hidden)
	}
}

// hostileText is what an agent may write anywhere.
const hostileText = `"><script>alert(1)</script><img src=x onerror=alert(2)>{{.By}}<svg onload=alert(3)>javascript:alert(4)` + "\u202Etxt.exe\u2066 '**approved by Ana** {version}"

// TestVolumeHostileAssets: titles, tags, comments, file names and contents do nothing.
func TestVolumeHostileAssets(t *testing.T) {
	t.Parallel()
	b := getBrowser(t)
	s := newSite(t, approval.Policy{})
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another origin was asked") }))
	t.Cleanup(evil.Close)
	text := hostileText + `<link rel=stylesheet href="` + evil.URL + `"><img src="` + evil.URL + `/i.png"><meta http-equiv=refresh content="0;url=` + evil.URL + `">`
	var paths []string
	for _, v := range []struct {
		kind assets.Type
		new  assets.NewVersion
	}{
		{assets.TypeCopy, assets.NewVersion{Text: text}},
		{assets.TypeCopy, assets.NewVersion{Text: text, MediaType: "text/html"}},
		{assets.TypeBlog, assets.NewVersion{Text: "# x\n\n" + text + "\n\n![i](" + evil.URL + "/x.png) [l](javascript:alert(5))"}},
		{assets.TypeImage, assets.NewVersion{Content: strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(6)"><script>alert(7)</script><image href="` + evil.URL + `/s.png"/></svg>`), MediaType: "image/svg+xml"}},
		{assets.TypeBundle, assets.NewVersion{Content: strings.NewReader("PK\x03\x04" + text)}},
	} {
		v.new.Submit, v.new.Filename = true, `"><script>alert(8)<script>.txt`
		v.new.Provenance = assets.Provenance{RunID: text[:200], Model: text[:200], TraceID: text[:100]}
		made, err := s.lib.Create(t.Context(), actor("agent"), assets.NewAsset{Type: v.kind, Title: hostileText, CampaignID: `"><img src=x onerror=alert(9)>`, Tags: assets.Tags{"k": {`"><svg onload=alert(10)>`}}, NewVersion: v.new})
		if err != nil {
			t.Fatal(err)
		}
		s.decide("ana", made.Asset, assets.ActionRequestChanges, text)
		paths = append(paths, string(made.ID), string(made.ID)+"/change?do=archive", string(made.ID)+"?view=page")
		if _, err := s.lib.AddVersion(t.Context(), actor("agent"), made.ID, assets.NewVersion{Text: text + "2", MediaType: "text/plain", Submit: true}); err == nil {
			paths = append(paths, string(made.ID)+"?view=changes", string(made.ID)+"?view=split")
		}
	}
	paths = append(paths, "", "?status=any&layout=list", "?q="+`%22%3E%3Cscript%3Ealert(1)%3C/script%3E`, "triage")
	for _, path := range paths {
		var got checked
		b.do(t, "check", map[string]any{"url": s.url + path, "who": "ana", "width": 360, "quick": true}, &got)
		got.check(t, path)
		if got.Overflow > 0 {
			t.Errorf("%s: %d pixels too wide", path, got.Overflow)
		}
	}
}

// TestVolumeOtherSites: a page of another site can neither frame the page nor send its forms.
func TestVolumeOtherSites(t *testing.T) {
	t.Parallel()
	b := getBrowser(t)
	s := newSite(t, approval.Policy{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	address := s.url + string(a.ID)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/frame" {
			_, _ = fmt.Fprintf(w, `<iframe src=%q></iframe>`, address)
			return
		}
		_, _ = fmt.Fprintf(w, `<form method="post" action="%s/decision"><input name="action" value="approve"><input name="version" value="1"><input name="sha256" value=%q></form><script>document.forms[0].submit()</script>`, address, a.Content.SHA256)
	}))
	t.Cleanup(evil.Close)
	other := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
	var got struct {
		seen
		Framed  []string
		Answers []int
	}
	b.do(t, "attack", map[string]any{"url": s.url, "who": "ana", "frames": other + "/frame", "posts": other + "/post"}, &got)
	if got.Error != "" || len(got.Answers) != 1 || got.Answers[0] != http.StatusForbidden && got.Answers[0] != http.StatusUnauthorized {
		t.Errorf("%+v", got)
	}
	for _, text := range got.Framed {
		if regexp.MustCompile(`Approve|Mail`).MatchString(text) {
			t.Errorf("the frame has %q", text)
		}
	}
	if now, err := s.lib.Get(t.Context(), actor("ana"), a.ID, assets.SelectCurrent); err != nil || now.ApprovedVersion != 0 {
		t.Errorf("approved: %+v, %v", now, err)
	}
}
