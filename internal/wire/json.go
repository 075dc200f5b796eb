package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Marshal writes v as JSON: the same value is always the same bytes, nothing
// is escaped for HTML, an empty list is [] and an empty map {}, and
// "omitempty" means what it means in encoding/json, with which stores write
// the same types.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(
		v,
		json.Deterministic(true),
		jsontext.AllowInvalidUTF8(true), // only names that a caller sent can be invalid; they are replaced
		jsonv1.OmitEmptyWithLegacySemantics(true),
	)
}
