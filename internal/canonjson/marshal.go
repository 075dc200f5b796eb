package canonjson

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Marshal returns v as JSON. The same value is always written as the same
// bytes. HTML is not escaped, an empty list is [] and an empty map {}, and
// "omitempty" means what it means in encoding/json. Invalid UTF-8 is replaced
// with U+FFFD.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, marshalOptions()) }

// Write writes what Marshal returns, piece by piece: the memory that it takes depends
// on the longest string in v, not on the size of the whole. It returns the first
// error of w.
func Write(w io.Writer, v any) error { return json.MarshalWrite(w, v, marshalOptions()) }

func marshalOptions() json.Options {
	return json.JoinOptions(
		json.Deterministic(true),
		jsontext.AllowInvalidUTF8(true),
		jsonv1.OmitEmptyWithLegacySemantics(true),
	)
}
