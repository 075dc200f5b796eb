package canonjson_test

import (
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
