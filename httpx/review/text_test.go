package review_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestExactText: the text is shown as it is, line by line, and what cannot be seen is
// shown as its code point.
func TestExactText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("<b>one</b>  two\r\n\n\u202Ethree\u200D\u200B\u00AD\tend")
	p := s.get(200, "ana", string(a.ID))
	for _, want := range []string{
		`<p class="ln">&lt;b&gt;one&lt;/b&gt;  two</p><p class="ln">&#8203;</p>`,
		`<span class="ctl">U+202E</span>three` + "\u200D" + `<span class="ctl">U+200B</span><span class="ctl">U+00AD</span>` + "\tend",
	} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %q: %s", want, p.body[strings.Index(p.body, `class="text"`):])
		}
	}
	s.shows(p, "4 words")
}

func TestChangedLines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("same\nold words here\ngone\nend")
	s.add(a.ID, "same\nnew words here\nend")
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "1 line changed since version 1")
	if !strings.Contains(p.body, `<p class="ln turned">new words here</p>`) || !strings.Contains(p.body, `<p class="ln">same</p>`) {
		t.Errorf("the lines are not marked: %s", p.body)
	}
	p = s.get(200, "ana", string(a.ID)+"?view=changes")
	s.shows(p, "“old” became “new”", "The same changes as a list", "only in 1", "only in 2")
	p = s.get(200, "ana", string(a.ID)+"?view=changes&compare=9")
	s.shows(p, "The exact text of version 2") // there is nothing to compare with
}

// TestVolumeLongTexts: of a text that is too long the beginning is shown, and nobody can
// approve it without saying that they have looked at the rest.
func TestVolumeLongTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeCopy, "Long", assets.NewVersion{Text: strings.Repeat("é\n", 200<<10)})
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "Only the beginning is shown")
	if !mustLook.MatchString(p.body) || strings.Contains(p.body, "\uFFFD") && !strings.Contains(p.body, "<p class=\"ln\">\uFFFD</p>") {
		t.Error("it can be approved without a look")
	}
	short := s.add(a.ID, "short")
	s.shows(s.get(200, "ana", string(short.ID)+"?view=changes"), "These two cannot be compared here")
}
