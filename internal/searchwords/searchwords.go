// Package searchwords makes the words by which texts are found. It is in Go, so that
// all stores find the same.
//
// A word is a run of letters and digits of a normalised text, see [Text]. The scripts
// that are written without spaces between words (Han, Kana, Thai, Lao, Khmer,
// Burmese) have no such words: of their runs, each character and each pair of
// neighbours is a word. A search for a run then finds it in the middle of others.
package searchwords

import (
	"iter"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxWord is the maximum length of a word in characters. Indexes of databases
	// limit the length of a word.
	maxWord = 64
	// maxIndex limits the size of what Index returns, where each word counts as
	// wordOverhead bytes more than it has. A store can then keep each word, and up to
	// three beginnings of it, with a mark before each, within the 1 MiB that a tsvector
	// of PostgreSQL may have. 64 KiB of prose in any language are well
	// within it.
	maxIndex     = 256_000
	wordOverhead = 14
)

// Index returns the words by which texts are found, sorted and each once. If there are
// extraordinarily many, it returns those that come first: more than 9,000 of ordinary
// length.
func Index(texts ...string) []string {
	found := map[string]struct{}{}
	var all []string // of one run
	size := 0
	for _, text := range texts {
		for run, unspaced := range runs(normalise(text)) {
			all = appendWords(all[:0], run, unspaced, 1)
			for _, word := range all {
				if _, known := found[word]; known {
					continue
				}
				if size += len(word) + wordOverhead; size > maxIndex {
					return slices.Sorted(maps.Keys(found))
				}
				found[word] = struct{}{}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Query returns the words that a text must have to be found by q: the last one, which
// is the beginning of a word, at the end, and before it the others, sorted and each
// once. It returns an empty slice for a q without letters and digits.
func Query(q string) []string {
	all := []string{}
	for run, unspaced := range runs(normalise(q)) {
		all = appendWords(all, run, unspaced, 2)
	}
	if len(all) == 0 {
		return all
	}
	last := all[len(all)-1]
	others := slices.DeleteFunc(all[:len(all)-1], func(w string) bool { return w == last })
	slices.Sort(others)
	return append(slices.Compact(others), last)
}

// appendWords appends the words of a run: itself, cut to 64 characters, or if it is without
// spaces its pairs of neighbours and, unless shortest is 2 and it has a pair, its
// single characters.
func appendWords(all []string, run string, unspaced bool, shortest int) []string {
	if !unspaced {
		return append(all, cut(run))
	}
	previous := -1 // where the character before begins
	for i, r := range run {
		end := i + utf8.RuneLen(r)
		if previous >= 0 {
			all = append(all, run[previous:end])
		}
		if shortest == 1 || end == len(run) && i == 0 {
			all = append(all, run[i:end])
		}
		previous = i
	}
	return all
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

// runs yields the longest runs of a normalised text that are words, and those that are
// written without spaces.
func runs(text string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		begin, kind := 0, separator
		for i, r := range text {
			k := kindOf(r)
			if k == kind {
				continue
			}
			if kind != separator && !yield(text[begin:i], kind == unspaced) {
				return
			}
			begin, kind = i, k
		}
		if kind != separator {
			yield(text[begin:], kind == unspaced)
		}
	}
}

// kind is what a character of a normalised text is.
type kind int

const (
	separator kind = iota
	spaced         // a letter or digit of words that have spaces between them
	unspaced       // a letter of a script without spaces between words
)

// firstUnspaced is less than every character of a script without spaces.
const firstUnspaced = '\u0e01'

func kindOf(r rune) kind {
	switch {
	case isCommonUnspaced(r), r == longVowel:
		return unspaced
	case r >= firstUnspaced && !unicode.IsDigit(r) && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && (unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)):
		return unspaced
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return spaced
	}
	return separator
}

// isCommonUnspaced reports whether r is a usual letter of Chinese or Japanese. It saves
// the look-ups of the tables of Unicode, which take most of the time of a long text.
func isCommonUnspaced(r rune) bool {
	return '\u4e00' <= r && r <= '\u9fff' || '\u3041' <= r && r <= '\u3096' || '\u30a1' <= r && r <= '\u30fa'
}

// longVowel is the mark of a long vowel in Kana, which Unicode assigns to no script.
const longVowel = '\u30fc'

// NFC returns s in Unicode normalization form C (UAX #15).
func NFC(s string) string { return norm.NFC.String(s) }
