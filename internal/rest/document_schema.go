package rest

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
)

const schemasAt = "#/components/schemas/"

// schemas makes a component of each struct type that has a name. A struct
// which callers send is another one than that which they get: it is refused
// with unknown members, and null counts as absent in it.
type schemas struct {
	about *About
	made  map[string]*jsonschema.Schema
	types map[string]reflect.Type
}

func newSchemas(about *About) *schemas {
	return &schemas{about, map[string]*jsonschema.Schema{}, map[string]reflect.Type{}}
}

func (s *schemas) input(t reflect.Type) *jsonschema.Schema {
	return s.named(inputName(t), t, true)
}

func (s *schemas) output(t reflect.Type) *jsonschema.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return s.named(capital(t.Name()), t)
}

// inputName keeps types of the domain, which callers also get, apart.
func inputName(t reflect.Type) string {
	name := capital(t.Name())
	if t.PkgPath() == reflect.TypeFor[assets.Asset]().PkgPath() && !strings.HasPrefix(name, "New") {
		return "New" + name
	}
	return name
}

// named answers a reference to the component of a struct type.
func (s *schemas) named(name string, t reflect.Type, input ...bool) *jsonschema.Schema {
	if known, ok := s.types[name]; ok {
		if known != t {
			panic(fmt.Sprintf("rest: %v and %v have the same name in the document", known, t))
		}
		return reference(name)
	}
	s.types[name] = t
	s.made[name] = s.object(name, t, len(input) > 0)
	return reference(name)
}

// value answers the schema of a parameter.
func (s *schemas) value(t reflect.Type) *jsonschema.Schema {
	v, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: s.about.Types})
	if err != nil {
		panic(err)
	}
	denull(v)
	return v
}

// object answers the schema of a struct.
func (s *schemas) object(name string, t reflect.Type, input bool) *jsonschema.Schema {
	known := map[reflect.Type]*jsonschema.Schema{}
	maps.Copy(known, s.about.Types)
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if member := jsonName(f); member != "" {
			fields[member] = f
			s.collect(f.Type, input, known)
		}
	}
	out, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		panic(err)
	}
	for member, p := range out.Properties {
		s.member(name, member, p)
		if input {
			sent(p, fields[member].Tag, slices.Contains(out.Required, member))
		}
	}
	return out
}

// collect makes references of the structs that a member may hold.
func (s *schemas) collect(t reflect.Type, input bool, into map[reflect.Type]*jsonschema.Schema) {
	if into[t] != nil {
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		s.collect(t.Elem(), input, into)
	case reflect.Struct:
		switch m, patch := reflect.TypeAssert[member](reflect.New(t)); {
		case patch:
			into[t] = s.value(reflect.TypeOf(m.give(false)).Elem())
		case input:
			into[t] = s.input(t)
		default:
			into[t] = s.output(t)
		}
	}
}

// member completes a property with what is known of it.
func (s *schemas) member(component, name string, p *jsonschema.Schema) {
	denull(p)
	if p.Items != nil {
		denull(p.Items)
	}
	override(p, s.about.Members[component+"."+name])
	if p.Ref == "" {
		fill(p, s.about.Members[name])
	}
}

// sent applies the tags that the decoder honours.
func sent(p *jsonschema.Schema, tag reflect.StructTag, required bool) {
	if tag.Get("blank") != "ok" {
		notEmpty(p)
	}
	if least := atLeast(tag); least > math.MinInt32 {
		p.Minimum = new(float64(least))
	}
	if p.AdditionalProperties != nil && p.AdditionalProperties.Type != "" {
		nullable(p.AdditionalProperties)
	}
	if tag.Get("lone") == "ok" {
		loneOrList(p)
	}
	if !required && tag.Get("null") != "no" {
		nullable(p)
	}
}

// loneOrList lets a list also be one of its elements.
func loneOrList(s *jsonschema.Schema) {
	list := *s
	list.Description, list.MinItems, list.MaxItems = "", new(1), new(maxRepeated)
	*s = jsonschema.Schema{Description: s.Description, AnyOf: []*jsonschema.Schema{s.Items, &list}}
}

// notEmpty refuses empty text, where nothing else does already.
func notEmpty(s *jsonschema.Schema) {
	text := s.Type == "string" || slices.Contains(s.Types, "string")
	if text && s.MinLength == nil && s.Pattern == "" && s.Format == "" && len(s.Enum) == 0 {
		s.MinLength = new(1)
	}
}

func reference(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: schemasAt + name} }

func componentOf(s *jsonschema.Schema) string { return strings.TrimPrefix(s.Ref, schemasAt) }

// denull takes back that Go's slices, maps and pointers to structs may be nil:
// on the wire they are not.
func denull(s *jsonschema.Schema) {
	if s.Ref != "" {
		s.Types = nil
	}
	if len(s.Types) == 2 && s.Types[0] == "null" && (s.Types[1] == "array" || s.Types[1] == "object") {
		s.Type, s.Types = s.Types[1], nil
	}
	if s.AdditionalProperties != nil {
		denull(s.AdditionalProperties)
	}
}

// nullable lets a value also be null.
func nullable(s *jsonschema.Schema) {
	switch {
	case s.Ref != "":
		*s = jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Ref: s.Ref}, {Type: "null"}}}
	case s.AnyOf != nil:
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: "null"})
	case s.Type != "":
		s.Type, s.Types = "", []string{s.Type, "null"}
		if len(s.Enum) > 0 {
			s.Enum = append(slices.Clone(s.Enum), nil)
		}
	}
}

// override sets what m says.
func override(s, m *jsonschema.Schema) {
	merge(s, m, func(reflect.Value) bool { return true })
}

// fill sets what m says and s does not.
func fill(s, m *jsonschema.Schema) { merge(s, m, reflect.Value.IsZero) }

func merge(s, m *jsonschema.Schema, may func(reflect.Value) bool) {
	if m == nil {
		return
	}
	into, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(m.CloneSchemas()).Elem()
	if m.Types != nil || m.Ref != "" || m.AnyOf != nil { // another type altogether
		s.Type, s.Types = "", nil
	}
	for i := range into.NumField() {
		if !from.Field(i).IsZero() && may(into.Field(i)) {
			into.Field(i).Set(from.Field(i))
		}
	}
}

func capital(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
