package canonjson

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Valid reports whether text is exactly one JSON value (RFC 8259), in UTF-8 and
// without lone surrogates. Names may occur twice.
func Valid(text []byte) bool {
	return jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true))
}

// InRange reports whether every number in a valid JSON text is within the range of
// float64.
func InRange(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return true // the end
		}
		if !inRange(t) {
			return false
		}
	}
}

// Unmarshal reads the JSON value in text into what v points to. It returns an
// error for a member that v has no field for, also if only the case of its name
// differs, and for a name that occurs twice.
func Unmarshal(text []byte, v any) error {
	return json.Unmarshal(text, v, json.RejectUnknownMembers(true))
}

// Members yields the unescaped name and the text of each member of a valid JSON
// object, without white space around them and also if a name occurs twice. A
// text must not be used after the next member is yielded.
func Members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		d := inside(object)
		for d.PeekKind() != jsontext.KindEndObject {
			name, err := d.ReadToken()
			if err != nil {
				return
			}
			key := name.String() // a token is void after the next read
			value, err := d.ReadValue()
			if err != nil || !yield(key, value) {
				return
			}
		}
	}
}

// Elements yields the text of each element of a valid JSON array, without white
// space around it. A text must not be used after the next element is yielded.
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		d := inside(array)
		for d.PeekKind() != jsontext.KindEndArray {
			value, err := d.ReadValue()
			if err != nil || !yield(value) {
				return
			}
		}
	}
}

// inside returns a decoder that has read the opening bracket of text.
func inside(text []byte) *jsontext.Decoder {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	_, _ = d.ReadToken() // the text is valid
	return d
}
