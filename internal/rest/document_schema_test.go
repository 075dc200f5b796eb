package rest_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// tagged has a member for each tag that changes a schema.
type tagged struct {
	Name  string              `json:"name"`
	Note  string              `json:"note,omitempty" blank:"ok"`
	Must  string              `json:"must,omitempty" null:"no"`
	Count assets.Number       `json:"count,omitempty" min:"1"`
	List  []string            `json:"list,omitempty" lone:"ok" null:"no"`
	Patch rest.Member[string] `json:"patch,omitzero"`
	Inner *sentInner          `json:"inner,omitempty"`
	Map   map[string][]string `json:"map,omitempty"`
}

type sentInner struct {
	Deep bool `json:"deep"`
}

// asJSON returns v decoded from JSON, for comparison.
func asJSON(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestArgumentsHonourTags(t *testing.T) {
	t.Parallel()
	about := rest.About{
		Types:   map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[assets.Number](): {Type: "integer"}},
		Members: map[string]*jsonschema.Schema{"name": {Description: "The name."}, "Tagged.note": {Description: "The note of this type."}, "note": {Description: "Any note."}},
	}
	got := about.Arguments(reflect.TypeFor[tagged]())
	want := `{
		"type": "object", "additionalProperties": false, "required": ["name"],
		"properties": {
			"name": {"type": "string", "minLength": 1, "description": "The name."},
			"note": {"type": ["string", "null"], "description": "The note of this type."},
			"must": {"type": "string", "minLength": 1},
			"count": {"type": ["integer", "null"], "minimum": 1},
			"list": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 200}]},
			"patch": {"type": ["string", "null"], "minLength": 1},
			"inner": {"anyOf": [{"$ref": "#/$defs/SentInner"}, {"type": "null"}]},
			"map": {"type": ["object", "null"], "additionalProperties": {"type": ["array", "null"], "items": {"type": "string"}}}
		},
		"$defs": {"SentInner": {"type": "object", "additionalProperties": false, "required": ["deep"], "properties": {"deep": {"type": "boolean"}}}}
	}`
	if diff := cmp.Diff(asJSON(t, []byte(want)), asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestResultIsWhatIsSent(t *testing.T) {
	t.Parallel()
	type result struct {
		List  []string `json:"list"`
		Thing *Thing   `json:"thing"`
	}
	got := new(rest.About).Result(reflect.TypeFor[*result]())
	want := `{
		"type": "object", "additionalProperties": false, "required": ["list", "thing"],
		"properties": {"list": {"type": "array", "items": {"type": "string"}}, "thing": {"$ref": "#/$defs/Thing"}},
		"$defs": {"Thing": {"type": "object", "additionalProperties": false, "required": ["title"], "properties": {"title": {"type": "string"}}}}
	}`
	if diff := cmp.Diff(asJSON(t, []byte(want)), asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
}

// A type of the domain is another component as input than as output.
func TestInputOfTheDomainHasAnotherName(t *testing.T) {
	t.Parallel()
	type arguments struct {
		Refs []assets.Ref `json:"refs"`
	}
	schema := asJSON(t, new(rest.About).Arguments(reflect.TypeFor[arguments]())).(map[string]any)
	if defs := schema["$defs"].(map[string]any); defs["NewRef"] == nil || len(defs) != 1 {
		t.Errorf("%v", defs)
	}
}
