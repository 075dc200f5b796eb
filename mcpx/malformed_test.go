package mcpx_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// malformed is a way in which arguments are wrong, and the place that the
// refusal names.
type malformed struct{ how, arguments, loc string }

// TestMCP03EveryToolRefusesMalformedArguments spoils the arguments of every
// tool in each way that its schema offers. What is answered is a tool error,
// which a model can read, and never an error of the protocol; it has nothing
// structured, which clients would hold against the schema of results (call
// demands both).
func TestMCP03EveryToolRefusesMalformedArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := map[string]string{}
	for _, tw := range twins {
		if good[tw.tool] == "" {
			good[tw.tool] = strings.ReplaceAll(tw.arguments, "{asset}", string(w.asset("w1", "pending")))
		}
	}
	eachTool(t.Context(), t, w.client("user"), func(tool *mcpTool) {
		for _, bad := range spoil(t, tool, good[tool.Name]) {
			got := w.call("user", tool.Name, bad.arguments)
			refused := got.Refusal.Status == 422 && got.Refusal.Code == "validation_error"
			placed := slices.ContainsFunc(strings.Fields(locs(got.Refusal.Detail)), func(loc string) bool {
				return loc == bad.loc || strings.HasPrefix(loc, bad.loc+".") // or within it
			})
			if !refused || !placed {
				t.Errorf("%s, %s: %s(%s): %s; want 422 at %s", tool.Name, bad.how, tool.Name, bad.arguments, got.Body, bad.loc)
			}
		}
	})
}

// spoil answers good arguments made wrong: unknown, twice, in other case, of
// another type, null, missing, or no object at all.
func spoil(t *testing.T, tool *mcpTool, good string) (all []malformed) {
	t.Helper()
	var schema struct {
		Properties map[string]struct{ Type any }
		Required   []string
	}
	text, err := json.Marshal(tool.InputSchema)
	if err == nil {
		err = json.Unmarshal(text, &schema)
	}
	var given map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal([]byte(good), &given)
	}
	if err != nil || len(schema.Properties) == 0 {
		t.Fatalf("%s: %v in %s", tool.Name, err, text)
	}
	for _, no := range []string{`[]`, `"x"`, `7`, `true`} {
		all = append(all, malformed{"no object", no, "arguments"})
	}
	all = append(all, malformed{"unknown", object(given, "zz", `1`), "arguments.zz"})
	for name, property := range schema.Properties {
		alike := strings.ToUpper(name)
		value := given[name]
		if value == nil {
			value = json.RawMessage(`"x"`)
		}
		rest := maps.Clone(given)
		delete(rest, name)
		all = append(
			all,
			malformed{"another type", object(rest, name, `[[7]]`), "arguments." + name},
			malformed{"other case", object(rest, alike, string(value)), "arguments." + alike},
			malformed{"twice", object(rest, name, string(value), name, string(value)), "arguments." + name},
			malformed{"twice, once in other case", object(rest, name, string(value), alike, string(value)), "arguments." + alike},
		)
		if !slices.Contains(schema.Required, name) {
			continue
		}
		all = append(all, malformed{"missing", object(rest), "arguments." + name})
		if !takes(property.Type, "null") {
			all = append(all, malformed{"null", object(rest, name, `null`), "arguments." + name})
		}
	}
	return all
}

// takes reports whether a type of a schema, one or several, has a name.
func takes(types any, name string) bool {
	several, _ := types.([]any)
	return types == name || slices.Contains(several, any(name))
}

// object writes members, and further ones after them, whatever their names.
func object(members map[string]json.RawMessage, more ...string) string {
	var all []string
	for name, value := range members {
		all = append(all, `"`+name+`":`+string(value))
	}
	slices.Sort(all)
	for i := 0; i+1 < len(more); i += 2 {
		all = append(all, `"`+more[i]+`":`+more[i+1])
	}
	return "{" + strings.Join(all, ",") + "}"
}
