package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

const schemasPath = "#/components/schemas/"

// schemas collects the components of struct types and of the values that
// [About.Names] names. The same struct has one component as input and another one as
// output: input must not have unknown members, and null in it means that the member is
// absent. Output may get more members in later versions, which a client must ignore.
type schemas struct {
	about      *About
	components map[string]*jsonschema.Schema
	types      map[string]reflect.Type // by name of the component
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
	return s.named(s.outputName(t), t)
}

func (s *schemas) outputName(t reflect.Type) string {
	return cmp.Or(s.about.Names[t], capital(t.Name()))
}

// inputName returns the name of the component of an input type. It starts with
// "New" for types of the domain, which are output types too.
func inputName(t reflect.Type) string {
	name := capital(t.Name())
	if t.PkgPath() == reflect.TypeFor[assets.Asset]().PkgPath() && !strings.HasPrefix(name, "New") {
		return "New" + name
	}
	return name
}

// named returns a reference to the component of a struct type. It panics if
// another type has the same name.
func (s *schemas) named(name string, t reflect.Type, input ...bool) *jsonschema.Schema {
	if known, ok := s.types[name]; ok {
		if known != t {
			panic(fmt.Sprintf("rest: %v and %v have the same name in the document", known, t))
		}
		return reference(name)
	}
	s.types[name] = t
	s.components[name] = s.object(name, t, len(input) > 0)
	if len(input) == 0 {
		removeMembers(s.components[name], s.about.Details[t].Members)
	}
	return reference(name)
}

// detail returns a reference to the component of an output type with all its members.
func (s *schemas) detail(t reflect.Type) *jsonschema.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	d := s.about.Details[t]
	if s.types[d.Name] == nil {
		s.types[d.Name] = t
		all := s.object(s.outputName(t), t, false)
		all.Required = append(all.Required, d.Members...)
		s.components[d.Name] = all
	}
	return reference(d.Name)
}

// removeMembers removes members that are not required.
func removeMembers(s *jsonschema.Schema, names []string) {
	for _, name := range names {
		delete(s.Properties, name)
	}
	s.PropertyOrder = slices.DeleteFunc(slices.Clone(s.PropertyOrder), func(name string) bool { return slices.Contains(names, name) })
}

// value returns the schema of a parameter.
func (s *schemas) value(t reflect.Type) *jsonschema.Schema {
	known := s.knownTypes()
	if t.Kind() == reflect.Slice {
		s.addNamedValue(t.Elem(), known)
	}
	s.addNamedValue(t, known)
	v, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		panic(err)
	}
	refuseNull(v)
	if v.Items != nil {
		refuseNull(v.Items)
	}
	return v
}

func (s *schemas) knownTypes() map[reflect.Type]*jsonschema.Schema {
	known := map[reflect.Type]*jsonschema.Schema{}
	maps.Copy(known, s.about.Types)
	return known
}

// addNamedValue adds a reference to the component of a single value to into, if its
// type has a name. It reports whether the type has one.
func (s *schemas) addNamedValue(t reflect.Type, into map[reflect.Type]*jsonschema.Schema) bool {
	name, v := s.about.Names[t], s.about.Types[t]
	if name == "" || v == nil {
		return false
	}
	v = v.CloneSchemas()
	r := reference(name)
	if slices.Contains(v.Types, "null") {
		v.Type, v.Types = v.Types[0], nil
		v.Enum = slices.DeleteFunc(slices.Clone(v.Enum), func(e any) bool { return e == nil })
		acceptNull(r)
	}
	s.types[name], s.components[name] = t, v
	into[t] = r
	return true
}

// object returns the schema of a struct.
func (s *schemas) object(name string, t reflect.Type, input bool) *jsonschema.Schema {
	known := s.knownTypes()
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if member := jsonName(f); member != "" {
			fields[member] = f
			s.addReferences(f.Type, input, known)
		}
	}
	out, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		panic(err)
	}
	for member, p := range out.Properties {
		if isInt64(fields[member].Type) && p.Format == "" {
			p.Format = "int64"
		}
		s.member(name, member, p)
		if input {
			applyTags(p, fields[member].Tag, slices.Contains(out.Required, member))
		}
	}
	if !input {
		out.AdditionalProperties = nil
	}
	return out
}

// isInt64 reports whether t is int64 or a pointer to it. In JSON that is a size or a
// count, and some generators take a whole number without a format for 32 bits.
func isInt64(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == reflect.TypeFor[int64]()
}

// addReferences adds references to the structs and named values that a type t contains
// to into.
func (s *schemas) addReferences(t reflect.Type, input bool, into map[reflect.Type]*jsonschema.Schema) {
	if s.addNamedValue(t, into) || into[t] != nil {
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		s.addReferences(t.Elem(), input, into)
	case reflect.Struct:
		switch m, patch := reflect.TypeAssert[member](reflect.New(t)); {
		case patch:
			into[t] = s.value(reflect.TypeOf(m.set(false)).Elem())
		case input:
			into[t] = s.input(t)
		default:
			into[t] = s.output(t)
		}
	}
}

