// Package searchwords reduces text to search words, once and in Go, so that every
// store finds the same.
package searchwords

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// longest is how many characters of a word count: the index of a database
// takes no longer ones.
const longest = 64

// Words answers the search words of a text: its runs of letters and digits
// after compatibility decomposition (NFKD), Unicode case folding and dropping
// all marks. "Straße, Café!" has the words strasse and cafe; Of a longer word the first 64 characters count. Hangul comes out
// as the jamo it is spelled with, so that a prefix may end within a syllable.
// Bytes that are not UTF-8 separate words. The words of words are themselves.
func Words(text string) []string {
	text = strings.ToValidUTF8(text, " ") // norm leaves what stands beside a bad byte as it is
	// The second NFKD takes apart what folding made (Unicode §3.13, D146);
	// lowering settles Cherokee, which folds to and fro.
	folded := strings.ToLower(norm.NFKD.String(cases.Fold().String(norm.NFKD.String(text))))
	unmarked := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, folded)
	words := strings.FieldsFunc(unmarked, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, w := range words {
		words[i] = cut(w)
	}
	return words
}

// cut answers the first longest characters of a word.
func cut(word string) string {
	if len(word) <= longest {
		return word
	}
	n := 0
	for i := range word {
		if n == longest {
			return word[:i]
		}
		n++
	}
	return word
}

// Text answers the search words of b separated by one space each.
func Text(b []byte) string { return strings.Join(Words(string(b)), " ") }

// NFC answers s in Unicode normalization form C (UAX #15).
func NFC(s string) string { return norm.NFC.String(s) }
