package canonjson

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Marshal returns v as JSON. The same value is always written as the same
// bytes. HTML is not escaped, an empty list is [] and an empty map {}, and
// "omitempty" means what it means in encoding/json. Invalid UTF-8 is replaced
// with U+FFFD.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(
		v,
		json.Deterministic(true),
		jsontext.AllowInvalidUTF8(true),
		jsonv1.OmitEmptyWithLegacySemantics(true),
	)
}
