package review_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// reserving sends a request, and returns how much memory is reserved while the page is sent.
func (s *site) reserving(as, path string, form url.Values) (p page, reserved int64) {
	s.Helper()
	observed := *s
	observed.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handler.ServeHTTP(beginning{w, func() { reserved = s.lib.Stats().Work.Reserved }}, r)
	})
	return observed.send(as, path, form), reserved
}

// TestSeveralTextsAreBounded: of several texts the page shows as many as fit. The others have
// to be looked at elsewhere. What is shown is reserved, as the longest that it may become.
func TestSeveralTextsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := url.Values{}
	for range 34 {
		form.Add("pick", pickOf(s.copyAsset(strings.Repeat("\x01", assets.MaxShortText))))
	}
	p, reserved := s.reserving("ana", "several", form)
	if p.Code != 200 || len(p.body) > 20<<20 || reserved < 2*int64(len(p.body)) {
		t.Errorf("%d: a page of %d bytes, for which %d are reserved", p.Code, len(p.body), reserved)
	}
	if shown, others := strings.Count(p.body, `name="pick"`), strings.Count(p.body, `name="seen"`); shown != 32 || others != 2 {
		t.Errorf("%d are shown, and %d are not", shown, others)
	}
	s.shows(p, "Look at it before you include it.")

	form["listed"], form["confirm"], form["action"] = form["pick"], []string{"1"}, []string{"approve"}
	form["pick"] = form["pick"][31:] // the last one that was shown, and the others
	s.shows(s.send("ana", "several", form), "1 approved, 2 not decided", "You have not said that you looked at version 1.")
}

// TestChangesAreReserved: a change is on the page twice, in the text and in the list.
func TestChangesAreReserved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset(strings.Repeat("\x01", 64<<10))
	s.add(a.ID, strings.Repeat("\x02", 64<<10))
	if p, reserved := s.reserving("ana", string(a.ID)+"?view=changes", nil); p.Code != 200 || reserved < 2*int64(len(p.body)) {
		t.Errorf("%d: a page of %d bytes, for which %d are reserved", p.Code, len(p.body), reserved)
	}
}
