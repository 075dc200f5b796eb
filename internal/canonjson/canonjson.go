// Package canonjson reads JSON strictly and writes it in one canonical way, so
// that equal values are equal bytes.
//
// It is the only package that imports github.com/go-json-experiment/json, so
// that the move to encoding/json/v2 of the standard library is one change.
package canonjson

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Errors of [Object]. Their texts do not quote the input.
var (
	ErrNotObject    = errors.New("not a JSON object")
	ErrTooLong      = errors.New("longer than allowed")
	ErrTooDeep      = errors.New("nested deeper than allowed")
	ErrDuplicateKey = errors.New("a key occurs twice")
	ErrNUL          = errors.New("a string contains NUL")
	ErrNumberRange  = errors.New("a number is beyond the range of float64")
	ErrMalformed    = errors.New("not valid JSON (RFC 8259) in UTF-8")
)

// Object returns the canonical text of the JSON object in raw: no white space,
// members sorted by the UTF-8 bytes of their unescaped names, strings with the
// fewest escapes that JSON allows, and numbers exactly as they were sent. The
// canonical text is never longer than raw, and it is its own canonical text.
//
// The maxBytes limit applies to the canonical text. The maxDepth limit, below
// 10,000, applies to nested objects and arrays; the outermost object has depth
// one.
//
// Object returns the first error in the order of the text, which is
// [ErrNotObject], [ErrTooDeep], [ErrDuplicateKey], [ErrNUL], [ErrNumberRange] or
// [ErrMalformed].
// For a text without these errors it returns [ErrTooLong] if the canonical text
// is too long.
//
// Stored fingerprints depend on the canonical text, so it must not change. It
// differs from that of RFC 8785, which rewrites numbers and sorts names by
// their UTF-16 code units.
func Object(raw []byte, maxBytes, maxDepth int) ([]byte, error) {
	if err := check(raw, maxDepth); err != nil {
		return nil, err
	}
	text := jsontext.Value(bytes.Clone(raw))
	if err := text.Format(); err != nil {
		return nil, ErrMalformed
	}
	// Format sorts by UTF-16 code units.
	text = bytes.Map(byUTF16, text)
	if err := text.Format(jsontext.ReorderRawObjects(true)); err != nil {
		return nil, ErrMalformed
	}
	text = bytes.Map(byCodePoint, text)
	if len(text) > maxBytes {
		return nil, ErrTooLong
	}
	return text, nil
}

// check returns an error unless raw is one JSON object that Object accepts.
func check(raw []byte, maxDepth int) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if kind := d.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
		return ErrNotObject
	}
	for first := true; first || d.StackDepth() > 0; first = false {
		t, err := d.ReadToken()
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			return ErrDuplicateKey
		case err != nil:
			return ErrMalformed
		case d.StackDepth() > maxDepth:
			return ErrTooDeep
		case t.Kind() == jsontext.KindString && strings.Contains(t.String(), "\x00"):
			return ErrNUL
		case !inRange(t):
			return ErrNumberRange
		}
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return ErrMalformed // a second value
	}
	return nil
}

// inRange reports whether t is a number that float64 can represent, rounded, or no
// number. Larger ones have no value for most readers of JSON.
func inRange(t jsontext.Token) bool {
	if t.Kind() != jsontext.KindNumber {
		return true
	}
	_, err := strconv.ParseFloat(t.String(), 64) // a very small number is zero
	return err == nil
}

// UTF-16 sorts the code points above U+FFFF, which it writes with surrogates,
// before U+E000 to U+FFFF. UTF-8 sorts by code point.
const (
	afterSurrogates = 0xe000
	supplementary   = 0x10000
	numSupplement   = 0x100000 // code points above U+FFFF
	numBetween      = supplementary - afterSurrogates
)

// byUTF16 maps the code points onto themselves so that sorting the results by
// UTF-16 code units sorts the arguments by code point.
func byUTF16(r rune) rune {
	switch {
	case r < afterSurrogates:
		return r
	case r < afterSurrogates+numSupplement:
		return r + numBetween
	}
	return r - numSupplement
}

// byCodePoint is the inverse of byUTF16.
func byCodePoint(r rune) rune {
	switch {
	case r < afterSurrogates:
		return r
	case r < supplementary:
		return r + numSupplement
	}
	return r - numBetween
}
