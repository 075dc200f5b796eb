package review_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

var keepField = regexp.MustCompile(`<textarea id="(\w+)"[^>]* data-keep="([^"]*)"`)

// keepKey returns the key under which a browser keeps what is typed into a field.
func (p page) keepKey(field string) string {
	for _, found := range keepField.FindAllStringSubmatch(p.body, -1) {
		if found[1] == field {
			return found[2]
		}
	}
	return ""
}

// TestWordsAreKeptUntilRecorded: the key under which a browser keeps a comment is another one
// once a comment is recorded. The page that follows the record has the one before forgotten, and
// no other one, also if it is loaded again after somebody has typed more.
func TestWordsAreKeptUntilRecorded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		field, path string
		form        func(*assets.Asset) url.Values
	}{
		"remark": {"remark", "/comment", func(*assets.Asset) url.Values { return url.Values{"version": {"1"}, "comment": {"Fine."}} }},
		"request": {"why", "/decision", func(a *assets.Asset) url.Values {
			return decisionForm(assets.ActionRequestChanges, a, "comment", "Shorter.")
		}},
		"request in triage": {"why", "/decision", func(a *assets.Asset) url.Values {
			return decisionForm(assets.ActionRequestChanges, a, "comment", "Shorter.", "triage", "1", "of", "1")
		}},
	} {
		s := newSite(t)
		a := s.copyAsset("one")
		keep := func(as string) string { return s.get(200, as, string(a.ID)).keepKey(tt.field) }
		before := keep("ana")
		if _, err := s.lib.Comment(t.Context(), actors["ben"], a.ID, assets.NewComment{Version: 1, Text: "Fine."}); err != nil {
			t.Fatal(err)
		}
		if keep("ana") != before || before == "" {
			t.Errorf("%s: a comment of somebody else changes the key", name)
		}
		p := s.send("ana", string(a.ID)+tt.path, tt.form(a))
		next, _, _ := strings.Cut(strings.TrimPrefix(p.Header().Get("Location"), "./../"), "#")
		for range 2 {
			if p := s.get(200, "ana", next); !strings.Contains(p.body, `data-recorded="`+before+`"`) {
				t.Errorf("%s: %s: %.600s", name, next, p.body)
			}
		}
		s.add(a.ID, "two")
		if now := keep("ana"); now == before || now == "" {
			t.Errorf("%s: the key is %q, as before", name, now)
		}
	}
}

// TestWordsAreKeptByPerson: the keys tell people and workspaces apart, on every page with a field.
func TestWordsAreKeptByPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	seen := map[string]string{}
	for _, as := range []string{"ana", "ben", "ana"} {
		for name, p := range map[string]page{
			"asset": s.get(200, as, string(a.ID)), "triage": s.get(200, as, "triage"), "archive": s.get(200, as, string(a.ID)+"/change?do=archive"),
			"several": s.send(as, "several", url.Values{"pick": {pickOf(a)}}),
		} {
			key := p.keepKey("why")
			if other, known := seen[key]; known && other != as || key == "" || strings.Contains(key, as) {
				t.Errorf("%s: %s has the key %q of %s", name, as, key, other)
			}
			seen[key] = as
		}
	}
	if len(seen) != 6 { // of three fields, by two people
		t.Errorf("%d keys: %v", len(seen), seen)
	}
}

// TestNoticesNeedRecords: an address does not make a page say that something was recorded, and
// has no words forgotten.
func TestNoticesNeedRecords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.copyAsset("one"), s.copyAsset("two")
	s.copyAsset("three")
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
	s.decide("ana", b.ID, assets.Decision{Action: assets.ActionApprove})
	at := func(did string, id assets.ID, version string) string {
		return "triage?did=" + did + "&was=" + string(id) + "&version=" + version
	}
	for path, shows := range map[string]bool{
		at("request_changes", a.ID, "1"): false, at("approve", a.ID, "1"): false, at("approve", b.ID, "2"): false, at("already", b.ID, "2"): false, at("comment", b.ID, "1"): false,
		at("approve", "019aa0a4-0000-7000-8000-000000000000", "1"): false, "triage?did=approve&version=1": false, "exports?made=1": false,
		at("approve", b.ID, "1"): true, at("already", a.ID, "1"): true,
	} {
		p := s.get(200, "ana", path)
		if strings.Contains(p.text(), "Recorded:") || strings.Contains(p.text(), "Nothing was recorded for you") || strings.Contains(p.text(), "The export is complete") || strings.Contains(p.body, "data-recorded") {
			if !shows {
				t.Errorf("%s: %s", path, p.text())
			}
		} else if shows {
			t.Errorf("%s says nothing: %s", path, p.text())
		}
	}
}
