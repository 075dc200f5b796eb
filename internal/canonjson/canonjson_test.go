package canonjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/canonjson"
)

const maxBytes, maxDepth = 16 << 10, 32

func TestObject(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"empty":                  {" {\n} ", `{}`},
		"white space":            {"{ \"a\" :\t[ 1 ,\r\n2 ] }", `{"a":[1,2]}`},
		"sorted at every level":  {`{"b":{"d":1,"c":2},"a":[{"f":3,"e":4}]}`, `{"a":[{"e":4,"f":3}],"b":{"c":2,"d":1}}`},
		"sorted unescaped":       {`{"b":1,"\u0061":2}`, `{"a":2,"b":1}`},
		"a prefix comes first":   {`{"ab":1,"a":2,"":3,"a b":4}`, `{"":3,"a":2,"a b":4,"ab":1}`},
		"sorted as UTF-8":        {`{"😀":1,"｡":2,"é":3,"z":4}`, `{"z":4,"é":3,"｡":2,"😀":1}`}, // as UTF-16 the emoji would precede U+FF61
		"numbers UPL-10":         {`{"a":9007199254740993,"b":0.10,"c":1e308,"d":-0,"e":1E+2,"f":1e-999}`, `{"a":9007199254740993,"b":0.10,"c":1e308,"d":-0,"e":1E+2,"f":1e-999}`},
		"fewest escapes":         {`{"\u00e9\/":"\ud83d\ude00\u003c\u2028\t\u0009\u001f\u007f\"\\"}`, "{\"é/\":\"😀<\u2028\\t\\t\\u001f\x7f\\\"\\\\\"}"},
		"literals":               {`{"a":true,"b":false,"c":null}`, `{"a":true,"b":false,"c":null}`},
		"other case, other name": {`{"a":1,"A":2}`, `{"A":2,"a":1}`},
		"equal names far apart":  {`{"a":{"x":1},"b":{"x":1}}`, `{"a":{"x":1},"b":{"x":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := canonjson.Object([]byte(tc.in), maxBytes, maxDepth)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestObjectRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want error
	}{
		"array":                     {`[]`, canonjson.ErrNotObject},
		"null":                      {`null`, canonjson.ErrNotObject},
		"string":                    {`"{}"`, canonjson.ErrNotObject},
		"number":                    {` 1`, canonjson.ErrNotObject},
		"nothing":                   {``, canonjson.ErrMalformed},
		"blank":                     {` `, canonjson.ErrMalformed},
		"cut":                       {`{"a":1`, canonjson.ErrMalformed},
		"cut in an array":           {`{"a":[1`, canonjson.ErrMalformed},
		"a second value":            {`{}{}`, canonjson.ErrMalformed},
		"trailing comma":            {`{"a":1,}`, canonjson.ErrMalformed},
		"name is a number":          {`{1:1}`, canonjson.ErrMalformed},
		"leading zero":              {`{"a":01}`, canonjson.ErrMalformed},
		"not a number":              {`{"a":NaN}`, canonjson.ErrMalformed},
		"comment":                   {`{/**/}`, canonjson.ErrMalformed},
		"byte order mark":           {"\ufeff{}", canonjson.ErrMalformed},
		"invalid UTF-8 (UPL-09)":    {"{\"a\":\"\xff\"}", canonjson.ErrMalformed},
		"invalid UTF-8 in a name":   {"{\"\xc3\":1}", canonjson.ErrMalformed},
		"lone surrogate (UPL-09)":   {`{"a":"\ud800"}`, canonjson.ErrMalformed},
		"lone surrogate in a name":  {`{"\udc00":1}`, canonjson.ErrMalformed},
		"control character":         {"{\"a\":\"\n\"}", canonjson.ErrMalformed},
		"NUL byte":                  {"{\"a\":\"\x00\"}", canonjson.ErrMalformed},
		"NUL (UPL-09)":              {`{"a":"\u0000"}`, canonjson.ErrNUL},
		"NUL in a name":             {`{"a\u0000":1}`, canonjson.ErrNUL},
		"too large (UPL-08)":        {`{"a":1e999}`, canonjson.ErrNumberRange},
		"too large, negative":       {`{"a":[{"b":-1e999}]}`, canonjson.ErrNumberRange},
		"too large without e":       {`{"a":` + strings.Repeat("9", 400) + `}`, canonjson.ErrNumberRange},
		"just too large":            {`{"a":1.7976931348623159e308}`, canonjson.ErrNumberRange},
		"duplicate (UPL-08)":        {`{"a":1,"a":2}`, canonjson.ErrDuplicateKey},
		"duplicate deep inside":     {`{"a":[{"b":1,"c":2,"b":3}]}`, canonjson.ErrDuplicateKey},
		"duplicate once unescaped":  {`{"a":1,"\u0061":2}`, canonjson.ErrDuplicateKey},
		"100,000 levels (UPL-08)":   {strings.Repeat(`{"a":`, 100_000), canonjson.ErrTooDeep},
		"100,000 arrays":            {`{"a":` + strings.Repeat("[", 100_000), canonjson.ErrTooDeep},
		"one level too many":        {levels(maxDepth + 1), canonjson.ErrTooDeep},
		"one byte too many":         {sized(maxBytes + 1), canonjson.ErrTooLong},
		"too long whatever follows": {sized(maxBytes*2) + "x", canonjson.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := canonjson.Object([]byte(tc.in), maxBytes, maxDepth); !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v; got %.80q", err, tc.want, got)
			}
		})
	}
}

func TestObjectAtItsLimits(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"levels":                levels(maxDepth),
		"bytes":                 sized(maxBytes),
		"white space is free":   strings.Replace(sized(maxBytes), ":", strings.Repeat(" ", maxBytes)+":", 1),
		"escapes are unescaped": `{"a":"` + strings.Repeat(`\u0062`, maxBytes/2) + `"}`,
	} {
		if _, err := canonjson.Object([]byte(in), maxBytes, maxDepth); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// levels returns an object that is nested n deep.
func levels(n int) string {
	return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1)
}

// sized returns a canonical object of n bytes.
func sized(n int) string { return `{"a":"` + strings.Repeat("b", n-len(`{"a":""}`)) + `"}` }

// The order and spacing of the members do not change the canonical text.
func TestObjectProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		obj := object(3).Draw(t, "object")
		first := canonical(t, obj.write(t))
		second := canonical(t, obj.write(t))
		if !bytes.Equal(first, second) {
			t.Fatalf("one object, two texts:\n%s\n%s", first, second)
		}
		if again := canonical(t, string(first)); !bytes.Equal(first, again) {
			t.Fatalf("not idempotent:\n%s\n%s", first, again)
		}
	})
}

func canonical(t *rapid.T, text string) []byte {
	got, err := canonjson.Object([]byte(text), 1<<20, maxDepth)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got
}

// node is a JSON value that can be written in several ways.
type node struct {
	scalar  string
	members map[string]node
}

func object(depth int) *rapid.Generator[node] {
	scalar := rapid.Map(rapid.SampledFrom([]string{"1", "0.10", "1e300", "-0", "true", "null", `"é"`, `[1,{"a":2}]`}), func(s string) node { return node{scalar: s} })
	member := scalar
	if depth > 0 {
		member = rapid.OneOf(scalar, rapid.Deferred(func() *rapid.Generator[node] { return object(depth - 1) }))
	}
	names := rapid.StringN(0, 4, -1).Filter(func(s string) bool { return !strings.Contains(s, "\x00") })
	return rapid.Map(rapid.MapOfN(names, member, 0, 5), func(m map[string]node) node { return node{members: m} })
}

// write returns n with its members in any order, spacing and escaping.
func (n node) write(t *rapid.T) string {
	if n.members == nil {
		return n.scalar
	}
	space := rapid.SampledFrom([]string{"", " ", "\n\t"})
	var parts []string
	for name, m := range n.members { // in the random order of a map
		parts = append(parts, quoted(t, name)+space.Draw(t, "space")+":"+m.write(t))
	}
	return "{" + strings.Join(parts, ","+space.Draw(t, "space")) + "}"
}

func quoted(t *rapid.T, s string) string {
	if !rapid.Bool().Draw(t, "escape") {
		b, err := jsontext.AppendQuote(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var b strings.Builder
	for _, r := range s {
		if r > 0xffff {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return `"` + b.String() + `"`
}

func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"b":[1,0.10],"a":"\u00e9"}`, `{"a":{"a":1}}`, `{"a":1,"a":2}`, `[`, `{"\ud800":1}`, `{"a":"\u0000"}`, "{} x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := canonjson.Object(raw, maxBytes, maxDepth)
		if err != nil {
			return
		}
		again, err := canonjson.Object(got, maxBytes, maxDepth)
		if err != nil || !bytes.Equal(got, again) {
			t.Errorf("%q is canonically %q, and that again %q (%v)", raw, got, again, err)
		}
		if len(got) > len(raw) {
			t.Errorf("%q grew to %q", raw, got)
		}
		if diff := cmp.Diff(decoded(t, raw), decoded(t, got)); diff != "" {
			t.Errorf("%q changed its meaning:\n%s", raw, diff)
		}
	})
}

// decoded decodes a text with encoding/json, numbers as literals.
func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}
