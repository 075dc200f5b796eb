package rest

import (
	"bytes"
	"encoding"
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/10ex/assets"
)

// Member is one member of a merge patch (RFC 7396): absent, null or a value.
type Member[T any] struct {
	Given bool
	Null  bool
	Value T
}

func (m *Member[T]) give(null bool) any {
	m.Given, m.Null = true, null
	return &m.Value
}

type member interface{ give(null bool) any }

// decode reads one JSON object into a struct and reports every problem of its
// form: members that are unknown, differently cased, given twice, of a wrong
// type, or empty strings (unless tagged blank:"ok"). null counts as absent
// (unless tagged null:"no"), and a string for a list of it where that is tagged
// lone:"ok".
// The error is ErrBadRequest for what is not one well-formed JSON text
// (RFC 8259, in UTF-8 without lone surrogates).
func decode(text []byte, into any, place string, p *problems) error {
	raw := jsontext.Value(text)
	if !raw.IsValid(jsontext.AllowDuplicateNames(true)) {
		return assets.Errorf(assets.ErrBadRequest, "the %s is not well-formed JSON", place)
	}
	d := decoder{p}
	if raw.Kind() != '{' {
		d.wrong([]any{place}, "must be an object")
		return nil
	}
	d.value(raw, reflect.ValueOf(into).Elem(), "", []any{place})
	return nil
}

// Decode reads one JSON object into a struct as a body is read, for a door that
// has no other input. place stands in front of every problem. When the form is
// wrong, a method Validate() error of what it is read into says what else is.
func Decode(text []byte, into any, place string) error {
	var p problems
	if err := decode(text, into, place, &p); err != nil || len(p.list) == 0 {
		return err
	}
	if v, ok := into.(interface{ Validate() error }); ok {
		p.merge(Locate(v.Validate(), place))
	}
	return p.err()
}

// Locate puts a place in front of the field errors of err, of which an answer
// has so many at most; other errors stay as they are.
func Locate(err error, place string) error {
	fields := assets.FieldErrors(err)
	if len(fields) == 0 {
		return err
	}
	var p problems
	for _, f := range fields {
		p.add(f.At(place))
	}
	return p.err()
}

// decoder walks a well-formed text by the type it is for. Unlike an
// unmarshaler it goes on behind a problem.
type decoder struct{ problems *problems }

func (d decoder) wrong(loc []any, msg string) {
	d.problems.add(assets.Invalid(assets.TypeWrong, msg, loc...))
}

func (d decoder) value(raw jsontext.Value, into reflect.Value, tag reflect.StructTag, loc []any) {
	isNull := bytes.TrimSpace(raw)[0] == 'n'
	if m, ok := reflect.TypeAssert[member](into.Addr()); ok {
		into = reflect.ValueOf(m.give(isNull)).Elem()
	}
	if isNull {
		if tag.Get("null") == "no" {
			d.wrong(loc, "must not be null")
		}
		return
	}
	if v, ok := reflect.TypeAssert[*stdjson.RawMessage](into.Addr()); ok {
		*v = bytes.Clone(raw)
		return
	}
	if custom, ok := parserOf(into); ok {
		d.custom(raw, custom, loc)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.object(raw, into, loc)
	case reflect.Map:
		d.dictionary(raw, into, loc)
	case reflect.Slice:
		if tag.Get("lone") == "ok" && raw.Kind() == '"' {
			raw = slices.Concat([]byte("["), raw, []byte("]"))
		}
		d.array(raw, into, loc)
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(raw, into.Elem(), tag, loc)
	default:
		d.scalar(raw, into, tag, loc)
	}
}

// parserOf answers how a type reads itself, from JSON or from a JSON string.
func parserOf(into reflect.Value) (func(raw jsontext.Value) error, bool) {
	switch v := into.Addr().Interface().(type) {
	case stdjson.Unmarshaler:
		return func(raw jsontext.Value) error { return v.UnmarshalJSON(raw) }, true
	case encoding.TextUnmarshaler:
		return func(raw jsontext.Value) error {
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return assets.Invalid(assets.TypeWrong, "must be a string")
			}
			return v.UnmarshalText([]byte(text))
		}, true
	}
	return nil, false
}

