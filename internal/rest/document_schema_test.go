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
		Size  int64    `json:"size"`
	}
	got := new(rest.About).Result(reflect.TypeFor[*result]())
	want := `{
		"type": "object", "required": ["list", "thing", "size"],
		"properties": {"list": {"type": "array", "items": {"type": "string"}}, "thing": {"$ref": "#/$defs/Thing"}, "size": {"type": "integer", "format": "int64"}},
		"$defs": {"Thing": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}}
	}`
	if diff := cmp.Diff(asJSON(t, []byte(want)), asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
}

// A value with a name is a component, also where null or a list of it is accepted.
func TestNamedValues(t *testing.T) {
	t.Parallel()
	type arguments struct {
		Kind  assets.Kind              `json:"kind,omitempty"`
		Kinds []assets.Kind            `json:"kinds,omitempty" lone:"ok" null:"no"`
		State assets.Approval          `json:"state"`
		Types map[string][]assets.Kind `json:"types"`
	}
	about := rest.About{
		Types: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[assets.Kind]():     {Type: "string", Enum: []any{"user"}},
			reflect.TypeFor[assets.Approval](): {Types: []string{"string", "null"}, Enum: []any{"given", nil}},
		},
		Names: map[reflect.Type]string{reflect.TypeFor[assets.Kind](): "Kind", reflect.TypeFor[assets.Approval](): "Approval"},
	}
	want := `{
		"type": "object", "additionalProperties": false, "required": ["state", "types"],
		"properties": {
			"kind": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
			"kinds": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "array", "items": {"$ref": "#/$defs/Kind"}, "minItems": 1, "maxItems": 200}]},
			"state": {"anyOf": [{"$ref": "#/$defs/Approval"}, {"type": "null"}]},
			"types": {"type": "object", "additionalProperties": {"type": ["array", "null"], "items": {"$ref": "#/$defs/Kind"}}}
		},
		"$defs": {"Kind": {"type": "string", "enum": ["user"]}, "Approval": {"type": "string", "enum": ["given"]}}
	}`
	if diff := cmp.Diff(asJSON(t, []byte(want)), asJSON(t, about.Arguments(reflect.TypeFor[arguments]()))); diff != "" {
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
