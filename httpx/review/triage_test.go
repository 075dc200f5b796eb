package review_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// form returns the hidden fields of the form for approving.
func (p page) form() url.Values {
	_, markup, _ := strings.Cut(p.body, `id="approve">`)
	markup, _, _ = strings.Cut(markup, "</form>")
	form := url.Values{}
	for _, f := range hiddenField.FindAllStringSubmatch(markup, -1) {
		form.Add(f[1], strings.ReplaceAll(f[2], "&amp;", "&"))
	}
	return form
}

// TestTriage: from the first to the last, each one is decided about or skipped once. One
// that was regenerated meanwhile is refused, shown with what changed, and comes again.
func TestTriage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var ids []assets.ID
	for i := range 5 {
		ids = append(ids, s.copyAsset(fmt.Sprint("text ", i)).ID)
	}
	path := "triage?type=copy"
	for i, id := range ids {
		p := s.get(200, "ana", path)
		s.shows(p, fmt.Sprintf("%d of 5", i+1), fmt.Sprint("text ", i), "Publishers get now", "Skip")
		switch i {
		case 1: // skip
			_, skip, _ := strings.Cut(p.body, `<a class="btn big plain" href="./`)
			skip, _, _ = strings.Cut(skip, `"`)
			path = strings.ReplaceAll(skip, "&amp;", "&")
			continue
		case 2: // regenerated between look and click
			form := p.form()
			s.add(id, "another text")
			refused := s.send("ana", string(id)+"/decision", form)
			s.shows(refused, "Nothing was decided", "Look at version 2")
			if refused.Code != 409 {
				t.Fatalf("%d", refused.Code)
			}
			_, look, _ := strings.Cut(refused.body, `<form method="post" action="./../`)
			look, _, _ = strings.Cut(look, `"`)
			p = s.send("ana", strings.ReplaceAll(look, "&amp;", "&"), url.Values{"comment": {"kept"}})
			s.shows(p, "another text", "3 of 5", "kept", "Approve version 2")
		}
		if notices := strings.Count(p.body, `<p class="did quiet small" role="status" data-announce>Recorded:`); i != 2 && notices != min(i/3, 1) {
			t.Errorf("%d: %d notices", i, notices)
		}
		p = s.send("ana", string(id)+"/decision", p.form())
		if p.Code != 303 {
			t.Fatalf("%d: %d %s", i, p.Code, p.text())
		}
		path = strings.TrimPrefix(p.Header().Get("Location"), "./../")
	}
	if end := s.get(200, "ana", path); strings.Count(end.body, `role="status" data-announce>`) != 1 {
		t.Error("what was recorded last is not announced")
	}
	s.shows(s.get(200, "ana", path), "That was the last one", "You looked at 5 assets", "Recorded: your approval of version 1.")
	for i, id := range ids {
		a := s.current(id)
		if want := map[int]assets.Number{1: 0, 2: 2}; a.ApprovedVersion != map[bool]assets.Number{true: want[i], false: 1}[i == 1 || i == 2] {
			t.Errorf("%d: approved is version %d", i, a.ApprovedVersion)
		}
	}
	s.shows(s.get(200, "ana", "triage?type=video"), "That was the last one")
}

// TestUncounted: where counting takes too long there are no numbers, rather than wrong
// ones.
func TestUncounted(t *testing.T) {
	t.Parallel()
	c := &countingStore{}
	s := newSite(t, func(cfg *assets.Config, _ *review.Options) { c.Store, cfg.Store = cfg.Store, c })
	for i := range 3 {
		s.copyAsset(fmt.Sprint("text ", i))
	}
	s.shows(s.get(200, "ana", "triage"), "1 of 3")
	c.uncounted = true
	p := s.get(200, "ana", "triage")
	s.shows(p, "Number 1", "Skip")
	s.lacks(p, "1 of", "<progress")
	queue := s.get(200, "ana", "")
	s.shows(queue, "Waiting for review", "Review one by one")
	s.lacks(queue, `class="n"`, `class="num"`)
	c.uncounted = false
	if next := p.form(); next.Get("of") != "0" {
		t.Errorf("the next one is of %q", next.Get("of"))
	}
	s.shows(s.get(200, "ana", "triage?done=1&of=0"), "Number 2")
	s.shows(s.get(200, "ana", "triage?done=1&of=4000"), "2 of many")
}
