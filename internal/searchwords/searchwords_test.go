package searchwords_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/10ex/assets/internal/searchwords"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                          "",
		" -- !? ":                   "",
		"Hello, World":              "hello world",
		"Summer-Sale_2026: 20% off": "summer sale 2026 20 off",
		"v2beta3":                   "v2beta3",
		"don't":                     "don t",
		"a\x00b\nc":                 "a b c",
		"Café CAFE\u0301 café":      "cafe cafe cafe",
		"Ångström Æther Øre Łódź":   "angstrom æther øre łodz",
		"Straße STRASSE ẞ":          "strasse strasse ss",
		"İstanbul Diyarbakır I ı":   "istanbul diyarbakır i ı",
		"ΟΔΥΣΣΕΥΣ Οδυσσεύς οδυσσεύσ": "οδυσσευσ οδυσσευσ οδυσσευσ",
		"ᾼ ᾳ":            "αι αι",
		"ᎣᏏᏲ ꭳꮟꮂ":        "ꭳꮟᏺ ꭳꮟꮂ",
		"Ёлка ЁЛКА Київ": "елка елка киів",
		"東京タワー がぎ":       "東京タワー かき",
		"ｶﾞ ガ":           "カ カ",
		"Ｆｕｌｌ　Ｗｉｄｔｈ　１２３":         "full width 123",
		"ﬁne ﬀ №5 ² ½ ①":         "fine ff no5 2 1 2 1",
		"مُحَمَّد محمد أحمد ١٢٣": "محمد محمد احمد ١٢٣",
		"שָׁלוֹם":                "שלום",
		"हिन्दी":                 "हनद",
		"🎉 party 👩‍👩‍👧 time ❤️":  "party time",
		"Straße\u00adnbahn":      "strasse nbahn", // a soft hyphen is no letter
		"caf\xff\xe9 bar":        "caf bar",
		"Ǆ ǅ ǆ":                  "dz dz dz",
		"𝐁𝐨𝐥𝐝 𝟗":                 "bold 9",
	} {
		got := strings.Join(searchwords.Words(in), " ")
		if diff := cmp.Diff(norm.NFKD.String(want), got); diff != "" {
			t.Errorf("%q:\n%s", in, diff)
		}
		if text := searchwords.Text([]byte(in)); text != got {
			t.Errorf("Text(%q) = %q, but the words are %q", in, text, got)
		}
	}
}

func TestHangulIsJamo(t *testing.T) {
	t.Parallel()
	got := searchwords.Words("한국어 브랜드")
	if diff := cmp.Diff([]string{norm.NFKD.String("한국어"), norm.NFKD.String("브랜드")}, got); diff != "" {
		t.Fatal(diff)
	}
	if beginning := searchwords.Words("하"); !strings.HasPrefix(got[0], beginning[0]) {
		t.Errorf("%q does not begin with %q", got[0], beginning[0])
	}
}

// Each letter is the same word in every case and composition.
func TestEveryLetter(t *testing.T) {
	t.Parallel()
	for r := range unicode.MaxRune {
		if !unicode.IsLetter(r) {
			continue
		}
		word := searchwords.Text([]byte(string(r)))
		for _, form := range []string{word, norm.NFD.String(string(r)), norm.NFC.String(string(r))} {
			if got := searchwords.Text([]byte(form)); got != word {
				t.Errorf("%U is %q, but %q is %q", r, word, form, got)
			}
		}
		if lower := unicode.ToLower(r); unicode.ToUpper(lower) == r && searchwords.Text([]byte(string(lower))) != word {
			t.Errorf("%U and its lower case %U are two words", r, lower)
		}
	}
}

func TestNFC(t *testing.T) {
	t.Parallel()
	if got := searchwords.NFC("Cafe\u0301"); got != "Caf\u00e9" {
		t.Errorf("%q", got)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Café", "ß İ ς", "ﬁ½①", "ᾼ", "한국어", "e\u0301\u0301x", "\xff", "ŉ", "ΐ", "\u0345", "ẞ\u0307", "ꭵ0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := searchwords.Words(s)
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				t.Errorf("%q has the word %q", s, w)
			}
		}
		if again := searchwords.Words(strings.Join(words, " ")); !slices.Equal(words, again) {
			t.Errorf("the words of %q are %q, and of these %q", s, words, again)
		}
		if again := searchwords.Words(searchwords.NFC(s)); utf8.ValidString(s) && !slices.Equal(words, again) {
			t.Errorf("the words of %q are %q, in NFC %q", s, words, again)
		}
	})
}
