// Package searchwords splits text into normalised search words. It is in Go, so
// that all stores find the same.
package searchwords

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWord is the maximum length of a word in characters. Indexes of databases
// limit the length of a word.
const maxWord = 64

// Words returns the search words of a text: its runs of letters and digits after
// compatibility decomposition (NFKD), Unicode case folding and removal of all
// marks, each cut to 64 characters. "Straße, Café!" has the words strasse and
// cafe. Hangul is decomposed into jamo, so that a prefix may end within a
// syllable. Bytes that are not UTF-8 separate words. Words is idempotent: the
// words of a word are the word itself.
func Words(text string) []string {
	text = strings.ToValidUTF8(text, " ") // norm does not decompose a character next to an invalid byte
	// Folding may compose characters, which the second NFKD decomposes (Unicode
	// §3.13, D146). Cherokee folds to upper case, so the result is lowered.
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

// cut returns the first maxWord characters of a word.
func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := 0
	for i := range word {
		if n == maxWord {
			return word[:i]
		}
		n++
	}
	return word
}

// Text returns the search words of b separated by single spaces.
func Text(b []byte) string { return strings.Join(Words(string(b)), " ") }

// NFC returns s in Unicode normalization form C (UAX #15).
func NFC(s string) string { return norm.NFC.String(s) }
