package review_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/10ex/assets"
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
