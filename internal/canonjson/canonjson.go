// Package canonjson writes JSON objects in one canonical way, so that equal
// objects are equal bytes.
//
// Unlike RFC 8785 it never touches a number: 9007199254740993, 0.10 and 1e999
// stay as they were sent.
package canonjson

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Why a text is refused. None of them echoes it.
var (
	ErrNotObject    = errors.New("not a JSON object")
	ErrTooLong      = errors.New("longer than allowed")
	ErrTooDeep      = errors.New("nested deeper than allowed")
	ErrDuplicateKey = errors.New("a key occurs twice")
	ErrNUL          = errors.New("a string has a NUL")
	ErrMalformed    = errors.New("not valid JSON (RFC 8259) in UTF-8")
)

// Object answers the canonical text of the JSON object in raw: no white space,
// members sorted by the UTF-8 bytes of their unescaped names, strings with as
// few escapes as JSON allows, numbers exactly as they stand. It is never longer than
// raw, and is its own canonical text.
//
// maxBytes limits the canonical text, maxDepth (at most 10,000) the levels of
// objects and arrays, the outermost counting as one.
func Object(raw []byte, maxBytes, maxDepth int) ([]byte, error) {
	w := writer{in: jsontext.NewDecoder(bytes.NewReader(raw)), maxDepth: maxDepth}
	switch w.in.PeekKind() {
	case jsontext.KindBeginObject:
	case jsontext.KindInvalid:
		return nil, ErrMalformed
	default:
		return nil, ErrNotObject
	}
	text, err := w.appendValue(make([]byte, 0, len(raw)), 0)
	if err != nil {
		return nil, err
	}
	if _, err := w.in.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, ErrMalformed // something follows
	}
	if len(text) > maxBytes {
		return nil, ErrTooLong
	}
	return text, nil
}

type writer struct {
	in       *jsontext.Decoder
	maxDepth int
}

// appendValue moves the next value from the input to dst; depth counts the
// arrays and objects around it.
func (w *writer) appendValue(dst []byte, depth int) ([]byte, error) {
	switch w.in.PeekKind() {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if depth == w.maxDepth {
			return nil, ErrTooDeep
		}
		begin, err := w.token()
		if err != nil {
			return nil, err
		}
		if begin.Kind() == jsontext.KindBeginObject {
			return w.appendMembers(dst, depth+1)
		}
		return w.appendElements(dst, depth+1)
	case jsontext.KindString:
		s, err := w.string()
		if err != nil {
			return nil, err
		}
		return jsontext.AppendQuote(dst, s)
	}
	raw, err := w.in.ReadValue() // a number or a literal, as it stands
	if err != nil {
		return nil, refusal(err)
	}
	return append(dst, raw...), nil
}

func (w *writer) appendElements(dst []byte, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for first := true; w.in.PeekKind() != jsontext.KindEndArray; first = false {
		if !first {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = w.appendValue(dst, depth); err != nil {
			return nil, err
		}
	}
	_, err := w.token()
	return append(dst, ']'), err
}

type member struct {
	name string
	text []byte // "name":value
}

func (w *writer) appendMembers(dst []byte, depth int) ([]byte, error) {
	var members []member
	for w.in.PeekKind() != jsontext.KindEndObject {
		m, err := w.member(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if _, err := w.token(); err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })

	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, m.text...)
	}
	return append(dst, '}'), nil
}

func (w *writer) member(depth int) (member, error) {
	name, err := w.string()
	if err != nil {
		return member{}, err
	}
	text, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		return member{}, refusal(err)
	}
	text, err = w.appendValue(append(text, ':'), depth)
	return member{name, text}, err
}

// string reads a string or a name.
func (w *writer) string() (string, error) {
	t, err := w.token()
	if err != nil {
		return "", err
	}
	s := t.String()
	if strings.Contains(s, "\x00") {
		return "", ErrNUL
	}
	return s, nil
}

func (w *writer) token() (jsontext.Token, error) {
	t, err := w.in.ReadToken()
	return t, refusal(err)
}

// refusal names an error of the decoder, which has no other causes here than
// the text itself.
func refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return ErrDuplicateKey
	}
	return ErrMalformed
}
