package review_test

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// markup ends an attribute and an element, and begins a script. What follows turns the
// direction of a text.
const markup = `"'></textarea></title><img src=x onerror=alert(1)><script>alert(1)</script>{{.}}` + "\u202e\u2066"

// sentence matches what fill makes of a value.
var sentence = regexp.MustCompile(`<bdi>[^<]*</bdi>`)

// TestHostileWords: titles, tags, comments, names of files and contents are text on every
// page, whatever they contain, and turn no sentence of the page.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := []*assets.Asset{
		s.create(assets.TypeCopy, markup, assets.NewVersion{Text: "javascript:alert(1) " + markup, Provenance: assets.Provenance{Model: markup, Parameters: []byte(`{"a":"</script><script>alert(1)</script>"}`)}}),
		s.create(assets.TypeBlog, markup, assets.NewVersion{Content: strings.NewReader("# x\n\n[a](javascript:alert(1)) " + markup), MediaType: "text/markdown", Filename: "p.md"}),
		s.create(assets.TypeImage, markup, assets.NewVersion{Content: bytes.NewReader(pngOf(t, 3, 3)), Filename: `"'><img src=x onerror=alert(1)>.png`}),
		s.create(assets.TypeBundle, markup, assets.NewVersion{Content: bytes.NewReader(zipOf(t, markup+".txt", markup, "javascript:alert(1).png", "x")), Filename: "f.zip"}),
		s.create(assets.TypeBundle, markup, assets.NewVersion{Content: strings.NewReader(markup), MediaType: "application/octet-stream", Filename: "f.html"}),
	}
	picks := url.Values{}
	paths := []string{"", "?layout=list&status=any", "?q=" + url.QueryEscape(markup), "?tag=" + url.QueryEscape("k:"+markup), "exports?run_id=" + url.QueryEscape(`"'><img src=x onerror=alert(1)>`), "triage"}
	for i, a := range made {
		if _, err := s.lib.Edit(t.Context(), actors["ana"], a.ID, assets.Edit{Tags: assets.Tags{"k": {markup}}}); err != nil {
			t.Fatal(err)
		}
		s.decide("ana", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: markup})
		in := assets.NewVersion{Text: "newer " + markup, Submit: true}
		if a.Type != assets.TypeCopy {
			in.Text, in.Content, in.MediaType, in.Filename = "", bytes.NewReader(zipOf(t, "a", "b")), "application/zip", "g.zip"
		}
		if a.Type == assets.TypeCopy || a.Type == assets.TypeBundle {
			if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, in); err != nil {
				t.Fatal(err)
			}
		}
		id := string(a.ID)
		paths = append(paths, id, id+"?version=1", id+"?view=changes", id+"?view=split", id+"?view=facts", id+"/change?do=rollback&version=1", id+"/change?do=archive", id+"/link?version=1",
			id+"/decided?action=request_changes&version=1", "triage?at="+id)
		picks.Add("pick", pickOf(made[i]))
	}
	check := func(name string, p page) {
		t.Helper()
		if p.Code >= 500 || p.Code == 404 {
			t.Errorf("%s: %d", name, p.Code)
		}
		for _, raw := range []string{`"'>`, "<img src=x", "<script>", "href=\"javascript", "src=\"javascript"} {
			if i := strings.Index(p.body, raw); i >= 0 {
				t.Errorf("%s has %s: %s", name, raw, p.body[max(0, i-100):i+50])
			}
		}
		for _, found := range sentence.FindAllString(p.body, -1) {
			if strings.ContainsAny(found, "\u202e\u2066") {
				t.Errorf("%s: a sentence is turned: %q", name, found)
			}
		}
	}
	for _, path := range paths {
		check(path, s.send("ana", path, nil))
	}
	check("several", s.send("ana", "several", picks))
	picks.Set("confirm", "1")
	picks.Set("action", "request_changes")
	check("nothing typed", s.send("ana", "several", picks))
	picks.Set("comment", markup)
	check("results", s.send("ana", "several", picks))
	for _, form := range []url.Values{
		decisionForm(assets.ActionApprove, made[0], "comment", markup, "reason", markup),
		decisionForm(assets.ActionRequestChanges, s.current(made[0].ID), "comment", markup, "campaign_id", markup, "revision", "1"),
		decisionForm(assets.ActionRequestChanges, s.current(made[0].ID), "comment", " ", "group", markup),
		{"action": {markup}, "version": {"1"}, "sha256": {markup}, "comment": {markup}},
	} {
		check("a decision", s.send("ana", string(made[0].ID)+"/decision", form))
	}
}
