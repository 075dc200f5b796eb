package canonjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/canonjson"
)

func TestMarshal(t *testing.T) {
	t.Parallel()
	type record struct {
		Name  string         `json:"name"`
		List  []int          `json:"list"`
		Map   map[string]int `json:"map"`
		Zero  int            `json:"zero,omitempty"`
		Empty *int           `json:"empty,omitempty"`
	}
	for name, tt := range map[string]struct {
		in   any
		want string
	}{
		"empty list, map and omitempty": {record{}, `{"name":"","list":[],"map":{}}`},
		"HTML":                          {record{Name: "a<b>&c", Zero: 1}, `{"name":"a<b>&c","list":[],"map":{},"zero":1}`},
		"sorted map":                    {map[string]int{"c": 3, "a": 1, "b": 2}, `{"a":1,"b":2,"c":3}`},
		"invalid UTF-8":                 {"a\xffb", "\"a\ufffdb\""},
		"null":                          {nil, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				got, err := canonjson.Marshal(tt.in)
				if err != nil || string(got) != tt.want {
					t.Fatalf("%s, %v; want %s", got, err, tt.want)
				}
			}
		})
	}
	if _, err := canonjson.Marshal(make(chan int)); err == nil {
		t.Error("a channel was written as JSON")
	}
}

// pieces is a writer that remembers the longest piece, and fails after so many.
type pieces struct {
	bytes.Buffer
	longest, left int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.longest = max(p.longest, len(b))
	if p.left--; p.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return p.Buffer.Write(b)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	type item struct {
		Text string            `json:"text"`
		Raw  json.RawMessage   `json:"raw,omitempty"`
		Map  map[string]string `json:"map"`
	}
	list := make([]item, 1000)
	for i := range list {
		list[i] = item{strings.Repeat("x", 1000), json.RawMessage(`{"b":1.0,"a":"<>"}`), map[string]string{"b": "\xff", "a": ""}}
	}
	list[500].Raw = nil
	for _, v := range []any{nil, "", []int{}, list[0], list, map[string]any{"items": list, "next": nil}} {
		want, err := canonjson.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		w := pieces{left: 1 << 20}
		if err := canonjson.Write(&w, v); err != nil || w.String() != string(want) {
			t.Errorf("%.100s, %v; want %.100s", w.String(), err, want)
		}
		if w.longest > 128<<10 {
			t.Errorf("a piece of %d bytes of %d", w.longest, len(want))
		}
	}
	if err := canonjson.Write(&pieces{left: 2}, list); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v, want the error of the writer", err)
	}
}
