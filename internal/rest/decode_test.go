package rest_test

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/canonjson"
	"github.com/10ex/assets/internal/rest"
)

func TestDecodeReportsEveryProblem(t *testing.T) {
	t.Parallel()
	_, found, _ := decode[sample](t, `{"Name":"x","name":1,"name":"y","note":"","n":0,"on":"no","tags":{"a":["",2],"a":[]},
		"refs":[{"asset_id":"x","version":1.5,"x":null}],"inner":[],"deep":"","raw":null}`)
	want := []string{
		"unknown_field body.Name: no such field; the fields are name, note, n, on, raw, tags, refs, inner, deep", "wrong_type body.name: must be a string", "duplicate body.name: is given twice",
		"too_small body.n: must be at least 1", "wrong_type body.on: must be true or false",
		"too_short body.tags.a.0: must not be empty", "wrong_type body.tags.a.1: must be a string", "duplicate body.tags.a: is given twice",
		"wrong_type body.refs.0.version: must be a whole number", "unknown_field body.refs.0.x: no such field; the fields are asset_id, version",
		"wrong_type body.inner: must be an object", "too_short body.deep: must not be empty",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

// Decode names every required member that is not given, also those within others.
func TestDecodeRequiresMembers(t *testing.T) {
	t.Parallel()
	type in struct {
		ID      string              `json:"id"`
		Note    string              `json:"note,omitempty"`
		Comment string              `json:"comment" blank:"ok" missing:"say why"`
		Patch   rest.Member[string] `json:"patch"`
		Refs    []assets.Ref        `json:"refs,omitempty"`
	}
	const comment, id, patch = "missing arguments.comment: say why", "missing arguments.id: is required", "missing arguments.patch: is required"
	for text, want := range map[string][]string{
		`{}`:                                    {id, comment, patch},
		`{"id":null,"comment":"","patch":null}`: {id},
		`{"id":7,"comment":null,"patch":"x"}`:   {"wrong_type arguments.id: must be a string", comment},
		`{"id":"x","comment":"y","patch":"x","refs":[{"version":1}]}`:                {"missing arguments.refs.0.asset_id: is required"},
		`{"id":"x","comment":"y","patch":"x","refs":[{"asset_id":"x","version":1}]}`: nil,
	} {
		var got []string
		for _, f := range assets.FieldErrors(rest.Decode([]byte(text), new(in), "arguments")) {
			got = append(got, f.Type+" "+f.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestDecodeMergePatch(t *testing.T) {
	t.Parallel()
	type patch struct {
		A rest.Member[string]              `json:"a" null:"no"`
		B rest.Member[string]              `json:"b"`
		C rest.Member[map[string][]string] `json:"c"`
	}
	for text, want := range map[string]patch{
		`{}`:                         {},
		`{"a":"x","b":null}`:         {A: rest.Member[string]{Given: true, Value: "x"}, B: rest.Member[string]{Given: true, Null: true}},
		`{"c":null}`:                 {C: rest.Member[map[string][]string]{Given: true, Null: true}},
		`{"c":{"x":null,"y":["1"]}}`: {C: rest.Member[map[string][]string]{Given: true, Value: map[string][]string{"x": nil, "y": {"1"}}}},
	} {
		got, problems, malformed := decode[patch](t, text)
		if malformed || problems != nil {
			t.Errorf("%s: %v", text, problems)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	_, problems, _ := decode[patch](t, `{"a":null}`)
	if diff := cmp.Diff([]string{"wrong_type body.a: must not be null"}, problems); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeIsBounded(t *testing.T) {
	t.Parallel()
	_, problems, _ := decode[sample](t, `{"x":1`+strings.Repeat(`,"x":1`, 20_000)+`}`)
	if len(problems) != 100 {
		t.Errorf("%d problems", len(problems))
	}
}

// A whole number may be written with a fraction or an exponent.
func TestWholeNumbersFIL09(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]assets.Number{
		"1.0": 1, "1.000": 1, "1e2": 100, "1E+2": 100, "1.50e1": 15, "100e-2": 1, "-0.0": 0, "2147483647.0": 2147483647,
	} {
		got, problems, malformed := decode[struct {
			N assets.Number `json:"n"`
		}](t, `{"n":`+text+`}`)
		if got.N != want || len(problems) > 0 || malformed {
			t.Errorf("%s is %d, %v", text, got.N, problems)
		}
	}
	for _, text := range []string{"1.5", "1e-1", "1e400000", "1e30", "0.1e0", `"1.0"`} {
		if _, problems, _ := decode[struct {
			N assets.Number `json:"n"`
		}](t, `{"n":`+text+`}`); len(problems) != 1 {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

// There are problems exactly if a strict unmarshaler fails, a string is empty or a
// number is too small. What is accepted is what that unmarshaler reads.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"name":"a","n":3,"on":true,"raw":{"a":[1e999]},"tags":{"k":["v"]},"refs":[{"asset_id":"x","version":1}],"deep":"d"}`,
		`{"name":null,"tags":null,"refs":[null],"inner":{"deep":"x"}}`, `{"name":"\ud800"}`, "{\"name\":\"\xff\"}", `{"n":1.0}`, `{"n":1e2}`, `{"n":-0}`,
		`{"name":"a"}{}`, `{"NAME":"a"}`, `{"name":"a","name":"a"}`, `{"raw":{"a":1,"a":2}}`, `{"n":99999999999999999999}`, `{"tags":{"":[]}}`, ` { } `,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "null" || len(text) > rest.DefaultBody {
			return // an unmarshaler accepts null for an object
		}
		got, problems, malformed := decode[sample](t, text)
		var want sample
		strict := canonjson.Unmarshal([]byte(text), &want)
		switch accepted := problems == nil && !malformed; {
		case accepted && strict == nil:
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{}), cmp.Transformer("text", rawText)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		case accepted && strings.Contains(strict.Error(), "unmarshal JSON number") && strings.ContainsAny(text, ".eE"): // a whole number
		case accepted && !strings.Contains(strict.Error(), "duplicate"): // duplicate names within raw are not checked
			t.Errorf("%q is accepted, but %v", text, strict)
		case malformed && strict == nil && canonjson.InRange([]byte(text)):
			t.Errorf("%q counts as malformed", text)
		case strict == nil:
			for _, p := range problems {
				if !strings.HasPrefix(p, "too_short") && !strings.HasPrefix(p, "too_small") {
					t.Errorf("%q is refused: %v", text, problems)
				}
			}
		}
	})
}

// rawText returns the text of a raw value for comparison: null is absent.
func rawText(r stdjson.RawMessage) string {
	text := string(bytes.TrimSpace(r))
	if text == "null" {
		return ""
	}
	return text
}

// TestManyElementsHOS05: of an array or object with too many elements the rest is not
// decoded.
func TestManyElementsHOS05(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want string
	}{
		"elements": {`{"refs":[{}` + strings.Repeat(`,{}`, 50_000) + `]}`, "body.refs: must have at most 1000 elements"},
		"problems": {`{"refs":[1` + strings.Repeat(`,1`, 50_000) + `]}`, "body.refs.99: must be an object"},
		"members":  {`{"tags":{` + members(15_000) + `}}`, "body.tags: must have at most 1000 elements"},
		"unknown":  {`{` + members(15_000) + `}`, "body.k99: no such field"},
	} {
		got, problems, _ := decode[sample](t, tt.body)
		if len(problems) == 0 || len(problems) > 100 || !strings.Contains(strings.Join(problems, "\n"), tt.want) {
			t.Errorf("%s: %d problems, without %q: %.300q", name, len(problems), tt.want, problems)
		}
		if len(got.Refs) > 1000 || len(got.Tags) > 1000 {
			t.Errorf("%s: %d and %d elements", name, len(got.Refs), len(got.Tags))
		}
	}
}

// members returns n members of an object.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":[]`, i)
	}
	return b.String()[1:]
}
