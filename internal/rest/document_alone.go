package rest

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets/internal/wire"
)

// Arguments answers the JSON Schema of a struct that callers send, complete in
// itself: the same bytes for the same type.
func (a *About) Arguments(t reflect.Type) json.RawMessage {
	return a.alone(func(s *schemas) *jsonschema.Schema { return s.input(t) })
}

// Result answers the JSON Schema of a struct that callers get, complete in
// itself.
func (a *About) Result(t reflect.Type) json.RawMessage {
	return a.alone(func(s *schemas) *jsonschema.Schema { return s.output(t) })
}

// alone makes definitions of what would be components.
func (a *About) alone(root func(*schemas) *jsonschema.Schema) json.RawMessage {
	s := newSchemas(a)
	name := componentOf(root(s))
	whole := s.made[name]
	delete(s.made, name)
	whole.Defs = s.made
	text, err := wire.Marshal(whole)
	if err != nil {
		panic(err) // strings, numbers and lists only
	}
	return bytes.ReplaceAll(text, []byte(schemasAt), []byte("#/$defs/"))
}
