package rest

import (
	"bytes"
	"cmp"
	"encoding"
	stdjson "encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/canonjson"
)

// Member is one member of a merge patch (RFC 7396): absent, null or a value.
type Member[T any] struct {
	Given bool
	Null  bool
	Value T
}

func (m *Member[T]) set(null bool) any {
	m.Given, m.Null = true, null
	return &m.Value
}

// member is a *Member. Its set marks the member as given and returns a pointer
// to its value.
type member interface{ set(null bool) any }

// decode reads one JSON object into a struct and adds every problem of its
// members to p. The package documentation lists the tags that it honours. It
// returns an error that wraps ErrBadRequest if text is not exactly one JSON text
// (RFC 8259) in UTF-8 without lone surrogates, or if an object or array that a
// json.RawMessage would have contains a number beyond the range of float64.
func decode(text []byte, into any, place string, p *problems) error {
	d := decoder{problems: p}
	return d.text(text, into, place)
}

func (d *decoder) text(text []byte, into any, place string) error {
	if !canonjson.Valid(text) {
		return assets.Errorf(assets.ErrBadRequest, "the %s is not well-formed JSON", place)
	}
	raw := bytes.TrimSpace(text)
	if raw[0] != '{' {
		d.wrongType([]any{place}, "must be an object")
		return nil
	}
	d.value(raw, reflect.ValueOf(into).Elem(), "", []any{place})
	if d.outOfRange {
		return assets.Errorf(assets.ErrBadRequest, "the %s contains a number beyond ±1.8e308", place)
	}
	return nil
}

// Decode reads one JSON object into the struct that into points to, as the body
// of an operation is read. It also requires the members whose json tag has neither
// omitempty nor omitzero. place prefixes the location of every field error. If
// the object has problems and into has a method Validate() error, the field
// errors of Validate are added. It returns an error that wraps ErrBadRequest if
// text is not well-formed JSON.
func Decode(text []byte, into any, place string) error {
	var p problems
	d := decoder{problems: &p, required: true}
	if err := d.text(text, into, place); err != nil || len(p.list) == 0 {
		return err
	}
	if v, ok := into.(interface{ Validate() error }); ok {
		p.merge(Locate(v.Validate(), place))
	}
	return p.err()
}

// maxElements is the maximum number of elements of an array and of members of an
// object. It is more than any of them may have, and bounds what a body of small
// elements takes.
const maxElements = 1000

// decoder reads valid JSON values, without white space around them, by the types
// that they are read into. Unlike json.Unmarshal it continues after a problem.
type decoder struct {
	problems   *problems
	required   bool // members that are required must be given
	outOfRange bool // a number is
}

func (d *decoder) wrongType(loc []any, msg string) {
	d.problems.add(assets.Invalid(assets.TypeWrong, msg, loc...))
}

