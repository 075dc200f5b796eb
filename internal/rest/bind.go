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

const maxRepeated = 200 // values of a repeated parameter

// param is one declared parameter.
type param struct {
	source string // path, query or header
	name   string
	index  []int
	typ    reflect.Type
	min    int // of a whole number
}

// binding is what an input type declares.
type binding struct {
	params   []param
	body     []int
	bodyType reflect.Type
	upload   []int
	content  []int
}

// bindingOf reads the tags of an input type. It panics on a declaration that
// cannot work, when the routes are made.
func bindingOf(t reflect.Type) *binding {
	b := &binding{}
	for _, f := range reflect.VisibleFields(t) {
		for _, source := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(source); name != "" {
				b.params = append(b.params, param{source, name, f.Index, f.Type, atLeast(f.Tag)})
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

// atLeast answers the bound of a whole number's min tag.
func atLeast(tag reflect.StructTag) int {
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

// bind reads the whole input, or answers what is wrong with it: one error of
// syntax, or every problem of the fields.
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

// validate lets the input, or else its body, judge what could be read, so that
// its problems are answered together with those of its form.
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

// locate puts the name of the place in front of field errors: the parameter's
// source, else the body.
func (b *binding) locate(err error) error {
	fields := assets.FieldErrors(err)
	if len(fields) == 0 {
		return err
	}
	var p problems
	for _, f := range fields {
		p.add(f.At(b.place(f)))
	}
	return p.err()
}

func (b *binding) place(f *assets.FieldError) string {
	for _, q := range b.params {
		if len(f.Loc) > 0 && f.Loc[0] == q.name {
			return q.source
		}
	}
	if b.body == nil {
		return "query"
	}
	return placeBody
}

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
		p.add(assets.Invalid(assets.TypeUnknown, "no such parameter", "query", name))
	}
	return nil
}

func (q *param) values(r *http.Request, query url.Values) []string {
	switch q.source {
	case "path":
		return []string{r.PathValue(q.name)}
	case "header":
		return r.Header.Values(q.name)
	}
	return query[q.name]
}

// read parses the values of a parameter; only a list may have several.
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

// parse reads one value by the type of its field.
func (q *param) parse(text string, into reflect.Value) error {
	wrong := func(typ, msg string) error { return assets.Invalid(typ, msg, q.source, q.name) }
	switch {
	case text == "":
		return wrong(assets.TypeTooShort, "must not be empty")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return wrong(assets.TypeMalformed, "must be UTF-8 without NUL")
	}
	switch v := into.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		err := v.UnmarshalText([]byte(text))
		if f, ok := errors.AsType[*assets.FieldError](err); ok {
			return wrong(f.Type, f.Msg)
		}
		if err != nil {
			return wrong(assets.TypeMalformed, err.Error())
		}
	case *assets.ID:
		id, err := assets.ParseID(text)
		if err != nil {
			return wrong(assets.TypeMalformed, "must be a UUID")
		}
		*v = id
	case *assets.Selector:
		sel, err := assets.ParseSelector(text)
		if err != nil {
			return wrong(assets.TypeMalformed, `must be a positive number, "current" or "approved"`)
		}
		*v = sel
	case *int:
		n, ok := nearest(text)
		if !ok {
			return wrong(assets.TypeMalformed, "must be a whole number")
		}
		if *v = n; *v < q.min {
			return wrong(assets.TypeTooSmall, fmt.Sprintf("must be at least %d", q.min))
		}
	default: // text of a named type
		into.SetString(text)
	}
	return nil
}

// nearest reads a whole number; of one that is out of range it answers the
// nearest that is not.
func nearest(text string) (n int, ok bool) {
	if strings.Trim(text, "+-0123456789") != "" { // ParseInt tells a number out of range before it has seen its end
		return 0, false
	}
	v, err := strconv.ParseInt(text, 10, 32)
	return int(v), !errors.Is(err, strconv.ErrSyntax)
}