func (d decoder) custom(raw jsontext.Value, parse func(jsontext.Value) error, loc []any) {
	err := parse(raw)
	fields := assets.FieldErrors(err)
	for _, f := range fields {
		d.problems.add(f.At(loc...))
	}
	if err != nil && len(fields) == 0 {
		d.problems.add(assets.Invalid(assets.TypeMalformed, err.Error(), loc...))
	}
}

// object decodes the members of a struct by their json tags; embedded structs
// are inlined.
func (d decoder) object(raw jsontext.Value, into reflect.Value, loc []any) {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(into.Type()) {
		if name := jsonName(f); name != "" {
			fields[name] = f
		}
	}
	d.members(raw, loc, func(name string, value jsontext.Value, loc []any) {
		f, ok := fields[name]
		if !ok {
			d.problems.add(assets.Invalid(assets.TypeUnknown, "no such field", loc...))
			return
		}
		d.value(value, into.FieldByIndex(f.Index), f.Tag, loc)
	})
}

// jsonName answers the member of a field; none when it has no json tag.
func jsonName(f reflect.StructField) string {
	name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
	if string(name) == "-" {
		return ""
	}
	return string(name)
}

func (d decoder) dictionary(raw jsontext.Value, into reflect.Value, loc []any) {
	t := into.Type()
	into.Set(reflect.MakeMap(t))
	d.members(raw, loc, func(name string, value jsontext.Value, loc []any) {
		v := reflect.New(t.Elem()).Elem()
		d.value(value, v, "", loc)
		into.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), v)
	})
}

// members calls fn for each member of an object once; a name given twice is a
// problem of its own.
func (d decoder) members(raw jsontext.Value, loc []any, fn func(name string, value jsontext.Value, loc []any)) {
	if raw.Kind() != '{' {
		d.wrong(loc, "must be an object")
		return
	}
	seen := map[string]bool{}
	dec := elements(raw)
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return // cannot be: the text is well-formed
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		at := slices.Concat(loc, []any{name})
		if seen[name] {
			d.problems.add(assets.Invalid(assets.TypeDuplicate, "is given twice", at...))
			continue
		}
		seen[name] = true
		fn(name, value, at)
	}
}

func (d decoder) array(raw jsontext.Value, into reflect.Value, loc []any) {
	if raw.Kind() != '[' {
		d.wrong(loc, "must be an array")
		return
	}
	list := reflect.MakeSlice(into.Type(), 0, 0)
	dec := elements(raw)
	for i := 0; dec.PeekKind() != ']'; i++ {
		value, err := dec.ReadValue()
		if err != nil {
			return // cannot be: the text is well-formed
		}
		element := reflect.New(into.Type().Elem()).Elem()
		d.value(value, element, "", slices.Concat(loc, []any{i}))
		list = reflect.Append(list, element)
	}
	into.Set(list)
}

// elements answers a decoder that stands behind the opening bracket.
func elements(raw jsontext.Value) *jsontext.Decoder {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))
	_, _ = dec.ReadToken() // the text is well-formed
	return dec
}

func (d decoder) scalar(raw jsontext.Value, into reflect.Value, tag reflect.StructTag, loc []any) {
	if err := json.Unmarshal(raw, into.Addr().Interface()); err != nil {
		d.wrong(loc, "must be "+kindName(into.Kind()))
		return
	}
	switch into.Kind() {
	case reflect.String:
		if into.Len() == 0 && tag.Get("blank") != "ok" {
			d.problems.add(assets.Invalid(assets.TypeTooShort, "must not be empty", loc...))
		}
	case reflect.Int:
		if least := atLeast(tag); into.Int() < int64(least) {
			d.problems.add(assets.Invalid(assets.TypeTooSmall, fmt.Sprintf("must be at least %d", least), loc...))
		}
	}
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}
