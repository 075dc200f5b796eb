package review_test

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
)

// deck creates an asset with a content that not every browser shows.
func (s *site) deck() *assets.Asset {
	s.Helper()
	return s.create(assets.TypeSlide, "Deck", assets.NewVersion{Content: strings.NewReader("%PDF-1.7\n"), Filename: "d.pdf"})
}

// TestUnseenByAnyForm: that somebody has looked is asked for however the digest is written,
// and the box must be that of the version.
func TestUnseenByAnyForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.deck()
	upper := *a
	upper.Content.SHA256 = strings.ToUpper(a.Content.SHA256)
	for name, form := range map[string]url.Values{
		"an upper-case digest":       decisionForm(assets.ActionApprove, &upper),
		"the box of another version": decisionForm(assets.ActionApprove, a, "seen", "2"),
	} {
		if p := s.send("ana", string(a.ID)+"/decision", form); p.Code != 422 || s.current(a.ID).ApprovedVersion != 0 {
			t.Errorf("%s: %d %s", name, p.Code, p.text())
		}
	}
	if p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, &upper, "seen", "1")); p.Code != 303 || s.current(a.ID).ApprovedVersion != 1 {
		t.Errorf("who has looked: %d", p.Code)
	}
}

// TestUnseenButInEffect: an approval that is in effect, or that would be refused, needs no
// look. The page that asks for it has no box then.
func TestUnseenButInEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t, quorumOfTwo)
	a := s.deck()
	send := func(as string, more ...string) page {
		t.Helper()
		return s.send(as, string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a, more...))
	}
	receipt := func(p page) page {
		t.Helper()
		return s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./../"))
	}
	send("ana", "seen", "1")
	s.shows(receipt(send("ana")), "Your approval")
	send("ben", "seen", "1")
	s.shows(receipt(send("ana")), "Your approval of version 1 counts: 2 of 2")
	if n := len(s.current(a.ID).Reviews); n != 3 {
		t.Errorf("%d reviews", n)
	}
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
	for name, as := range map[string]string{"a draft": "ana", "an agent": "agent"} {
		if p := send(as); p.Code != 409 && p.Code != 403 {
			t.Errorf("%s: %d %s", name, p.Code, p.text())
		}
	}
}

var box = regexp.MustCompile(`<input [^>]*type="(?:checkbox|radio)"[^>]*name="(?:pick|seen|answer)"[^>]*>`)

// TestBoxesAreNotRestored: a browser that loads a page again, perhaps with another version,
// does not tick what was ticked before.
func TestBoxesAreNotRestored(t *testing.T) {
	t.Parallel()
	var opts review.Options
	s := newSite(t, withLinks, guestsDecide, func(_ *assets.Config, o *review.Options) { opts = *o })
	a := s.deck()
	b := s.copyAsset("one")
	_, token := s.invite(a, assets.LinkDecide)
	public := &site{t, s.lib, review.Public(s.lib, opts)}
	for name, tt := range map[string]struct {
		page  page
		boxes int
	}{
		"queue":   {s.get(200, "ana", ""), 2},
		"list":    {s.get(200, "ana", "?layout=list"), 2},
		"asset":   {s.get(200, "ana", string(a.ID)), 1},
		"triage":  {s.get(200, "ana", "triage"), 1},
		"several": {s.send("ana", "several", url.Values{"pick": {pickOf(a), pickOf(b)}}), 2},
		"guest":   {public.get(200, "", "link/"+token), 4},
	} {
		found := box.FindAllString(tt.page.body, -1)
		if len(found) != tt.boxes {
			t.Errorf("%s: %d boxes, want %d: %q", name, len(found), tt.boxes, found)
		}
		for _, b := range found {
			if !strings.Contains(b, `autocomplete="off"`) {
				t.Errorf("%s: a browser restores %s", name, b)
			}
		}
	}
	s.lacks(s.get(200, "ana", ""), `name="look"`)
}

// wavering refuses the first approval of a guest that it is asked about.
type wavering struct {
	approval.Policy
	asked *atomic.Int32
}

