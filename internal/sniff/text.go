package sniff

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// ErrNotText: the content is not valid UTF-8, or has a NUL.
var ErrNotText = errors.New("not UTF-8 text without NUL")

// Text checks that what is written to it, in chunks of any size, is valid
// UTF-8 without NUL. Write fails with [ErrNotText] as soon as it is not. The
// zero value is ready; nothing at all is valid.
type Text struct {
	cut    [utf8.UTFMax]byte // beginning of a character that the last chunk cut
	n      int
	failed bool
}

// Write checks one more chunk.
func (t *Text) Write(p []byte) (int, error) {
	if t.failed = t.failed || !t.accept(p); t.failed {
		return 0, ErrNotText
	}
	return len(p), nil
}

// Finish answers [ErrNotText] unless everything written was valid and whole.
func (t *Text) Finish() error {
	if t.failed || t.n > 0 {
		return ErrNotText
	}
	return nil
}

func (t *Text) accept(p []byte) bool {
	for t.n > 0 && len(p) > 0 {
		t.cut[t.n], p = p[0], p[1:]
		t.n++
		if !utf8.FullRune(t.cut[:t.n]) {
			continue
		}
		if !utf8.Valid(t.cut[:t.n]) {
			return false
		}
		t.n = 0
	}
	whole := p[:len(p)-incomplete(p)]
	t.n += copy(t.cut[t.n:], p[len(whole):])
	return utf8.Valid(whole) && bytes.IndexByte(whole, 0) < 0
}

// incomplete answers how many bytes at the end of p begin a character that
// goes on behind it.
func incomplete(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if tail := p[len(p)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
