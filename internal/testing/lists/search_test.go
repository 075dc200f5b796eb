package lists_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// searchable are assets in several scripts: title, a tag, and a text.
var searchable = []struct{ title, tag, text string }{
	{"Spring Sale 2026", "en", "Fresh looks, 20% off everything: don't wait!"},
	{"Frühjahrsangebot für Straße & Garten", "de", "Größe, Maße und Füße – alles süß."},
	{"Offre d’été: café crème", "fr", "Où est l'œuvre? À bientôt, élève naïf."},
	{"¡Oferta de otoño!", "es", "El pingüino añora la cigüeña."},
	{"Весенняя распродажа", "ru", "Ёлка, съезд и чай. Київ і Мінськ."},
	{"Ανοιξιάτικες προσφορές", "el", "Ο Οδυσσεύς είδε τη θάλασσα. ΣΟΦΟΣ"},
	{"春のセール", "ja", "東京タワー、ガーデン と ｶﾞｰﾃﾞﾝ ＡＢＣ"},
	{"春季大促销", "zh", "北京 欢迎 你 第一章"},
	{"봄 세일", "ko", "한국어 브랜드 이야기"},
	{"تخفيضات الربيع", "ar", "مُحَمَّد يقرأ كتابًا ١٢٣"},
	{"מבצע אביב", "he", "שָׁלוֹם עולם"},
	{"वसंत सेल", "hi", "हिन्दी भाषा"},
	{"ขายฤดูใบไม้ผลิ", "th", "ยินดี ต้อนรับ"},
	{"İstanbul bahar indirimi", "tr", "Diyarbakır ılık ışık"},
	{"Tiếng Việt mùa xuân", "vi", "Khuyến mãi đặc biệt"},
	{"Łódź żółć", "pl", "Zażółć gęślą jaźń"},
	{"ﬁne ﬂow №5 ½", "x_y", "x² ℌello 𝐁𝐨𝐥𝐝 ㎏"},
	{"a AND b OR NOT c NEAR(d, 2)", "and.or", `"quoted" 'single' title:x * ^ { } [ ] ( ) -minus +plus`},
	{"100% _under_score \\back\\slash", "k-v", "semi; colon: DROP TABLE asset_search; -- ?0 $1 %s"},
	{"Party 🎉 time 👩‍🚀", "emoji", "❤️ love"},
	{"Kebab-case and snake_case v2beta3", "v1", strings.Repeat("longword", 12) + " end"},
	{"cafe cafeteria", "plain", "the end of the afternoon"},
}

// TestSearchLST06: each query finds the same assets on every store, named by their
// index in searchable.
func TestSearchLST06(t *testing.T) {
	if len(searches) < 100 {
		t.Errorf("%d queries", len(searches))
	}
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		place := map[assets.ID]int{}
		for i, s := range searchable {
			made, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{
				Type: assets.TypeCopy, Title: s.title, Tags: assets.Tags{"lang": {s.tag}}, NewVersion: assets.NewVersion{Text: s.text},
			})
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				_, err = lib.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
			}
			if err != nil {
				t.Fatal(err)
			}
			place[made.ID] = i
		}
		for _, s := range searches {
			t.Run(s.q, func(t *testing.T) {
				all, even := s.finds, slices.DeleteFunc(slices.Clone(s.finds), func(i int) bool { return i%2 != 0 })
				checkSearch(t, lib, assets.Query{Search: s.q}, place, all)
				checkSearch(t, lib, assets.Query{Search: s.q, Statuses: []assets.Status{assets.StatusApproved}}, place, even)
			})
		}
	})
}

// checkSearch walks a query by two, newest first.
func checkSearch(t *testing.T, lib *assets.Library, q assets.Query, place map[assets.ID]int, ascending []int) {
	t.Helper()
	want, got := slices.Clone(ascending), []int{}
	slices.Reverse(want)
	q.Limit, q.IncludeTotal = 2, true
	for {
		page, err := lib.List(t.Context(), fixture.Ann, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			got = append(got, place[a.ID])
		}
		if *page.Total != int64(len(want)) {
			t.Errorf("total %d, want %d", *page.Total, len(want))
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// TestSearchLimits: every store accepts the largest searches that are allowed.
func TestSearchLimits(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		for _, q := range []string{
			strings.Repeat("\ufdfa", assets.MaxSearch), // 18 characters each, in compatibility decomposition
			strings.Repeat("x ", assets.MaxSearch/2), strings.Repeat("é", assets.MaxSearch),
			strings.Repeat("\U00020000", assets.MaxSearch), distinctWords(), squareWords(),
		} {
			if page, err := lib.List(t.Context(), fixture.Ann, assets.Query{Search: q, IncludeTotal: true}); err != nil || len(page.Items) != 0 {
				t.Errorf("%q: %v, %v", q, page, err)
			}
		}
		if _, err := lib.List(t.Context(), fixture.Ann, assets.Query{Search: strings.Repeat("é", assets.MaxSearch+1)}); assets.Code(err) != "validation_error" {
			t.Errorf("201 characters: %v", err)
		}
	})
}

// distinctWords returns a search of as many words as fit, each of one character.
func distinctWords() string {
	var b strings.Builder
	for i := range assets.MaxSearch / 2 {
		fmt.Fprintf(&b, "%c ", 0x4e00+i)
	}
	return b.String()
}

// squareWords returns a search whose characters are words in compatibility
// decomposition, such as ㌖ for kilometre, in Kana.
func squareWords() string {
	var b strings.Builder
	for r := '\u3300'; r < '\u3300'+assets.MaxSearch; r++ {
		b.WriteRune(r)
	}
	return b.String()
}

// TestSearchReadsSixtyFourKiB: the first 64 KiB of text are searched, of copy and
// blog assets only.
func TestSearchReadsSixtyFourKiB(t *testing.T) {
	t.Parallel()
	lib := backends.Library(t, backends.Memory().Config(t))
	text := strings.Repeat("a ", 32<<10-3) + "within beyond"
	for _, typ := range []assets.Type{assets.TypeCopy, assets.TypeBlog, assets.TypeBundle} {
		_, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{
			Type: typ, Title: string(typ), NewVersion: assets.NewVersion{Content: strings.NewReader(text), Filename: "a.txt"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for q, want := range map[string]int{"within": 2, "withi": 2, "beyond": 0, "bundle": 1} {
		page, err := lib.List(t.Context(), fixture.Ann, assets.Query{Search: q})
		if err != nil || len(page.Items) != want {
			t.Errorf("%s: %d assets, %v; want %d", q, len(page.Items), err, want)
		}
	}
}
