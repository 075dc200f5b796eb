package searchwords_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/10ex/assets/internal/searchwords"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		" -- !? 🎉":               "",
		"sale Spring spring":     "sale spring",
		"v2beta3 don't":          "don t v2beta3",
		"東京":                     "京 東 東京",
		"東":                      "東",
		"東 京":                    "京 東",
		"iPhone手机2026年":          "2026 iphone 年 手 手机 机",
		"タワー":                    "タ タワ ワ ワー ー",
		"二〇二六":                   "〇 〇二 二 二〇 二六 六",
		"กิน":                    "ก กน น",
		"ໜ້າ":                    "ນ ນາ ຫ ຫນ າ",
		"ភាសា":                   "ភ ភស ស",
		"မြန်မာ":                 "န နမ မ မန",
		"한국":                     "한국",
		strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		got := strings.Join(searchwords.Index(in), " ")
		if diff := cmp.Diff(norm.NFKD.String(want), got); diff != "" {
			t.Errorf("%q:\n%s", in, diff)
		}
		if again := strings.Join(searchwords.Index(searchwords.Text([]byte(in))), " "); again != got {
			t.Errorf("%q: %q, but of its normalised text %q", in, got, again)
		}
	}
	if got := searchwords.Index("b a", "", "a c"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("of several texts: %q", got)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     "",
		" -- !? 🎉":             "",
		"\u00ad\u200c":         "",
		"Spring sale":          "spring sale",
		"sale z a a sale":      "a z sale",
		"東京":                   "東京",
		"東":                    "東",
		"東 x":                  "東 x",
		"東京タワー":                "タワ 京タ 東京 ワー",
		"東京 wi":                "東京 wi",
		"Stra\u00adßenbahn":    "strassenbahn",
		strings.Repeat("あ", 9): "ああ",
	} {
		got := searchwords.Query(in)
		if diff := cmp.Diff(norm.NFKD.String(want), strings.Join(got, " ")); diff != "" || got == nil {
			t.Errorf("%q:\n%s", in, diff)
		}
	}
}

// TestIndexIsBounded: of 64 KiB of the most different words, the index keeps the
// first, within 1 MiB with a mark of 13 bytes before each and three beginnings of it.
func TestVolumeIndexIsBoundedFIL07(t *testing.T) {
	t.Parallel()
	han, latin, cyrillic := strings.Builder{}, strings.Builder{}, strings.Builder{}
	for i := range 64 << 10 / 3 {
		han.WriteRune(rune(0x4e00 + i*7919%20_000))
	}
	for i := range 64 << 10 / 4 {
		fmt.Fprintf(&latin, "%c%c%c ", 'a'+i%26, 'a'+i/26%26, 'a'+i/26/26%26)
	}
	for i := range 64 << 10 / 9 {
		fmt.Fprintf(&cyrillic, "%c%c%c%c ", 'а'+i%32, 'а'+i/32%32, 'а'+i/1024%32, 'а'+i%31)
	}
	for name, text := range map[string]string{"han": han.String(), "latin": latin.String(), "cyrillic": cyrillic.String()} {
		words := searchwords.Index("title", text)
		size := 0
		for _, w := range words {
			size += 4 * (13 + len(w))
		}
		t.Logf("%s: %d words", name, len(words))
		if size >= 1<<20 || len(words) < 7000 || !slices.Contains(words, "title") {
			t.Errorf("%s: %d words, %d bytes", name, len(words), size)
		}
	}
	if text := searchwords.Text([]byte(strings.Repeat("\ufdfa", 64<<10/3))); len(text) > 256<<10 {
		t.Errorf("%d bytes of normalised text", len(text))
	}
}

// seeds are texts at which the fuzz tests begin.
var seeds = []string{
	"Café", "ß İ ς", "ﬁne½①", "ᾼ", "한국어", "e\u0301\u0301x", "\xff", "ŉ", "ΐ", "\u0345", "ẞ\u0307", "ꭵ0",
	"đøłı", "東京タワー2026", "ｶﾞ", "ภาษาไทย", "ພາສາລາວ", "ភាសាខ្មែរ", "မြန်မာ", "a\u00adb\u200cc\u034f", "二〇", "\u3164", "م\u0640ح",
}

func FuzzIndex(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words := searchwords.Index(s)
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || utf8.RuneCountInString(w) > 64 || strings.ContainsFunc(w, func(r rune) bool {
				return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Nl, r)
			}) {
				t.Errorf("%q has the word %q", s, w)
			}
		}
		if again := searchwords.Index(searchwords.Text([]byte(s))); !slices.Equal(words, again) {
			t.Errorf("the words of %q are %q, and of its normalised text %q", s, words, again)
		}
		if again := searchwords.Index(searchwords.NFC(s)); utf8.ValidString(s) && !slices.Equal(words, again) {
			t.Errorf("the words of %q are %q, in NFC %q", s, words, again)
		}
	})
}

// FuzzQuery: each text is found by itself, and by itself without its last character.
func FuzzQuery(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = searchwords.Text([]byte(s)[:min(len(s), 1000)])
		words := searchwords.Index(s)
		for range 2 {
			query := searchwords.Query(s)
			if (len(query) == 0) != (len(searchwords.Index(s)) == 0) {
				t.Errorf("%q asks for %q", s, query)
			}
			for i, q := range query {
				found := func(w string) bool { return w == q || i == len(query)-1 && strings.HasPrefix(w, q) }
				if !slices.ContainsFunc(words, found) {
					t.Errorf("%q asks for %q, the words are %q", s, q, words)
				}
			}
			_, last := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-last]
		}
	})
}
