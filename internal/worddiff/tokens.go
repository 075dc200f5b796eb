package worddiff

import "unicode"

// text is a text with the offsets at which its words begin, and its end. The words
// together are the text.
type text struct {
	all string
	at  []int32
}

func (t *text) len() int { return len(t.at) - 1 }

func (t *text) word(i int) string { return t.all[t.at[i]:t.at[i+1]] }

// split splits a text into words: runs of letters and digits, of spaces, and of ends
// of lines. Any other character is a word, also each letter of a script that has no
// spaces between words. Accents and the like belong to the word before.
func split(all string) *text {
	t := &text{all: all}
	n := 1
	for range words(all) {
		n++
	}
	t.at = make([]int32, 0, n)
	for i := range words(all) {
		t.at = append(t.at, int32(i)) //nolint:gosec // texts are far shorter than 2 GiB
	}
	t.at = append(t.at, int32(len(all))) //nolint:gosec // as above
	return t
}

// words yields the offsets at which words begin.
func words(all string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		before := single
		for i, r := range all {
			c := classOf(r)
			if i > 0 && (c == joined || c == before && c != single) {
				continue
			}
			before = c
			if !yield(i) {
				return
			}
		}
	}
}

// class tells how characters make words.
type class int

const (
	single class = iota // a word
	joined              // part of the word before
	letter              // part of a run
	space               // part of a run
	line                // part of a run
)

func classOf(r rune) class {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_':
		return letter
	case r == '\n', r == '\r':
		return line
	case r == ' ', r == '\t':
		return space
	case r <= unicode.MaxASCII:
		return single
	case unicode.IsMark(r), isJoiner(r):
		return joined
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return single
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return letter
	case unicode.IsSpace(r):
		return space
	}
	return single
}

// isJoiner reports whether r joins the characters around it, or modifies the emoji
// before it.
func isJoiner(r rune) bool {
	return r == '\u200c' || r == '\u200d' || '\U0001F3FB' <= r && r <= '\U0001F3FF'
}
