package review_test

import (
	"bytes"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
)

func TestOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	source := s.copyAsset("facts")
	a := s.create(assets.TypeImage, "Hero", assets.NewVersion{Content: strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"/>`), MediaType: "image/svg+xml", Provenance: assets.Provenance{
		AgentSlug: "art-director", RunID: "run-1", TraceID: "trace-1", BrandID: "lund", BriefID: "brief-1", Model: "easel-1", Parameters: []byte(`{"seed":7}`),
		DerivedFrom: []assets.Ref{{AssetID: source.ID, Version: 1}}, Inputs: []assets.Input{{Kind: "palette", ID: "p-1"}}, SourceType: "trainedAlgorithmicMedia",
	}})
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "The agent art-director drew this.", "The model was easel-1.", "It comes from run run-1.", "It is for campaign spring.", "It was made for brand lund.", "It answers brief brief-1.",
		"It started from Tagline", "It used palette p-1.", "Its digital source type is trainedAlgorithmicMedia: made by AI.", "trace-1", `{"seed":7}`, a.Content.SHA256)
	if !strings.Contains(p.body, `<a href="./`+string(source.ID)+`?version=1">`) {
		t.Error("there is no link to what it started from")
	}
}

// TestFactsAreCompared: parameters that both versions have are no difference.
func TestFactsAreCompared(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	version := func(size int, parameters string) assets.NewVersion {
		return assets.NewVersion{Content: bytes.NewReader(pngOf(t, size, 9)), Filename: "p.png", Provenance: assets.Provenance{Parameters: []byte(parameters)}}
	}
	a := s.create(assets.TypeImage, "Hero", version(8, `{"seed":7}`))
	for n, parameters := range []string{`{"seed":7}`, `{"seed":8}`} {
		if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, version(9+n, parameters)); err != nil {
			t.Fatal(err)
		}
	}
	row := func(changed string) string { return `<td>{&#34;seed&#34;:7}</td><td>` + changed + `</td>` }
	for version, want := range map[string]string{"2": row(`{&#34;seed&#34;:7}`), "3": row(`<span class="chg mod">{&#34;seed&#34;:8}</span>`)} {
		if p := s.get(200, "ana", string(a.ID)+"?view=facts&compare=1&version="+version); !strings.Contains(p.body, want) {
			t.Errorf("version %s: %s", version, p.body)
		}
	}
}

