package searchwords

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxText limits the normalised text in bytes. Compatibility decomposition makes of
// some characters eighteen.
const maxText = 256 << 10

// Text returns b normalised for Index: its runs of letters and digits, separated by
// single spaces, after compatibility decomposition (NFKD), Unicode case folding and
// removal of what is not compared:
//
//   - marks, such as accents, vowel points and the vowel signs of Indic scripts;
//   - default-ignorable characters, such as soft hyphens and joiners, and the Arabic
//     tatweel: none of them separates words;
//   - strokes and hooks of Latin letters, and ligatures, which have no decomposition:
//     đ is d, ø is o, ł is l, ı is i, æ is ae, þ is th.
//
// "Straße, Café!" is "strasse cafe". Hangul is decomposed into jamo, so that the
// beginning of a word may end within a syllable. Bytes that are not UTF-8 separate
// words. Text is idempotent. It returns at most 256 KiB.
func Text(b []byte) string {
	var text strings.Builder
	for run := range strings.FieldsFuncSeq(normalise(string(b)), func(r rune) bool { return kindOf(r) == separator }) {
		if text.Len()+1+len(run) > maxText {
			break
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(run)
	}
	return text.String()
}

// normalise is Text without the separation by single spaces.
func normalise(text string) string {
	if isASCII(text) { // most words of Latin letters, which Index normalises again
		return strings.ToLower(text)
	}
	text = strings.ToValidUTF8(text, " ") // norm does not decompose a character next to an invalid byte
	// Folding may compose characters, which the second NFKD decomposes (Unicode
	// §3.13, D146). Cherokee folds to upper case, so the result is lowered.
	folded := strings.ToLower(norm.NFKD.String(cases.Fold().String(norm.NFKD.String(text))))
	var out strings.Builder
	out.Grow(len(folded))
	for _, r := range folded {
		switch {
		case r < firstFolded, isCommonUnspaced(r):
			out.WriteRune(r)
		case ignored(r):
		case plain[r] != "":
			out.WriteString(plain[r])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// firstFolded is the first character that is ignored or has a plain form.
const firstFolded = '\u00ad'

// tatweel lengthens the line between two Arabic letters.
const tatweel = '\u0640'

// ignored reports whether a character is not compared.
func ignored(r rune) bool {
	switch {
	case unicode.Is(unicode.M, r), r == tatweel:
		return true
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return true
	case unicode.Is(unicode.Cf, r): // Unicode Character Database, DerivedCoreProperties.txt
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && (r < 0xfff9 || r > 0xfffb) && (r < 0x13430 || r > 0x1343f)
	}
	return false
}

// plain has the plain forms of lower-case Latin letters that have no decomposition,
// as in the transform Latin-ASCII of CLDR.
var plain = map[rune]string{
	'æ': "ae", 'ð': "d", 'ø': "o", 'þ': "th", 'đ': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'ŋ': "n", 'œ': "oe", 'ŧ': "t",
	'ƀ': "b", 'ƃ': "b", 'ƈ': "c", 'ƌ': "d", 'ƒ': "f", 'ƙ': "k", 'ƚ': "l", 'ƞ': "n", 'ƥ': "p", 'ƭ': "t", 'ƴ': "y", 'ƶ': "z",
	'ǥ': "g", 'ȡ': "d", 'ȥ': "z", 'ȴ': "l", 'ȵ': "n", 'ȶ': "t", 'ȷ': "j", 'ȼ': "c", 'ȿ': "s", 'ɀ': "z", 'ɇ': "e", 'ɉ': "j",
	'ɋ': "q", 'ɍ': "r", 'ɏ': "y", 'ɓ': "b", 'ɖ': "d", 'ɗ': "d", 'ɠ': "g", 'ɨ': "i", 'ɫ': "l", 'ɱ': "m", 'ɲ': "n", 'ɳ': "n",
	'ɽ': "r", 'ʂ': "s", 'ʈ': "t", 'ʉ': "u", 'ʋ': "v", 'ʐ': "z", 'ᵽ': "p", 'ⱡ': "l", 'ⱥ': "a", 'ⱦ': "t", 'ⱨ': "h", 'ⱪ': "k",
	'ⱬ': "z", 'ⱱ': "v", 'ⱳ': "w", 'ꝁ': "k", 'ꝑ': "p", 'ꞓ': "c", 'ꞡ': "g", 'ꞣ': "k", 'ꞥ': "n", 'ꞧ': "r", 'ꞩ': "s",
}
