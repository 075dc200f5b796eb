package canonjson_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/canonjson"
)

func TestValid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":1,"a":2}`: true, ` [1, null] `: true, `"é"`: true, `1e999`: true,
		``: false, `{`: false, `{} {}`: false, `{"a":01}`: false, "\"\xff\"": false, `"\ud800"`: false,
	} {
		if got := canonjson.Valid([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestInRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":1,"a":[1.7e308,-1.7976931348623157e308,1e-999,0e999]}`: true, `"1e999"`: true, `{"1e999":null}`: true, ` 0 `: true,
		`1e999`: false, `-1e999`: false, `{"a":1,"a":[[1E+309]]}`: false, strings.Repeat("9", 400): false, `1.8e308`: false,
	} {
		if got := canonjson.InRange([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestUnmarshalIsStrict(t *testing.T) {
	t.Parallel()
	type record struct {
		Name string `json:"name"`
	}
	for text, want := range map[string]string{
		`{"name":"a"}`: "a", `{}`: "",
		`{"Name":"a"}`: "error", `{"x":1}`: "error", `{"name":"a","name":"b"}`: "error", `{"name":1}`: "error", `{"name":"a"} x`: "error",
	} {
		var got record
		if err := canonjson.Unmarshal([]byte(text), &got); (err != nil) != (want == "error") || err == nil && got.Name != want {
			t.Errorf("%s: %q, %v; want %s", text, got.Name, err, want)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	var got []string
	for name, value := range canonjson.Members([]byte(` { "a" : [1, 2] , "\u00e9":null,"a" :"x"} `)) {
		got = append(got, name+"="+string(value))
	}
	if diff := cmp.Diff([]string{"a=[1, 2]", "é=null", `a="x"`}, got); diff != "" {
		t.Error(diff)
	}
	for name := range canonjson.Members([]byte(`{"a":1,"b":2}`)) {
		if name != "a" {
			t.Errorf("%s was yielded after the end", name)
		}
		break
	}
	for range canonjson.Members([]byte(`{}`)) {
		t.Error("an empty object has a member")
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	var got []string
	for value := range canonjson.Elements([]byte(` [ {"a": 1} , "b",3, [] ] `)) {
		got = append(got, string(value))
	}
	if diff := cmp.Diff([]string{`{"a": 1}`, `"b"`, "3", "[]"}, got); diff != "" {
		t.Error(diff)
	}
	for range canonjson.Elements([]byte(`[]`)) {
		t.Error("an empty array has an element")
	}
}
