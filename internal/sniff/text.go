package sniff

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// ErrNotText: the content is not valid UTF-8 or contains NUL.
var ErrNotText = errors.New("not UTF-8 text without NUL")

// Text checks that the bytes written to it, in chunks of any size, are valid UTF-8
// without NUL. Write returns [ErrNotText] as soon as they are not. The zero value
// is ready to use. An empty text is valid.
type Text struct {
	partial [utf8.UTFMax]byte // a character that continues in the next chunk
	n       int               // bytes in partial
	failed  bool
}

// Write checks the next chunk. After an error it always returns [ErrNotText].
func (t *Text) Write(p []byte) (int, error) {
	if t.failed = t.failed || !t.accept(p); t.failed {
		return 0, ErrNotText
	}
	return len(p), nil
}

// Finish returns [ErrNotText] unless everything written is valid and ends with a
// complete character.
func (t *Text) Finish() error {
	if t.failed || t.n > 0 {
		return ErrNotText
	}
	return nil
}

func (t *Text) accept(p []byte) bool {
	for t.n > 0 && len(p) > 0 {
		t.partial[t.n], p = p[0], p[1:]
		t.n++
		if !utf8.FullRune(t.partial[:t.n]) {
			continue
		}
		if !utf8.Valid(t.partial[:t.n]) {
			return false
		}
		t.n = 0
	}
	complete := p[:len(p)-incomplete(p)]
	t.n += copy(t.partial[t.n:], p[len(complete):])
	return utf8.Valid(complete) && bytes.IndexByte(complete, 0) < 0
}

// incomplete returns the number of bytes at the end of p that are the beginning of
// an incomplete character.
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