// TestConflictShowsEveryField: an approval binds all of a version, not its content alone. The
// page about a conflict, and every comparison, shows the one field that has changed.
func TestConflictShowsEveryField(t *testing.T) {
	t.Parallel()
	whole := func() assets.NewVersion {
		return assets.NewVersion{Submit: true, Text: "one", Filename: "a.txt", MediaType: "text/plain", Provenance: assets.Provenance{
			AgentSlug: "old-agent", RunID: "old-run", TraceID: "old-trace", BrandID: "old-brand", BriefID: "old-brief", Model: "old-model", Parameters: []byte(`{"old":1}`),
			Inputs: []assets.Input{{Kind: "old-kind", ID: "old-input"}}, SourceType: "trainedAlgorithmicMedia",
		}}
	}
	for name, tt := range map[string]struct {
		change   func(*assets.NewVersion)
		old, now string
	}{
		"media type":  {func(v *assets.NewVersion) { v.MediaType = "text/markdown" }, "text/plain", "text/markdown"},
		"file name":   {func(v *assets.NewVersion) { v.Filename = "b.txt" }, "a.txt", "b.txt"},
		"agent":       {func(v *assets.NewVersion) { v.Provenance.AgentSlug = "new-agent" }, "old-agent", "new-agent"},
		"run":         {func(v *assets.NewVersion) { v.Provenance.RunID = "new-run" }, "old-run", "new-run"},
		"trace":       {func(v *assets.NewVersion) { v.Provenance.TraceID = "new-trace" }, "old-trace", "new-trace"},
		"brand":       {func(v *assets.NewVersion) { v.Provenance.BrandID = "new-brand" }, "old-brand", "new-brand"},
		"brief":       {func(v *assets.NewVersion) { v.Provenance.BriefID = "new-brief" }, "old-brief", "new-brief"},
		"model":       {func(v *assets.NewVersion) { v.Provenance.Model = "new-model" }, "old-model", "new-model"},
		"parameters":  {func(v *assets.NewVersion) { v.Provenance.Parameters = []byte(`{"new":1}`) }, `{"old":1}`, `{"new":1}`},
		"inputs":      {func(v *assets.NewVersion) { v.Provenance.Inputs[0].ID = "new-input" }, "old-kind old-input", "old-kind new-input"},
		"source type": {func(v *assets.NewVersion) { v.Provenance.SourceType = "digitalCapture" }, "trainedAlgorithmicMedia", "digitalCapture"},
		"disclosure":  {func(v *assets.NewVersion) { v.Provenance.SourceType = "digitalCapture" }, "made by AI", "captured"},
		"undeclared":  {func(v *assets.NewVersion) { v.Provenance.SourceType = "" }, "made by AI", ""},
		"derived":     {func(v *assets.NewVersion) { v.Provenance.DerivedFrom = []assets.Ref{{Version: 1}} }, "", ""},
	} {
		s := newSite(t)
		a := s.create(assets.TypeBlog, "Post", whole())
		next := whole()
		tt.change(&next)
		if next.Provenance.DerivedFrom != nil {
			next.Provenance.DerivedFrom[0].AssetID = a.ID
			tt.now = string(a.ID) + " v1"
		}
		if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, next); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		row := "<td>" + html.EscapeString(tt.old) + `</td><td><span class="chg mod">` + html.EscapeString(tt.now) + "</span></td>"
		conflict := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a))
		s.shows(conflict, "What else differs", "have the same content, to the byte")
		for view, p := range map[string]page{
			"conflict": conflict, "changes": s.get(200, "ana", string(a.ID)+"?view=changes"), "split": s.get(200, "ana", string(a.ID)+"?view=split"),
			"facts": s.get(200, "ana", string(a.ID)+"?view=facts"), "page": s.get(200, "ana", string(a.ID)+"?view=page&compare=1"),
		} {
			if !strings.Contains(p.body, row) {
				t.Errorf("%s, %s: the page lacks %s: %s", name, view, row, p.text())
			}
		}
	}
}

// TestDisclosureIsShown: every page on which something can be approved says how it was made,
// and if the policy requires that and it is not known, that it is not.
func TestDisclosureIsShown(t *testing.T) {
	t.Parallel()
	for want, sourceType := range map[string]string{"made by AI": "trainedAlgorithmicMedia", "not declared how it was made": ""} {
		var opts review.Options
		s := newSite(t, withLinks, guestsDecide, func(c *assets.Config, o *review.Options) {
			c.Approver = approval.Policy{GuestsMayDecide: true, RequireDisclosure: true}
			opts = *o
		})
		create := func() *assets.Asset {
			return s.create(assets.TypeCopy, "Tagline", assets.NewVersion{Text: "one", Provenance: assets.Provenance{SourceType: sourceType}})
		}
		a, b := create(), create()
		_, token := s.invite(b, assets.LinkDecide)
		add := assets.NewVersion{Text: "two", Submit: true, Provenance: assets.Provenance{SourceType: sourceType}}
		if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, add); err != nil {
			t.Fatal(err)
		}
		public := &site{t, s.lib, review.Public(s.lib, opts)}
		for name, p := range map[string]page{
			"asset": s.get(200, "ana", string(a.ID)), "triage": s.get(200, "ana", "triage"),
			"several":  s.send("ana", "several", url.Values{"pick": {pickOf(b)}}),
			"conflict": s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a)),
			"rollback": s.get(200, "ana", string(a.ID)+"/change?do=rollback&version=1"),
			"guest":    public.get(200, "", "link/"+token),
		} {
			if !strings.Contains(p.text(), want) {
				t.Errorf("%s: the page lacks %q: %s", name, want, p.text())
			}
		}
	}
}
