package export_test

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/10ex/assets/export"
)

const maxName = 180 - len("data/")

func TestNamesAreSafeEXP05(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Spring is here":                 "Spring is here.txt",
		"../../x":                        "_.._x.txt",
		`C:\x`:                           "C__x.txt",
		"CON":                            "_CON.txt",
		"con.tar.gz":                     "_con.tar.gz.txt",
		"Aux .x":                         "_Aux .x.txt",
		"lpt³":                           "_lpt³.txt",
		"COM10":                          "COM10.txt",
		"Conrad":                         "Conrad.txt",
		"ends with a dot. . ":            "ends with a dot.txt",
		".hidden":                        "hidden.txt",
		"...":                            "untitled.txt",
		"a\u202egnp.exe":                 "agnp.exe.txt",
		"\u2066\u200b":                   "untitled.txt",
		"100%":                           "100_.txt",
		"a\u2028b\u0085c":                "a b c.txt",
		"a<b>c|d?e*f\"g":                 "a_b_c_d_e_f_g.txt",
		"notes.TXT":                      "notes.txt",
		".txt":                           "txt.txt",
		"cafe\u0301":                     "café.txt",
		strings.Repeat("\U0001F600", 75): strings.Repeat("\U0001F600", (maxName-4)/4) + ".txt",
		strings.Repeat("ä", 300):         strings.Repeat("ä", (maxName-4)/2) + ".txt",
	} {
		if got := export.Names(title)[0]; got != want {
			t.Errorf("%q is named %q, want %q", title, got, want)
		}
	}
	for in, want := range map[[2]string]string{
		{"image/png", "x.exe"}:         ".png",
		{"x/y", "a.tar.GZ"}:            ".gz",
		{"x/y", "a.ta r"}:              ".bin",
		{"x/y", "a"}:                   ".bin",
		{"x/y", "a." + "b12345678901"}: ".bin",
	} {
		if got := export.Extension(in[0], in[1]); got != want {
			t.Errorf("%v has extension %q, want %q", in, got, want)
		}
	}
}

func TestNamesAreUniqueEXP06(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, tt := range []struct{ titles, want []string }{
		{[]string{"a", "a", "A", "a"}, []string{"a.txt", "a (2).txt", "A (3).txt", "a (4).txt"}},
		{[]string{"Straße", "STRASSE"}, []string{"Straße.txt", "STRASSE (2).txt"}},
		{[]string{"é", "e\u0301", "É"}, []string{"é.txt", "é (2).txt", "É (3).txt"}},
		{[]string{"a", "a (2)", "a", "a"}, []string{"a.txt", "a (2).txt", "a (3).txt", "a (4).txt"}},
		{[]string{long, long + "y"}, []string{long[:maxName-4] + ".txt", long[:maxName-8] + " (2).txt"}},
		{[]string{"\u13a0", "\uab70"}, []string{"\u13a0.txt", "\uab70 (2).txt"}},
		{[]string{"a/b", "a:b"}, []string{"a_b.txt", "a_b (2).txt"}},
	} {
		got := export.Names(tt.titles...)
		for i, want := range tt.want {
			if got[i] != want {
				t.Errorf("%q: %q, want %q", tt.titles, got[i], want)
			}
		}
	}
}

// TestVolumeNamesOfHostileTitlesHOS08: titles that differ only where a number is put need few
// attempts each. The number of allocations shows it.
func TestVolumeNamesOfHostileTitlesHOS08(t *testing.T) {
	const n = 2000
	titles := make([]string, 2*n)
	for i := range titles {
		titles[i] = fmt.Sprintf("%s%04d", strings.Repeat("x", maxName-len("0000.txt")), i%n)
	}
	seen := map[string]bool{}
	allocated := testing.AllocsPerRun(1, func() {
		clear(seen)
		for _, name := range export.Names(titles...) {
			seen[name] = true
		}
	})
	if len(seen) != len(titles) {
		t.Errorf("%d names for %d titles", len(seen), len(titles))
	}
	if each := allocated / float64(len(titles)); each > 50 {
		t.Errorf("%.0f allocations for each title", each)
	}
}

func TestAnyNamesAreSafeAndUniqueEXP06(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		checkNames(r, rapid.SliceOfN(rapid.OneOf(
			rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aAéE\u0301 .\u0345ßſ\u1e9e\u13a0\uab70\u202e()2"))),
		), 1, 20).Draw(r, "titles"))
	})
}

func FuzzNames(f *testing.F) {
	f.Add("CON", "con")
	f.Add("../x", "\u202e")
	f.Fuzz(func(t *testing.T, a, b string) { checkNames(t, []string{a, b, a + b, b}) })
}

type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkNames(t tester, titles []string) {
	t.Helper()
	seen := map[string]string{}
	for i, name := range export.Names(titles...) {
		stem := strings.TrimSuffix(name, ".txt")
		switch {
		case len(name) > maxName, stem == name, stem == "", !utf8.ValidString(name), path.Base(name) != name,
			strings.ContainsAny(name, `/\:*?"<>|%`), strings.HasPrefix(name, "."), !norm.NFC.IsNormalString(name):
			t.Fatalf("title %q is named %q", titles[i], name)
		}
		for _, c := range name {
			if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029' {
				t.Fatalf("title %q is named %q with %U", titles[i], name, c)
			}
		}
		for _, key := range []string{
			norm.NFC.String(cases.Fold().String(name)), strings.ToLower(norm.NFD.String(name)), strings.ToUpper(norm.NFC.String(name)),
		} {
			if other, taken := seen[key]; taken && other != name {
				t.Fatalf("%q and %q are the same to some file system", other, name)
			}
			seen[key] = name
		}
	}
	if len(seen) < len(titles) {
		t.Fatalf("%d names of %d titles", len(seen), len(titles))
	}
}