func (d *decoder) value(raw []byte, into reflect.Value, tag reflect.StructTag, loc []any) {
	isNull := raw[0] == 'n'
	if m, ok := reflect.TypeAssert[member](into.Addr()); ok {
		into = reflect.ValueOf(m.set(isNull)).Elem()
	}
	if isNull {
		if tag.Get("null") == "no" {
			d.wrongType(loc, "must not be null")
		}
		return
	}
	if v, ok := reflect.TypeAssert[*stdjson.RawMessage](into.Addr()); ok {
		// A number alone has the wrong type instead.
		d.outOfRange = d.outOfRange || bytes.ContainsAny(raw[:1], "{[") && !canonjson.InRange(raw)
		*v = bytes.Clone(raw)
		return
	}
	raw = wholeNumber(raw)
	if parse, ok := parserOf(into); ok {
		d.custom(raw, parse, loc)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.object(raw, into, loc)
	case reflect.Map:
		d.dictionary(raw, into, loc)
	case reflect.Slice:
		if tag.Get("lone") == "ok" && raw[0] == '"' {
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

// parserOf returns the method that a type reads itself with, from JSON or from
// the text of a JSON string. ok is false if it has neither.
func parserOf(into reflect.Value) (parse func(raw []byte) error, ok bool) {
	switch v := into.Addr().Interface().(type) {
	case stdjson.Unmarshaler:
		return v.UnmarshalJSON, true
	case encoding.TextUnmarshaler:
		return func(raw []byte) error {
			var text string
			if err := canonjson.Unmarshal(raw, &text); err != nil {
				return assets.Invalid(assets.TypeWrong, "must be a string")
			}
			return v.UnmarshalText([]byte(text))
		}, true
	}
	return nil, false
}

func (d *decoder) custom(raw []byte, parse func([]byte) error, loc []any) {
	err := parse(raw)
	fields := assets.FieldErrors(err)
	for _, f := range fields {
		d.problems.add(f.At(loc...))
	}
	if err != nil && len(fields) == 0 {
		d.problems.add(assets.Invalid(assets.TypeMalformed, err.Error(), loc...))
	}
}

// object reads the members of a struct by their json tags. The members of an
// embedded struct belong to the struct that embeds it.
func (d *decoder) object(raw []byte, into reflect.Value, loc []any) {
	fields, names := map[string]reflect.StructField{}, []string(nil)
	for _, f := range reflect.VisibleFields(into.Type()) {
		if name := jsonName(f); name != "" {
			fields[name], names = f, append(names, name)
		}
	}
	given := map[string]bool{}
	d.members(raw, loc, func(name string, value []byte, loc []any) {
		f, ok := fields[name]
		if !ok {
			d.problems.add(assets.Invalid(assets.TypeUnknownField, "no such field; the fields are "+strings.Join(names, ", "), loc...))
			return
		}
		field := into.FieldByIndex(f.Index)
		_, patch := reflect.TypeAssert[member](field.Addr())
		given[name] = patch || value[0] != 'n' // null means absent
		d.value(value, field, f.Tag, loc)
	})
	if d.required && raw[0] == '{' {
		d.requireGiven(names, fields, given, loc)
	}
}

// requireGiven adds a problem for each required member that is not given.
func (d *decoder) requireGiven(names []string, fields map[string]reflect.StructField, given map[string]bool, loc []any) {
	for _, name := range names {
		f := fields[name]
		if given[name] || strings.Contains(f.Tag.Get("json"), ",omit") {
			continue
		}
		msg := cmp.Or(f.Tag.Get("missing"), "is required")
		d.problems.add(assets.Invalid(assets.TypeMissing, msg, append(slices.Clip(loc), name)...))
	}
}

// jsonName returns the name in the json tag of a field, or an empty string if
// the field is not a member.
func jsonName(f reflect.StructField) string {
	name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
	if string(name) == "-" {
		return ""
	}
	return string(name)
}

func (d *decoder) dictionary(raw []byte, into reflect.Value, loc []any) {
	t := into.Type()
	into.Set(reflect.MakeMap(t))
	d.members(raw, loc, func(name string, value []byte, loc []any) {
		v := reflect.New(t.Elem()).Elem()
		d.value(value, v, "", loc)
		into.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), v)
	})
}

// members calls fn for each member of an object. For a name that occurs again it
// adds a problem instead.
func (d *decoder) members(raw []byte, loc []any, fn func(name string, value []byte, loc []any)) {
	if raw[0] != '{' {
		d.wrongType(loc, "must be an object")
		return
	}
	seen := map[string]bool{}
	for name, value := range canonjson.Members(raw) {
		if d.ends(len(seen), loc) {
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

func (d *decoder) array(raw []byte, into reflect.Value, loc []any) {
	if raw[0] != '[' {
		d.wrongType(loc, "must be an array")
		return
	}
	list := reflect.MakeSlice(into.Type(), 0, 0)
	for value := range canonjson.Elements(raw) {
		if d.ends(list.Len(), loc) {
			break
		}
		element := reflect.New(into.Type().Elem()).Elem()
		d.value(value, element, "", slices.Concat(loc, []any{list.Len()}))
		list = reflect.Append(list, element)
	}
	into.Set(list)
}

// ends reports whether the rest of an array or object of which n elements were read is
// left out, because it has too many or there are problems enough.
func (d *decoder) ends(n int, loc []any) bool {
	if n >= maxElements {
		d.problems.add(assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must have at most %d elements", maxElements), loc...))
		return true
	}
	return d.problems.full()
}

func (d *decoder) scalar(raw []byte, into reflect.Value, tag reflect.StructTag, loc []any) {
	if err := canonjson.Unmarshal(raw, into.Addr().Interface()); err != nil {
		d.wrongType(loc, "must be "+kindName(into.Kind()))
		return
	}
	switch into.Kind() {
	case reflect.String:
		if into.Len() == 0 && tag.Get("blank") != "ok" {
			d.problems.add(assets.Invalid(assets.TypeTooShort, "must not be empty", loc...))
		}
	case reflect.Int:
		if n := minimum(tag); into.Int() < int64(n) {
			d.problems.add(assets.Invalid(assets.TypeTooSmall, fmt.Sprintf("must be at least %d", n), loc...))
		}
	}
}

// wholeNumber returns a whole number that is written with a fraction or an exponent,
// such as 1.0 or 2e3, as an integer. It returns any other JSON value unchanged.
func wholeNumber(raw []byte) []byte {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return raw
	}
	digits, fraction, ok := bytes.Cut(raw, []byte("."))
	if ok && len(bytes.Trim(fraction, "0")) == 0 {
		return digits
	}
	const exact = 1 << 53 // float64 has every whole number up to here
	n, err := strconv.ParseFloat(string(raw), 64)
	if !bytes.ContainsAny(raw, ".eE") || err != nil || n != math.Trunc(n) || math.Abs(n) > exact {
		return raw
	}
	return strconv.AppendInt(nil, int64(n), 10)
}

// kindName returns what a JSON value of a Go kind is called in an error.
func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}
