package assetstest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// TestSamplesHaveEveryField: a field that the samples leave empty is not tested
// by any suite.
func TestSamplesHaveEveryField(t *testing.T) {
	t.Parallel()
	r := sample("w", 1)
	notStored := []string{"PreviewURL", "Text", "Versions", "Reviews", "ErasedAt"}[:5:5] // eraseCases have that
	for _, c := range []struct {
		sample any
		except []string
	}{
		{*r.current, notStored},
		{*r.approved, append(notStored, "Submitted")},
		{r.versions[0], []string{"RolledBackFrom", "ErasedAt"}},
		{r.versions[1], []string{"Approval", "ErasedAt"}},
		{r.reviews[0], nil},
		{sampleRequest("k"), nil},
		{sampleUpload("w", 1), nil},
		{sampleEvent("w", 1), []string{"Position"}},
		{sampleKey("aaaaaaaa", "w"), nil},
	} {
		v := reflect.ValueOf(c.sample)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if v.Field(i).IsZero() && field.IsExported() && !slices.Contains(c.except, field.Name) {
				t.Errorf("the sample %s has no %s", v.Type(), field.Name)
			}
		}
	}
}

func TestSampleIDsAscend(t *testing.T) {
	t.Parallel()
	last := assets.ID("")
	for n := range 5000 {
		id := idOf(n)
		if id <= last || len(id) != 36 || id[14] != '7' || id[19] != '8' {
			t.Fatalf("id %d is %s, after %s", n, id, last)
		}
		last = id
	}
	if a, b := idAt(baseTime, 1), idAt(baseTime+1, 0); a >= b {
		t.Errorf("%s of an earlier millisecond is not before %s", a, b)
	}
}

func TestSamplesOfWorkspacesDiffer(t *testing.T) {
	t.Parallel()
	reviews := map[assets.ID]string{}
	for _, workspace := range similarWorkspaces {
		for _, review := range sample(workspace, 1).reviews {
			if other, taken := reviews[review.ID]; taken {
				t.Errorf("reviews in %q and %q have the id %s", workspace, other, review.ID)
			}
			reviews[review.ID] = workspace
		}
	}
}

func TestShownAs(t *testing.T) {
	t.Parallel()
	r := sample("w", 1)
	shown := shownAs(r.current, r.versions[0])
	if shown.Status != assets.StatusApproved || shown.Version != 1 || shown.Content != r.versions[0].Content {
		t.Errorf("shown as %+v", shown)
	}
	if r.current.Status != assets.StatusPendingReview || r.current.Version != 2 {
		t.Errorf("the current perspective was changed: %+v", r.current)
	}
}

func TestWriteStoresTheWholeRecord(t *testing.T) {
	t.Parallel()
	s, want := memory.New(), sample("w", 1)
	if err := s.Update(t.Context(), func(tx assets.Tx) error { return want.write(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	got, err := readRecord(t.Context(), s, "w", want.current.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(got, want); d != "" {
		t.Error(d)
	}
}

func TestVerbatimTexts(t *testing.T) {
	t.Parallel()
	texts := verbatim()
	seen := map[string]bool{}
	for _, s := range texts {
		if seen[s] || s == "" || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("the text %q is empty, listed twice or not valid", s)
		}
		seen[s] = true
	}
	for _, pair := range [][2]string{{"a", "A"}, {"a", "a "}, {"café", "cafe\u0301"}, {"ß", "SS"}} {
		if !seen[pair[0]] || !seen[pair[1]] {
			t.Errorf("%q or %q is missing", pair[0], pair[1])
		}
	}
}
