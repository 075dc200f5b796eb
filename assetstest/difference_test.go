package assetstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/10ex/assets"
)

func TestDifference(t *testing.T) {
	t.Parallel()
	type inner struct{ Texts []string }
	type outer struct {
		Number  int
		Pointer *inner
		Tags    map[string][]string
		Raw     json.RawMessage
	}
	full := func() outer {
		return outer{1, &inner{[]string{"a", "b"}}, map[string][]string{"k": {"v"}}, json.RawMessage(`{}`)}
	}
	for name, c := range map[string]struct {
		got  func(*outer)
		want string
	}{
		"equal":            {func(*outer) {}, ""},
		"number":           {func(o *outer) { o.Number = 2 }, ".Number: got 2, want 1"},
		"nil pointer":      {func(o *outer) { o.Pointer = nil }, ".Pointer: got (*assetstest.inner)(nil), want "},
		"element":          {func(o *outer) { o.Pointer.Texts[1] = "c" }, `.Pointer.Texts[1]: got "c", want "b"`},
		"length":           {func(o *outer) { o.Pointer.Texts = nil }, ".Pointer.Texts: got 0 elements, want 2"},
		"missing key":      {func(o *outer) { o.Tags = nil }, `.Tags["k"]: missing`},
		"unexpected key":   {func(o *outer) { o.Tags["x"] = nil }, `.Tags["x"]: unexpected`},
		"bytes":            {func(o *outer) { o.Raw = json.RawMessage(`[]`) }, ".Raw: got [], want {}"},
		"several at once":  {func(o *outer) { o.Number, o.Raw = 2, nil }, ".Number: got 2, want 1\n.Raw: got , want {}"},
		"value in a slice": {func(o *outer) { o.Tags["k"][0] = "w" }, `.Tags["k"][0]: got "w", want "v"`},
	} {
		got := full()
		c.got(&got)
		d := difference(got, full())
		if name == "nil pointer" { // the wanted address is not known
			d = d[:min(len(d), len(c.want))]
		}
		if d != c.want {
			t.Errorf("%s: %q, want %q", name, d, c.want)
		}
	}
}

func TestDifferenceOfEmptyAndNil(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]any{
		{[]string(nil), []string{}},
		{map[string]int(nil), map[string]int{}},
		{json.RawMessage(nil), json.RawMessage{}},
		{nil, nil},
	} {
		if d := difference(pair[0], pair[1]); d != "" {
			t.Errorf("%#v and %#v: %s", pair[0], pair[1], d)
		}
	}
	if difference(1, "1") == "" || difference(nil, 1) == "" {
		t.Error("values of different types are equal")
	}
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	if !absent(fmt.Errorf("asset: %w", assets.ErrNotFound)) {
		t.Error("a wrapped ErrNotFound is not recognised")
	}
	if absent(nil) || absent(errors.New("not found")) {
		t.Error("another error is taken for ErrNotFound")
	}
}
