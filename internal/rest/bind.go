package rest

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/10ex/assets"
)

// maxRepeated is the maximum number of values of a repeated parameter.
const maxRepeated = 200

// param is one declared parameter.
type param struct {
	source string // path, query or header
	name   string
	index  []int
	typ    reflect.Type
	min    int // of an int
}

// binding is the declaration of an input type.
type binding struct {
	params   []param
	body     []int
	bodyType reflect.Type
	upload   []int
	content  []int
}

// bindingOf reads the tags of an input type. It panics if a min tag is not a
// whole number.
func bindingOf(t reflect.Type) *binding {
	b := &binding{}
	for _, f := range reflect.VisibleFields(t) {
		for _, source := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(source); name != "" {
				b.params = append(b.params, param{source, name, f.Index, f.Type, minimum(f.Tag)})
			}
		}
		switch {
		case f.Type == reflect.TypeFor[*Upload]():
			b.upload = f.Index
		case f.Type == reflect.TypeFor[*Content]():
			b.content = f.Index
		case f.Name == "Body":
			b.body, b.bodyType = f.Index, f.Type
		}
	}
	return b
}

// minimum returns the value of the min tag, or math.MinInt32 if there is none. It
// panics if the tag is not a whole number.
func minimum(tag reflect.StructTag) int {
	text, ok := tag.Lookup("min")
	if !ok {
		return math.MinInt32
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic("rest: min:" + text)
	}
	return n
}

// bind reads the input. It returns one error for wrong syntax or for a body that
// is not accepted, or field errors for all problems of the parameters and
// members.
func (b *binding) bind(op *Operation, r *http.Request, in reflect.Value) error {
	var p problems
	if err := b.parameters(op, r, in, &p); err != nil {
		return err
	}
	if b.body != nil {
		if err := b.readBody(op, r, in, &p); err != nil {
			return err
		}
	}
	if b.content != nil {
		content, err := readContent(r)
		if err != nil {
			return err
		}
		in.FieldByIndex(b.content).Set(reflect.ValueOf(content))
	}
	if c, ok := reflect.TypeAssert[interface{ Complete() }](in.Addr()); ok {
		c.Complete()
	}
	if len(p.list) == 0 {
		return nil
	}
	p.merge(b.validate(in))
	return p.err()
}

// validate returns the field errors of the Validate method of the input, or else
// of its body.
func (b *binding) validate(in reflect.Value) error {
	v, ok := reflect.TypeAssert[interface{ Validate() error }](in.Addr())
	if !ok && b.body != nil {
		v, ok = reflect.TypeAssert[interface{ Validate() error }](in.FieldByIndex(b.body).Addr())
	}
	if !ok {
		return nil
	}
	return b.locate(v.Validate())
}

// locate prefixes the locations of field errors with the source of the parameter
// that they name, else with the body. Other errors are returned unchanged.
func (b *binding) locate(err error) error {
	fields := assets.FieldErrors(err)
	if len(fields) == 0 {
		return err
	}
	var p problems
	for _, f := range fields {
		p.add(f.At(b.source(f)))
	}
	return p.err()
}

// source returns where the input of a field error comes from: path, query,
// header or body.
func (b *binding) source(f *assets.FieldError) string {
	for _, q := range b.params {
		if len(f.Loc) > 0 && f.Loc[0] == q.name {
			return q.source
		}
	}
	if b.body == nil {
		return "query"
	}
	return sourceBody
}

// parameters reads the parameters. It returns an error if the query is malformed
// and adds all other problems to p.
func (b *binding) parameters(op *Operation, r *http.Request, in reflect.Value, p *problems) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return assets.Errorf(assets.ErrBadRequest, "malformed query")
	}
	for _, q := range b.params {
		values := q.values(r, query)
		delete(query, q.name)
		if len(values) > 0 {
			q.read(values, in.FieldByIndex(q.index), p)
		}
	}
	if op.AnyParameter {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		p.add(assets.Invalid(assets.TypeUnknownField, "no such parameter; "+b.queryNames(), "query", name))
	}
	return nil
}

// queryNames returns a clause that names the parameters of the query.
func (b *binding) queryNames() string {
	var names []string
	for _, q := range b.params {
		if q.source == "query" {
			names = append(names, q.name)
		}
	}
	if len(names) == 0 {
		return "there are none"
	}
	return "the parameters are " + strings.Join(names, ", ")
}

// values returns the values of a parameter in the request.
func (q *param) values(r *http.Request, query url.Values) []string {
	switch q.source {
	case "path":
		return []string{r.PathValue(q.name)}
	case "header":
		return r.Header.Values(q.name)
	}
	return query[q.name]
}

// read parses the values of a parameter. It adds a problem if there are several
// and the field is not a slice.
func (q *param) read(values []string, into reflect.Value, p *problems) {
	if into.Kind() != reflect.Slice {
		if len(values) > 1 {
			p.add(assets.Invalid(assets.TypeDuplicate, "is given twice", q.source, q.name))
			return
		}
		p.add(q.parse(values[0], into))
		return
	}
	if len(values) > maxRepeated {
		p.add(assets.Invalid(assets.TypeTooLong, "must be at most 200 values", q.source, q.name))
		return
	}
	list := reflect.MakeSlice(into.Type(), len(values), len(values))
	for i, v := range values {
		p.add(q.parse(v, list.Index(i)))
	}
	into.Set(list)
}

// parse parses one value by the type of its field. It returns a field error if
// the value is invalid.
func (q *param) parse(text string, into reflect.Value) error {
	invalid := func(typ, msg string) error { return assets.Invalid(typ, msg, q.source, q.name) }
	switch {
	case text == "":
		return invalid(assets.TypeTooShort, "must not be empty")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return invalid(assets.TypeMalformed, "must be UTF-8 without NUL")
	}
	switch v := into.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		err := v.UnmarshalText([]byte(text))
		if f, ok := errors.AsType[*assets.FieldError](err); ok {
			return invalid(f.Type, f.Msg)
		}
		if err != nil {
			return invalid(assets.TypeMalformed, err.Error())
		}
	case *assets.ID:
		id, err := assets.ParseID(text)
		if err != nil {
			return invalid(assets.TypeMalformed, "must be a UUID")
		}
		*v = id
	case *assets.Selector:
		sel, err := assets.ParseSelector(text)
		if err != nil {
			return invalid(assets.TypeMalformed, `must be a positive number, "current" or "approved"`)
		}
		*v = sel
	case *int:
		n, ok := parseInt(text)
		if !ok {
			return invalid(assets.TypeMalformed, "must be a whole number")
		}
		if *v = n; *v < q.min {
			return invalid(assets.TypeTooSmall, fmt.Sprintf("must be at least %d", q.min))
		}
	default: // a string type
		into.SetString(text)
	}
	return nil
}

// parseInt parses a whole number. A number out of range becomes the nearest one
// of 32 bits. ok is false if text is not a number.
func parseInt(text string) (n int, ok bool) {
	if strings.Trim(text, "+-0123456789") != "" { // ParseInt may report "out of range" for such a text
		return 0, false
	}
	v, err := strconv.ParseInt(text, 10, 32)
	return int(v), !errors.Is(err, strconv.ErrSyntax)
}