// member completes the schema of a member with what About has on it.
func (s *schemas) member(component, name string, p *jsonschema.Schema) {
	refuseNull(p)
	if p.Items != nil {
		refuseNull(p.Items)
	}
	override(p, s.about.Members[component+"."+name])
	if p.Ref == "" {
		fill(p, s.about.Members[name])
	}
}

// applyTags changes a schema as the tags change the decoder.
func applyTags(p *jsonschema.Schema, tag reflect.StructTag, required bool) {
	if tag.Get("blank") != "ok" {
		refuseEmpty(p)
	}
	if n := minimum(tag); n > math.MinInt32 {
		p.Minimum = new(float64(n))
	}
	if p.AdditionalProperties != nil && p.AdditionalProperties.Type != "" {
		acceptNull(p.AdditionalProperties)
	}
	if tag.Get("lone") == "ok" {
		acceptLone(p)
	}
	if !required && tag.Get("null") != "no" {
		acceptNull(p)
	}
}

// acceptLone makes a schema of a list accept one of its elements too.
func acceptLone(s *jsonschema.Schema) {
	list := *s
	list.Description, list.MinItems, list.MaxItems = "", new(1), new(maxRepeated)
	*s = jsonschema.Schema{Description: s.Description, AnyOf: []*jsonschema.Schema{s.Items, &list}}
}

// refuseEmpty makes a schema refuse the empty string, unless it has a constraint on
// strings already.
func refuseEmpty(s *jsonschema.Schema) {
	text := s.Type == "string" || slices.Contains(s.Types, "string")
	if text && s.MinLength == nil && s.Pattern == "" && s.Format == "" && len(s.Enum) == 0 {
		s.MinLength = new(1)
	}
}

func reference(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: schemasPath + name} }

// componentName returns the name of the component that s refers to.
func componentName(s *jsonschema.Schema) string { return strings.TrimPrefix(s.Ref, schemasPath) }

// refuseNull removes null from the schema of a slice, a map or a pointer to a
// struct, which are never null in JSON.
func refuseNull(s *jsonschema.Schema) {
	if s.Ref != "" {
		s.Types = nil
	}
	if len(s.Types) == 2 && s.Types[0] == "null" && (s.Types[1] == "array" || s.Types[1] == "object") {
		s.Type, s.Types = s.Types[1], nil
	}
	if s.AdditionalProperties != nil {
		refuseNull(s.AdditionalProperties)
	}
}

// acceptNull makes a schema accept null too.
func acceptNull(s *jsonschema.Schema) {
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

// override sets the fields of s that m has.
func override(s, m *jsonschema.Schema) {
	if m != nil && m.Type != "" {
		s.Types, s.Ref = nil, ""
	}
	merge(s, m, func(reflect.Value) bool { return true })
}

// fill sets the fields of s that m has and s does not have.
func fill(s, m *jsonschema.Schema) { merge(s, m, reflect.Value.IsZero) }

// merge sets the fields of s that m has and for which replace reports true for the
// value in s.
func merge(s, m *jsonschema.Schema, replace func(reflect.Value) bool) {
	if m == nil {
		return
	}
	into, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(m.CloneSchemas()).Elem()
	if m.Types != nil || m.Ref != "" || m.AnyOf != nil { // m replaces the type
		s.Type, s.Types, s.Ref = "", nil, ""
	}
	for i := range into.NumField() {
		if !from.Field(i).IsZero() && replace(into.Field(i)) {
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

// Arguments returns the JSON Schema of a struct type that callers send. The schema
// is self-contained, and the same type always gives the same bytes.
func (a *About) Arguments(t reflect.Type) json.RawMessage {
	return a.selfContained(func(s *schemas) *jsonschema.Schema { return s.input(t) })
}

// Result returns the JSON Schema of a struct type that callers receive. The schema
// is self-contained, and the same type always gives the same bytes.
func (a *About) Result(t reflect.Type) json.RawMessage {
	return a.selfContained(func(s *schemas) *jsonschema.Schema { return s.output(t) })
}

// selfContained returns the schema that root refers to, with all other components
// as its definitions.
func (a *About) selfContained(root func(*schemas) *jsonschema.Schema) json.RawMessage {
	s := newSchemas(a)
	name := componentName(root(s))
	schema := s.components[name]
	delete(s.components, name)
	schema.Defs = s.components
	text, err := wire.Marshal(schema)
	if err != nil {
		panic(err) // strings, numbers and lists only
	}
	return bytes.ReplaceAll(text, []byte(schemasPath), []byte("#/$defs/"))
}
