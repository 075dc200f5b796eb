package worddiff_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/worddiff"
)

// compare returns the segments in short: deletions in [-…-], insertions in {+…+}.
func compare(t *testing.T, from, to string) string {
	t.Helper()
	all, err := worddiff.Compare(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range all {
		switch s.Op {
		case worddiff.Equal:
			b.WriteString(s.Text)
		case worddiff.Delete:
			b.WriteString("[-" + s.Text + "-]")
		case worddiff.Insert:
			b.WriteString("{+" + s.Text + "+}")
		}
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"equal", "Spring sale", "Spring sale", "Spring sale"},
		{"all new", "", "Spring sale", "{+Spring sale+}"},
		{"all gone", "Spring sale", "", "[-Spring sale-]"},
		{"a word", "The spring sale ends soon.", "The summer sale ends soon.", "The [-spring-]{+summer+} sale ends soon."},
		{"neighbours", "one two three", "eins zwei three", "[-one two-]{+eins zwei+} three"},
		{"in between", "one and two", "eins and zwei", "[-one-]{+eins+} and [-two-]{+zwei+}"},
		{"inserted", "a c", "a b c", "a {+b +}c"},
		{"at the end", "Only today", "Only today!", "Only today{+!+}"},
		{"case", "sale", "Sale", "[-sale-]{+Sale+}"},
		{"a number", "$1,200 off", "$1,300 off", "$1,[-200-]{+300+} off"},
		{"lines", "a\nb\nc\n", "a\nc\n", "a\n[-b\n-]c\n"},
		{"an accent", "cafe", "café", "[-cafe-]{+café+}"},
		{"a combining accent", "cafe", "cafe\u0301", "[-cafe-]{+cafe\u0301+}"},
		{"Japanese", "春のセール", "夏のセール", "[-春-]{+夏+}のセール"},
		{"Thai", "ลดราคา", "ลดราคาวัน", "ลดราคา{+วัน+}"},
		{"emoji", "👍🏽 yes", "👍 yes", "[-👍🏽-]{+👍+} yes"},
		{"moved", "a b c d e f", "d e f a b c", "[-a b c -]d e f{+ a b c+}"},
	} {
		if got := compare(t, c.from, c.to); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// check fails unless the segments are what Compare promises.
func check(t interface{ Fatalf(string, ...any) }, from, to string, all []worddiff.Segment) {
	var old, young strings.Builder
	for i, s := range all {
		switch {
		case s.Text == "":
			t.Fatalf("segment %d is empty", i)
		case i > 0 && all[i-1].Op == s.Op, i > 0 && all[i-1].Op == worddiff.Insert && s.Op == worddiff.Delete:
			t.Fatalf("segment %d follows one with operation %d", i, all[i-1].Op)
		}
		if s.Op != worddiff.Insert {
			old.WriteString(s.Text)
		}
		if s.Op != worddiff.Delete {
			young.WriteString(s.Text)
		}
	}
	if old.String() != from || young.String() != to {
		t.Fatalf("the segments make %q and %q instead of %q and %q", old.String(), young.String(), from, to)
	}
	if len(all) > worddiff.MaxSegments {
		t.Fatalf("%d segments", len(all))
	}
}

// TestSegmentsMakeBothTexts compares random texts, of which one may be an edited form of
// the other.
func TestSegmentsMakeBothTexts(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"a", "b", "spring", "Sale", " ", " ", "  ", "\n", "\r\n", ".", ",", "é", "e\u0301", "\u0301", "春", "ล", "👍🏽", "\xff", "\u2028"})
	piece := rapid.SliceOfN(words, 0, 40)
	rapid.Check(t, func(rt *rapid.T) {
		from := piece.Draw(rt, "from")
		to := piece.Draw(rt, "to")
		if rapid.Bool().Draw(rt, "edited") {
			i := rapid.IntRange(0, len(from)).Draw(rt, "i")
			j := rapid.IntRange(i, len(from)).Draw(rt, "j")
			to = append(append(append([]string{}, from[:i]...), to[:min(3, len(to))]...), from[j:]...)
		}
		old, young := strings.Join(from, ""), strings.Join(to, "")
		all, err := worddiff.Compare(t.Context(), old, young)
		if err != nil {
			rt.Fatal(err)
		}
		check(rt, old, young, all)
	})
}

func FuzzCompare(f *testing.F) {
	f.Add("The spring sale ends soon.", "The summer sale ends.")
	f.Add("", "\u0301x")
	f.Add("春のセール", "夏のセール")
	f.Add(strings.Repeat("a b", 50), strings.Repeat("b a", 50))
	f.Fuzz(func(t *testing.T, from, to string) {
		all, err := worddiff.Compare(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		check(t, from, to, all)
		for _, s := range all {
			if utf8.ValidString(from) && utf8.ValidString(to) && !utf8.ValidString(s.Text) {
				t.Fatalf("%q is no text", s.Text)
			}
		}
	})
}

// ending is a context that ends when Err has been called a number of times.
type ending struct {
	context.Context
	calls int
}

func (c *ending) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}

// TestCompareEndsWithItsContext: a comparison that takes long looks at its context again
// and again.
func TestCompareEndsWithItsContext(t *testing.T) {
	t.Parallel()
	from, to := random(1, 8<<10, 20), random(2, 8<<10, 20)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.Canceled)
	for calls := range 5 {
		if _, err := worddiff.Compare(&ending{ctx, calls}, from, to); err == nil {
			t.Errorf("the context ended at look %d", calls)
		}
	}
	if diff := cmp.Diff("a [-b-]{+c+}", compare(t, "a b", "a c")); diff != "" {
		t.Error(diff)
	}
}
