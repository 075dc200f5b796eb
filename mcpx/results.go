package mcpx

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/10ex/assets/internal/rest"
)

// shape is what the schema of a result tells: the types of members. Descriptions,
// formats and limits are in the OpenAPI document. With them the schemas of results were
// most of tools/list, which every agent reads before it begins.
type shape struct {
	Type       any               `json:"type,omitempty"` // a name, or a list of names
	Properties map[string]*shape `json:"properties,omitempty"`
	Items      *shape            `json:"items,omitempty"`
	Ref        string            `json:"$ref,omitempty"`
	AnyOf      []*shape          `json:"anyOf,omitempty"`
	Defs       map[string]*shape `json:"$defs,omitempty"`
}

// resultSchema returns the schema of results of a type: of members, and of those of
// objects and arrays within them down to a depth of 1 or more. If names are given, it has
// only these members.
func resultSchema(about *rest.About, t reflect.Type, depth int, names ...string) json.RawMessage {
	var whole shape
	err := json.Unmarshal(about.Result(t), &whole)
	if err != nil {
		panic(err) // it is made of types of this module only
	}
	result := whole.cut(whole.Defs, depth)
	maps.DeleteFunc(result.Properties, func(name string, _ *shape) bool {
		return len(names) > 0 && !slices.Contains(names, name)
	})
	text, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	return text
}

// cut returns the shape without references and without what is below a depth.
func (s *shape) cut(defs map[string]*shape, depth int) *shape {
	if s.Ref != "" {
		return defs[strings.TrimPrefix(s.Ref, "#/$defs/")].cut(defs, depth)
	}
	out := &shape{Type: s.types(defs)}
	if depth == 0 {
		return out
	}
	for name, p := range s.Properties {
		if out.Properties == nil {
			out.Properties = map[string]*shape{}
		}
		out.Properties[name] = p.cut(defs, depth-1)
	}
	if s.Items != nil {
		out.Items = s.Items.cut(defs, depth)
	}
	return out
}

// types returns the type of a shape, or all types that it can have with null as the
// last.
func (s *shape) types(defs map[string]*shape) any {
	all, several := s.Type.([]any)
	for _, one := range s.AnyOf {
		all, several = append(all, one.cut(defs, 0).Type), true
	}
	if !several {
		return s.Type
	}
	slices.SortStableFunc(all, func(a, b any) int {
		switch {
		case a == b:
			return 0
		case a == "null":
			return 1
		case b == "null":
			return -1
		}
		return 0
	})
	return all
}
