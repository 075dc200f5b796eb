package lists_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// scripts are texts in many scripts, with queries that find this text and no other, and
// queries that find none.
var scripts = []struct {
	name, text  string
	finds, none []string
}{
	{
		"vietnamese", "Khuyến mãi đặc biệt: giảm giá giày dép ở Đà Nẵng",
		[]string{"đặc biệt", "dac biet", "ĐẶC BIỆT", "khuyen mai", "đà nẵng", "da nang", "giam", "dép giày", "ĐÀ", "khuye"},
		[]string{"uyen mai", "dac biet lam"},
	},
	{
		"polish", "Zażółć gęślą jaźń, a w Łodzi pięć łódek",
		[]string{"zażółć", "zazolc", "ZAŻÓŁĆ", "łodzi", "lodzi", "ŁODZI", "lodek piec", "gesla jazn", "jaźń", "łód"},
		[]string{"odzi", "azolc"},
	},
	{
		"danish", "Rødgrød med fløde på Ærø, æbleskiver og øl",
		[]string{"rødgrød", "rodgrod", "RØDGRØD", "fløde", "flode", "ærø", "aero", "ÆBLE", "aeble", "øl"},
		[]string{"rodgrot", "odgrod"},
	},
	{
		"german", "Große Straßenbahn fährt durch Gießen\u00adstadt, schöne Grüße",
		[]string{"straßenbahn", "strassenbahn", "STRASSENBAHN", "STRAẞENBAHN", "große", "grosse", "gru\u0308sse", "fährt", "gießenstadt", "GIESSEN\u00adSTADT"},
		[]string{"stadt", "enbahn"},
	},
	{
		"greek", "Καλοκαιρινές προσφορές στην Αθήνα· ο Οδυσσεύς",
		[]string{"καλοκαιρινές", "καλοκαιρινες", "ΚΑΛΟΚΑΙΡΙΝΈΣ", "ΠΡΟΣΦΟΡΕΣ", "αθηνα", "Αθήνα", "οδυσσευσ", "ΟΔΥΣΣΕΎΣ", "στην αθ", "προσφ"},
		[]string{"σφορες", "αθηναι"},
	},
	{
		"cyrillic", "Весенняя распродажа: всё для ёлки, Київ і Ђорђе",
		[]string{"распродажа", "РАСПРОДАЖА", "весенняя", "все для елки", "ёлки", "ЕЛКИ", "київ", "киів", "ђорђе", "весенняя распрод"},
		[]string{"продажа", "распродажам"},
	},
	{
		"arabic", "تخفيضات كُبرى في محـــمد مول، می\u200cخواهم کتاب",
		[]string{"تخفيضات", "كبرى", "كُبْرَى", "محمد", "مُحَمَّد", "محـمد", "میخواهم", "می\u200cخواهم", "کتاب", "تخفي"},
		[]string{"فيضات", "خواهم"},
	},
	{
		"hebrew", "מבצע אביב גדול: שָׁלוֹם לכולם בתל־אביב",
		[]string{"מבצע", "שלום", "שָׁלוֹם", "אביב", "גדול מבצע", "לכולם", "לכול", "בתל אביב", "מבצ", "שלו"},
		[]string{"בצע", "שלומות"},
	},
	{
		"devanagari", "वसंत की बड़ी सेल में हिन्दी भाषा की पुस्तकें",
		[]string{"हिन्दी", "हिन्दी भाषा", "वसंत", "सेल", "पुस्तकें", "पुस्तक", "बड़ी", "बड\u093cी", "भाषा हिन्दी", "पुस"},
		[]string{"स्तकें", "भाषाओं"},
	},
	{
		"thai", "ขายลดราคาฤดูใบไม้ผลิ กรุงเทพมหานคร ยินดีต้อนรับ",
		[]string{"ขายลดราคา", "ลดราคา", "ราคา", "ใบไม้ผลิ", "ฤดู", "กรุงเทพ", "มหานคร", "ต้อนรับ", "เทพมหา", "ยินดี ราคา"},
		[]string{"ราคาลด", "นครมหา"},
	},
	{
		"lao", "ຂາຍຫຼຸດລາຄາລະດູໃບໄມ້ປົ່ງ ນະຄອນຫຼວງວຽງຈັນ ຍິນດີຕ້ອນຮັບ",
		[]string{"ຂາຍຫຼຸດ", "ລາຄາ", "ລະດູ", "ໃບໄມ້", "ວຽງຈັນ", "ນະຄອນ", "ຫຼວງ", "ຕ້ອນຮັບ", "ຍິນດີ", "ລາຄາ ນະຄອນ"},
		[]string{"ປົ່ງລາ", "ຈັນວຽງ"},
	},
	{
		"khmer", "ការបញ្ចុះតម្លៃរដូវផ្ការីក រាជធានីភ្នំពេញ សូមស្វាគមន៍",
		[]string{"បញ្ចុះតម្លៃ", "តម្លៃ", "រដូវ", "ផ្ការីក", "ភ្នំពេញ", "រាជធានី", "ធានី", "ស្វាគមន៍", "សូម", "ភ្នំពេញ រដូវ"},
		[]string{"ពេញភ្នំ", "រីកផ្កា"},
	},
	{
		"burmese", "နွေဦးရာသီလျှော့ဈေး ရန်ကုန်မြို့ မြန်မာဘာသာစကား",
		[]string{"နွေဦး", "ရာသီ", "လျှော့ဈေး", "ရန်ကုန်", "ကုန်မြို့", "မြန်မာ", "ဘာသာ", "စကား", "မြို့ ရာသီ", "မြန်မာဘာသာ"},
		[]string{"စကားဘာသာ", "ကုန်ရန်"},
	},
	{
		"simplified Han", "春季大促销，北京欢迎您：中华人民共和国的汉语",
		[]string{"促销", "大促销", "欢迎", "北京欢迎", "人民", "共和国", "汉语", "民共", "汉", "销 欢迎"},
		[]string{"人民北京", "汉京"},
	},
	{
		"traditional Han", "秋季大促銷，臺北歡迎您：中華民國的漢語與龍𠮷",
		[]string{"促銷", "大促銷", "歡迎", "臺北歡迎", "中華", "民國", "漢語", "龍", "𠮷", "銷 歡迎"},
		[]string{"國中", "漢臺"},
	},
	{
		"Kana", "東京タワーのセール、ｶﾞｰﾃﾞﾝパーティーをひらきます2026年",
		[]string{"タワー", "セール", "東京タワー", "ガーデン", "ｶﾞｰﾃﾞﾝ", "パーティー", "ひらき", "らきます", "2026年", "の"},
		[]string{"ールセ", "タワ東"},
	},
	{
		"Hangul", "봄 세일 대한민국 서울에서 한국어 브랜드 이야기",
		[]string{"대한민국", "대한", "서울에서", "서울", "한국어", "한국ㅇ", "브랜드 이", "브랜", "봄", "대한민국"},
		[]string{"민국", "국어"},
	},
	{
		"none", "… ！？ 🎉 👩‍🚀 ❤️ — ・。、",
		nil,
		[]string{"!", "。", "🎉", "👩‍🚀", "・", "\u00ad", "\u200c\u200d", "\u3164", " 、 ", "—"},
	},
}

// TestSearchInEveryScript: each query finds one text on every store, by its title and
// by its content.
func TestSearchInEveryScriptFIL07(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		place := map[assets.ID]int{}
		for i, s := range scripts {
			in := fixture.Copy(s.text)
			if i%2 == 0 {
				in.Title, in.Text = s.text, "x"
			}
			made, err := lib.Create(t.Context(), fixture.Ann, in)
			if err != nil {
				t.Fatal(err)
			}
			place[made.ID] = i
		}
		for i, s := range scripts {
			t.Run(s.name, func(t *testing.T) {
				if len(s.finds)+len(s.none) < 10 {
					t.Errorf("%d queries", len(s.finds)+len(s.none))
				}
				for _, q := range s.finds {
					t.Run(q, func(t *testing.T) { checkSearch(t, lib, assets.Query{Search: q}, place, []int{i}) })
				}
				for _, q := range s.none {
					t.Run(q, func(t *testing.T) { checkSearch(t, lib, assets.Query{Search: q}, place, nil) })
				}
			})
		}
	})
}
