package searchwords_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/10ex/assets/internal/searchwords"
)

func TestText(t *testing.T) {
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
		"Ångström Æther Øre Łódź":   "angstrom aether ore lodz",
		"Đặc ĐỨC Þór Ðað œuvre":     "dac duc thor dad oeuvre",
		"Straße STRASSE ẞ":          "strasse strasse ss",
		"İstanbul Diyarbakır I ı":   "istanbul diyarbakir i i",
		"ΟΔΥΣΣΕΥΣ Οδυσσεύς οδυσσεύσ": "οδυσσευσ οδυσσευσ οδυσσευσ",
		"ᾼ ᾳ":            "αι αι",
		"ᎣᏏᏲ ꭳꮟꮂ":        "ꭳꮟᏺ ꭳꮟꮂ",
		"Ёлка ЁЛКА Київ": "елка елка киів",
		"東京タワー がぎ":       "東京タワー かき",
		"ｶﾞ ガ":           "カ カ",
		"Ｆｕｌｌ　Ｗｉｄｔｈ　１２３":         "full width 123",
		"ﬁne ﬀ №5 ² ½ ①":         "fine ff no5 2 1 2 1",
		"مُحَمَّد محمد أحمد ١٢٣": "محمد محمد احمد ١٢٣",
		"محـــمد":                "محمد",
		"می\u200cخواهم":          "میخواهم",
		"שָׁלוֹם":                "שלום",
		"हिन्दी":                 "हनद",
		"ภาษาไทย ที่นี่":         "ภาษาไทย ทน",
		"🎉 party 👩‍👩‍👧 time ❤️":  "party time",
		"Straße\u00adnbahn":      "strassenbahn",
		"a\u200bb\u2060c\ufe0fd": "abcd",
		"caf\xff\xe9 bar":        "caf bar",
		"Ǆ ǅ ǆ":                  "dz dz dz",
		"𝐁𝐨𝐥𝐝 𝟗":                 "bold 9",
		"\u3164\u115f":           "",
	} {
		got := searchwords.Text([]byte(in))
		if diff := cmp.Diff(norm.NFKD.String(want), got); diff != "" {
			t.Errorf("%q:\n%s", in, diff)
		}
		if again := searchwords.Text([]byte(got)); again != got {
			t.Errorf("Text(%q) = %q, then %q", in, got, again)
		}
	}
}

func TestHangulIsJamo(t *testing.T) {
	t.Parallel()
	text := searchwords.Text([]byte("한국어 브랜드"))
	if diff := cmp.Diff(norm.NFKD.String("한국어 브랜드"), text); diff != "" {
		t.Fatal(diff)
	}
	if beginning := searchwords.Text([]byte("하")); !strings.HasPrefix(text, beginning) {
		t.Errorf("%q does not begin with %q", text, beginning)
	}
}

// Each letter is the same text in every case and composition.
func TestVolumeEveryLetter(t *testing.T) {
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

// TestASCIIAsAmongOthers checks that a text of ASCII, which is not decomposed, has the same
// words as beside another letter.
func TestASCIIAsAmongOthers(t *testing.T) {
	t.Parallel()
	for c := range rune(unicode.MaxASCII + 1) {
		text := "Ab" + string(c) + "Yz" + string(c)
		got, among := searchwords.Text([]byte(text)), searchwords.Text([]byte(text+" é"))
		if diff := cmp.Diff(strings.TrimSuffix(among, " e"), got); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}
