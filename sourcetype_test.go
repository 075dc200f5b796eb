package assets_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// TestSourceType: a new version has a code of the IPTC's digital source types, given as
// the code or as its URI, or none; anything else is a field error.
func TestSourceType(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	by := assetstest.User("w", "ann")
	create := func(sourceType string) (assets.Written, error) {
		return lib.Create(t.Context(), by, assets.NewAsset{
			Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x", Provenance: assets.Provenance{SourceType: sourceType}},
		})
	}
	for _, code := range assets.SourceTypes() {
		for _, given := range []string{code, "http://cv.iptc.org/newscodes/digitalsourcetype/" + code, "https://cv.iptc.org/newscodes/digitalsourcetype/" + code} {
			made, err := create(given)
			if err != nil {
				t.Errorf("%s: %v", given, err)
				continue
			}
			if p := made.Provenance; p.SourceType != code || p.Disclosure() == assets.DisclosureNone {
				t.Errorf("%s is stored as %q, %q", given, p.SourceType, p.Disclosure())
			}
		}
	}
	for _, given := range []string{
		"TrainedAlgorithmicMedia", "trainedalgorithmicmedia", "ai", " ", "digitalCapture ",
		"cv.iptc.org/newscodes/digitalsourcetype/print", "http://cv.iptc.org/newscodes/digitalsourcetype/", "ftp://cv.iptc.org/newscodes/digitalsourcetype/print",
		"http://cv.iptc.org/newscodes/digitalsourcetype/ai", "http://cv.iptc.org/newscodes/genre/print", strings.Repeat("x", 300), "\x00",
	} {
		_, err := create(given)
		fields := assets.FieldErrors(err)
		if len(fields) != 1 || !strings.HasPrefix(fields[0].Error(), "provenance.source_type: ") {
			t.Errorf("%q: %v", given, err)
		}
	}
	if made, err := create(""); err != nil || made.Provenance.Disclosure() != assets.DisclosureNone {
		t.Errorf("none: %v", err)
	}
	if p := (assets.Provenance{SourceType: "model"}); p.Disclosure() != assets.DisclosureNone {
		t.Errorf("a stored text means %q", p.Disclosure())
	}
}

func TestDisclosureOfAI(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]assets.Disclosure{
		"trainedAlgorithmicMedia":              "made by AI",
		"compositeWithTrainedAlgorithmicMedia": "edited with AI",
		"compositeSynthetic":                   "edited with AI",
		"digitalCapture":                       "captured",
	} {
		if p := (assets.Provenance{SourceType: code}); p.Disclosure() != want {
			t.Errorf("%s means %q, want %q", code, p.Disclosure(), want)
		}
	}
}