func (w wavering) Admit(by assets.Actor, r assets.Review) error {
	if by.Via == assets.ViaLink && r.Action == assets.ActionApprove && w.asked.Add(1) == 1 {
		return assets.Errorf(assets.ErrRefused, "not yet")
	}
	return w.Policy.Admit(by, r)
}

// TestGuestIsRefusedUnseen: an approval that was refused when the link was opened is not
// tried: nobody has asked whether the guest has looked.
func TestGuestIsRefusedUnseen(t *testing.T) {
	t.Parallel()
	w := wavering{approval.Policy{GuestsMayDecide: true}, new(atomic.Int32)}
	s := newGuestSite(t, func(c *assets.Config, _ *review.Options) { c.Approver = w })
	a := s.deck()
	_, token := s.invite(a, assets.LinkDecide)
	w.asked.Store(0)
	p := s.send("", "link/"+token, answerForm("approve", a, "comment", "Fine."))
	s.shows(p, "Nothing was recorded", "Fine.")
	if p.Code < 400 || s.current(a.ID).ApprovedVersion != 0 || w.asked.Load() != 1 {
		t.Errorf("%d, asked %d times, approved is version %d", p.Code, w.asked.Load(), s.current(a.ID).ApprovedVersion)
	}
	if p = s.send("", "link/"+token, answerForm("approve", a)); p.Code != 422 || s.current(a.ID).ApprovedVersion != 0 {
		t.Errorf("without a look: %d", p.Code)
	}
	if p = s.send("", "link/"+token, answerForm("approve", a, "seen", "1")); p.Code != 303 || s.current(a.ID).ApprovedVersion != 1 {
		t.Errorf("with a look: %d", p.Code)
	}
}

// TestSeveralUnseen: of several versions those are approved that the page has shown whole, and
// those of which somebody has said that they have looked at them.
func TestSeveralUnseen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	text, deck := s.copyAsset("one"), s.deck()
	long := s.create(assets.TypeCopy, "Long", assets.NewVersion{Text: strings.Repeat("long ", 9000)})
	video := s.create(assets.TypeVideo, "Video", assets.NewVersion{Content: bytes.NewReader([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42\x00\x00\x00\x08mdat")), Filename: "v.mp4"})
	all := []*assets.Asset{text, deck, long, video}
	var picks []string
	for _, a := range all {
		picks = append(picks, pickOf(a))
	}
	p := s.send("ana", "several", url.Values{"pick": picks})
	for i, a := range all {
		if got := strings.Contains(p.body, `name="seen" value="`+picks[i]+`"`); got != (a != text) {
			t.Errorf("%s: that somebody has looked can be said: %v", a.Title, got)
		}
	}
	picks[1] = strings.ReplaceAll(picks[1], deck.Content.SHA256, strings.ToUpper(deck.Content.SHA256))
	form := url.Values{"pick": picks, "confirm": {"1"}, "action": {"approve"}, "comment": {"Fine."}}
	p = s.send("ana", "several", form)
	s.shows(p, "1 approved, 3 not decided", "Deck: nothing was decided", "You have not said that you looked at version 1. Look at it first.", "Fine.")
	for _, a := range all {
		if got := s.current(a.ID).ApprovedVersion == 1; got != (a == text) {
			t.Errorf("%s is approved: %v", a.Title, got)
		}
	}
	form["pick"] = picks[1:2]
	s.shows(s.send("ana", "several", form), "0 approved, 1 not decided")
	if p = s.send("agent", "several", form); p.Code != 403 {
		t.Errorf("an agent: %d", p.Code)
	}
	form["pick"], form["seen"] = picks[2:3], []string{picks[1], picks[3]}
	s.shows(s.send("ana", "several", form), "2 approved, 1 not decided", "Long: nothing was decided")
	form["action"], form["seen"] = []string{"request_changes"}, nil
	s.shows(s.send("ana", "several", form), "Changes to 1 requested, 0 not decided")
}
