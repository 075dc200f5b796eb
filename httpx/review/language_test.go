package review_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func readCatalog(t *testing.T, name string) review.Catalog {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("catalogs", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c review.Catalog
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, found := range catalogKey.FindAllStringSubmatch(string(text), -1) {
		if keys[found[1]] {
			t.Errorf("%s has %s twice, of which only the last is used", name, found[1])
		}
		keys[found[1]] = true
	}
	return c
}

var catalogKey = regexp.MustCompile(`(?m)^\s*"([^"]+)":`)

var place = regexp.MustCompile(`\{\w+\}`)

// base returns a key without its plural form.
func base(key string) string {
	key, _, _ = strings.Cut(key, "#")
	return key
}

// TestCatalogsAreComplete: the languages have the texts of the English catalog, with no
// other places, and English has what the templates and the program ask for.
func TestCatalogsAreComplete(t *testing.T) {
	t.Parallel()
	english := readCatalog(t, "en")
	places := map[string]map[string]bool{}
	for key, text := range english.Texts {
		if places[base(key)] == nil {
			places[base(key)] = map[string]bool{}
		}
		for _, p := range place.FindAllString(text, -1) {
			places[base(key)][p] = true
		}
	}
	for _, name := range []string{"de", "ar"} {
		c := readCatalog(t, name)
		missing := maps.Clone(places)
		for key, text := range c.Texts {
			known, ok := places[base(key)]
			if !ok {
				t.Errorf("%s: %s is not in the English catalog", name, key)
			}
			delete(missing, base(key))
			for _, p := range place.FindAllString(text, -1) {
				if !known[p] {
					t.Errorf("%s: %s has the place %s", name, key, p)
				}
			}
		}
		if len(missing) > 0 {
			t.Errorf("%s lacks %v", name, slices.Sorted(maps.Keys(missing)))
		}
	}
	for _, key := range usedKeys(t) {
		if places[key] == nil {
			t.Errorf("%s is used, and is not in the English catalog", key)
		}
	}
}

// usedKeys returns the constant keys in templates and program.
func usedKeys(t *testing.T) (keys []string) {
	t.Helper()
	used := regexp.MustCompile(`(?:\bt "|\b(?:text|plain|lookUp)\(")([a-z][a-z0-9._]*[a-z0-9_])"[ })),]`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range used.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, found[1])
		}
		return err
	})
	if err != nil || len(keys) < 100 {
		t.Fatalf("%d keys: %v", len(keys), err)
	}
	return keys
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(_ *assets.Config, o *review.Options) {
		o.Catalogs = []review.Catalog{
			{Language: "de", Texts: map[string]string{"nav.waiting": "Offen"}},
			{Language: "pl", Texts: map[string]string{"inbox.lead.oldest#few": "{n} rzeczy", "nav.waiting": "Czeka"}, Plural: func(int) string { return "few" }},
		}
	})
	for range 3 {
		s.copyAsset("x")
	}
	for accepted, want := range map[string][]string{
		"":                        {`lang="en" dir="ltr"`, "3 assets, the oldest"},
		"fr, *;q=0.1":             {`lang="en" dir="ltr"`},
		"de-CH, en;q=0.9":         {`lang="de" dir="ltr"`, "3 Inhalte", "Offen", "Wartet auf Freigabe"},
		"en;q=0.5, ar;q=0.8":      {`lang="ar" dir="rtl"`, "3 مواد"},
		"pl":                      {`lang="pl" dir="ltr"`, "3 rzeczy", "Czeka", "All assets"},
		"de;q=x, ar;q=0, en;q=.2": {`lang="en" dir="ltr"`},
	} {
		p := s.send("ana", "", nil, "Accept-Language", accepted)
		for _, text := range want {
			if !strings.Contains(p.body, text) {
				t.Errorf("%q: the page lacks %q", accepted, text)
			}
		}
	}
}

// TestNamesInSentences: a name in a sentence is isolated and escaped, so that it changes
// neither its direction nor its meaning.
func TestNamesInSentences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeCopy, "<i>**x**</i> {version}", assets.NewVersion{Text: "x", Provenance: assets.Provenance{RunID: "<b>**r**</b>"}})
	p := s.get(200, "ana", string(a.ID)+"/change?do=archive")
	if !strings.Contains(p.body, "Archive “<bdi>&lt;i&gt;**x**&lt;/i&gt; {version}</bdi>”?") {
		t.Errorf("the sentence is %s", p.text())
	}
	p = s.get(200, "ana", string(a.ID))
	if !strings.Contains(p.body, "It comes from run <strong><bdi>&lt;b&gt;**r**&lt;/b&gt;</bdi></strong>.") {
		t.Error("the run is not emphasised")
	}
}
