package reviewpage_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeMounts: the page works below a path, and behind an nginx that strips that path,
// of which the page then knows nothing.
func TestVolumeMounts(t *testing.T) {
	t.Parallel()
	for mount, stripped := range map[string]bool{"net/http": false, "nginx that strips the prefix": true} {
		for name, test := range map[string]func(*testing.T, *site){
			"keyboard": decidesByKeyboard, "forms": decidesByForms, "sign-in": signsIn, "several": decidesSeveral,
			"every type": showsEveryType, "change": changesAsset, "news": tellsNews, "back": refusesOldForms,
		} {
			t.Run(mount+"/"+name, func(t *testing.T) {
				t.Parallel()
				getBrowser(t)
				test(t, newSite(t, plan{stripped: stripped}))
			})
		}
	}
}

func decidesByKeyboard(t *testing.T, s *site) {
	s.fill(7)
	s.checkApprovals(s.open(t, setting{who: "Mara"}).triage("keys", 3, false), 7)
}

func decidesByForms(t *testing.T, s *site) {
	s.fill(7)
	s.checkApprovals(s.open(t, setting{who: "Mara", noScripts: true}).triage("mouse", 3, false), 7)
}

// signsIn: who is not signed in comes back to where they were, and after a lost session
// with the words that they had typed.
func signsIn(t *testing.T, s *site) {
	a := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{})
	p.visit(string(a.ID) + "?view=text")
	signIn := func() {
		p.fill("#key", "tnx_Mara")
		p.clickTo("form .dark")
	}
	signIn()
	if got := p.look(); got.URL != s.url+string(a.ID)+"?view=text" || got.Version != 1 {
		t.Fatalf("signing in leads to %s: %s", got.URL, got.Text)
	}
	p.press("r")
	p.do("check", map[string]any{"on": "#ask [value=tone]"}, nil)
	p.fill("#why", "Shorter.")
	p.become("")
	p.clickTo("#ask .dark")
	p.shows("You are not signed in", "Nothing was decided.")
	p.clickTo("main .acts a")
	signIn()
	p.press("r")
	p.clickTo("#ask .dark")
	if got := s.get(a.ID).LastReview; got.Action != assets.ActionRequestChanges || got.Comment != "Tone: Shorter." || got.By != "Mara" {
		t.Errorf("recorded: %+v", got)
	}
}

// decidesSeveral: of several at once, the one that is overtaken is left undecided and
// named.
func decidesSeveral(t *testing.T, s *site) {
	s.fill(3)
	p := s.open(t, setting{who: "Mara"})
	p.visit("")
	for i := range 3 {
		p.click(".pickable >> nth=" + itoa(i))
	}
	p.clickTo(".picked .dark")
	for i := range 3 { // what the page could not show is not included
		p.do("check", map[string]any{"on": ".it [type=checkbox] >> nth=" + itoa(i)}, nil)
	}
	overtaken := s.find("Asset 1")
	s.regenerate(overtaken.ID)
	p.clickTo("[data-key=a]")
	p.shows("2 approved, 1 not decided", "Asset 1: nothing was decided", "Version 2 arrived while you were looking at version 1.", "Asset 0: version 1 is approved")
	for _, title := range []string{"Asset 0", "Asset 1", "Asset 2"} {
		if a := s.find(title); (a.ApprovedVersion == 1) == (a.ID == overtaken.ID) {
			t.Errorf("%s: version %d is approved", title, a.ApprovedVersion)
		}
	}
	p.clickTo("main .note.no .acts a")
	if got := p.look(); got.Version != 2 {
		t.Errorf("the result leads to %s", got.URL)
	}
}

// showsEveryType: the contents of all types arrive, and are what is stored.
func showsEveryType(t *testing.T, s *site) {
	s.fill(6)
	p := s.open(t, setting{who: "Mara"})
	for a, err := range s.lib.All(t.Context(), actor("Ana"), assets.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		p.visit(string(a.ID))
		if got := p.content(); !s.shows(got, s.get(a.ID)) {
			t.Errorf("a %s is shown as %q", a.Type, got)
		}
	}
	p.visit("?layout=list&type=image")
	p.wait(".what img")
	p.visit("?layout=list")
	p.clickTo(".list .open")
	p.clickTo("[data-key=j]")
	p.clickTo(".crumb [data-key=u]")
	if got := p.look(); got.URL != s.url+"?layout=list" {
		t.Errorf("the way back leads to %s", got.URL)
	}
}

// changesAsset: tags, archive and reopening lead back to the asset.
func changesAsset(t *testing.T, s *site) {
	a := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara"})
	p.visit(string(a.ID))
	p.click("#tags ~ .more summary")
	p.fill("#tag-key", "channel")
	p.fill("#tag-value", "mail")
	p.clickTo(".addtag .btn")
	p.shows("channel: mail")
	p.click(".titled .menu summary")
	p.clickTo(".titled .menu a[href*=archive]")
	p.clickTo("form .dark")
	p.shows("is archived")
	p.clickTo(".decide .go button")
	p.visit(string(a.ID))
	if got := s.get(a.ID); got.Status != assets.StatusDraft || !slices.Equal(got.Tags["channel"], []string{"mail"}) {
		t.Errorf("%s, %v", got.Status, got.Tags)
	}
}

// tellsNews: a page that is open says that a newer version has arrived, and can then not
// approve the one on the screen.
func tellsNews(t *testing.T, s *site) {
	a := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara", news: true})
	p.visit(string(a.ID))
	s.regenerate(a.ID)
	p.wait("#news:not([hidden])")
	const why = "Version 2 has arrived. What is on the screen can no longer be approved."
	p.checkDisabled([]string{"Approve version 1"}, why)
	p.clickTo("#news a")
	if got := p.look(); got.Version != 2 {
		t.Errorf("the news lead to %s", got.URL)
	}
}

// refusesOldForms: the form of a page that the back button brings back is refused in
// words, and nothing is recorded.
func refusesOldForms(t *testing.T, s *site) {
	a := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara"})
	p.visit(string(a.ID))
	p.clickTo(".brand")
	s.regenerate(a.ID)
	p.backTo()
	if got := p.look(); got.Version != 1 {
		t.Fatalf("the back button shows version %d", got.Version)
	}
	p.approve("keys", false)
	p.shows("Nothing was decided", "You approved version 1, but version 2 arrived")

	p.pressTo("o")
	p.press("r")
	p.fill("#why", "Shorter.")
	p.clickTo("#ask .dark")
	p.shows("Changes to version 2 are requested")
	p.backTo()
	s.decide("Ben", s.get(a.ID), assets.ActionArchive, "")
	p.approve("keys", false)
	p.shows("Nothing was decided", "The asset has changed since you looked")
	if got := s.get(a.ID); got.ApprovedVersion != 0 || got.LastReview.Action != assets.ActionArchive {
		t.Errorf("%+v", got.LastReview)
	}
	if got := p.close(); !slices.Equal(got.Posts[len(got.Posts)-1:], []int{http.StatusConflict}) {
		t.Errorf("the forms had the statuses %v", got.Posts)
	}
}
