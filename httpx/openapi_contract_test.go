package httpx_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/internal/wire"
)

// TestDocumentEqualsContract compares the OpenAPI document with testdata/contract.txt,
// which lists routes, parameters, bodies, responses, codes and limits.
func TestDocumentEqualsContract(t *testing.T) {
	t.Parallel()
	var doc object
	if err := json.Unmarshal(resttest.Document(t, plain(t)), &doc); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	doc.routes(&b)
	doc.codes(&b)
	doc.shapes(&b)
	table, err := os.ReadFile("testdata/contract.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(strings.Split(withoutComments(string(table)), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("-contract +document: %s", diff)
	}
}

func withoutComments(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// object is a JSON object of a document.
type object map[string]any

func (o object) at(path ...string) object {
	for _, name := range path {
		next, _ := o[name].(map[string]any)
		o = next
	}
	return o
}

func (o object) list(name string) []any {
	list, _ := o[name].([]any)
	return list
}

// routes writes each operation with its parameters, bodies, responses and errors.
func (o object) routes(b *strings.Builder) {
	paths := o.at("paths")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range slices.Sorted(maps.Keys(paths.at(path))) {
			op := paths.at(path, method)
			fmt.Fprintf(b, "%s %s %s\n", strings.ToUpper(method), path, op["operationId"])
			for _, s := range op.list("security") {
				for scheme, scopes := range s.(map[string]any) {
					fmt.Fprintf(b, "  %s %v\n", scheme, scopes)
				}
			}
			for _, p := range op.list("parameters") {
				p := object(p.(map[string]any))
				fmt.Fprintf(b, "  %s %s: %s\n", p["in"], p["name"], p.at("schema").notation())
			}
			content := op.at("requestBody", "content")
			for _, media := range slices.Sorted(maps.Keys(content)) {
				fmt.Fprintf(b, "  body %s: %s\n", media, content.at(media, "schema").notation())
			}
			for _, status := range slices.Sorted(maps.Keys(op.at("responses"))) {
				if status < "400" {
					op.at("responses", status).success(b, status)
				}
			}
			fmt.Fprintf(b, "  errors %s\n", cmp.Or(strings.Join(o.errors(op), " "), "none"))
		}
	}
}

// common has the codes that almost every operation has.
var common = []string{"bad_request", "unauthorized", "forbidden_scope", "forbidden_origin", "method_not_allowed", "internal_error", "unavailable"}

// errors returns the codes of an operation except the common ones: they are the names of
// the examples of its errors. HEAD has none, because its responses have no body.
func (o object) errors(op object) []string {
	var found []string
	for status, a := range op.at("responses") {
		a := object(a.(map[string]any))
		if ref, ok := a["$ref"].(string); ok {
			a = o.at("components", "responses", ref[strings.LastIndexByte(ref, '/')+1:])
		}
		if status < "400" {
			continue
		}
		for code := range a.at("content", "application/json", "examples") {
			found = append(found, cmp.Or(map[string]string{"validation_error": "validation"}[code], code))
		}
	}
	slices.Sort(found)
	return slices.DeleteFunc(found, func(code string) bool { return slices.Contains(common, code) })
}

func (o object) success(b *strings.Builder, status string) {
	fmt.Fprintf(b, "  %s", status)
	if s := o.at("content", "application/json", "schema"); s != nil {
		fmt.Fprintf(b, " %s", s.notation())
	}
	for _, name := range slices.Sorted(maps.Keys(o.at("headers"))) {
		fmt.Fprintf(b, " %s", name)
	}
	b.WriteString("\n")
}

// codes writes the codes of each status. The statuses are those of wire.Status.
func (o object) codes(b *strings.Builder) {
	fmt.Fprintln(b, "codes")
	byStatus := map[int][]string{}
	for _, code := range o.at("components", "schemas", "ErrorCode").list("enum") {
		status := wire.Status(code.(string))
		byStatus[status] = append(byStatus[status], code.(string))
	}
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		fmt.Fprintf(b, "  %d %s\n", status, strings.Join(byStatus[status], " "))
	}
}

// shapes writes the members of each component. Only input has nothing else; later
// versions may add members to output.
func (o object) shapes(b *strings.Builder) {
	schemas := o.at("components", "schemas")
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := schemas.at(name)
		if s["properties"] == nil {
			fmt.Fprintf(b, "%s: %s\n", name, s.notation())
			continue
		}
		fmt.Fprintln(b, name)
		for _, member := range slices.Sorted(maps.Keys(s.at("properties"))) {
			required := "?"
			if slices.Contains(s.list("required"), any(member)) {
				required = ""
			}
			fmt.Fprintf(b, "  %s%s: %s\n", member, required, s.at("properties", member).notation())
		}
		if s["additionalProperties"] == false {
			fmt.Fprintln(b, "  nothing else")
		}
	}
}

// notation writes a schema in one line: its type, null, limits and values.
func (o object) notation() string {
	if ref, ok := o["$ref"].(string); ok {
		return ref[strings.LastIndexByte(ref, '/')+1:]
	}
	var words []string
	for _, s := range append(o.list("anyOf"), o.list("oneOf")...) {
		words = append(words, object(s.(map[string]any)).notation())
	}
	if len(words) > 0 {
		return strings.Join(words, " or ")
	}
	switch typ := o["type"].(type) {
	case string:
		words = append(words, typ)
	case []any:
		words = append(words, fmt.Sprintf("%v or %v", typ[0], typ[1]))
	}
	for _, limit := range [][2]string{{"minLength", "maxLength"}, {"minimum", "maximum"}, {"minItems", "maxItems"}, {"minProperties", "maxProperties"}} {
		if o[limit[0]] != nil || o[limit[1]] != nil {
			words = append(words, fmt.Sprintf("%s–%s", number(o[limit[0]]), number(o[limit[1]])))
		}
	}
	for _, name := range []string{"format", "pattern", "enum", "default"} {
		if o[name] != nil {
			words = append(words, fmt.Sprintf("%s %v", name, o[name]))
		}
	}
	if items := o.at("items"); items != nil {
		words = append(words, "of "+items.notation())
	}
	if names := o.at("propertyNames"); names != nil {
		words = append(words, "by "+names.notation()+", of "+o.at("additionalProperties").notation())
	}
	for _, name := range slices.Sorted(maps.Keys(o.at("properties"))) {
		words = append(words, name, o.at("properties", name).notation())
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func number(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return ""
}
