package httpx_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// placeholder marks a member in a body. Invalid bodies are made by replacing it in the
// text, because a Go value cannot hold most of them.
const placeholder = `"@here@"`

// marked is in every invalid value. No response may contain it.
const marked = "zqzq"

// put returns the JSON text of body with the value of the member at path replaced by raw.
func put(t testing.TB, body, path, raw string) string {
	t.Helper()
	text := edited(t, body, path, func(parent map[string]any, name string) { parent[name] = "@here@" })
	return strings.Replace(text, placeholder, raw, 1)
}

// putMember is like put, but raw replaces the name of the member too.
func putMember(t testing.TB, body, path, raw string) string {
	t.Helper()
	text := edited(t, body, path, func(parent map[string]any, name string) { parent[name] = "@here@" })
	return strings.Replace(text, strconv.Quote(last(path))+":"+placeholder, raw, 1)
}

func drop(t testing.TB, body, path string) string {
	t.Helper()
	return edited(t, body, path, func(parent map[string]any, name string) { delete(parent, name) })
}

// at returns the JSON text of the member at path.
func at(t testing.TB, body, path string) string {
	t.Helper()
	var got any
	edited(t, body, path, func(parent map[string]any, name string) { got = parent[name] })
	return jsonText(t, got)
}

// edited returns the JSON text after fn has changed the object with the member at path.
func edited(t testing.TB, body, path string, fn func(parent map[string]any, name string)) string {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(body), &root); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	steps := strings.Split(path, ".")
	v := root
	for i, step := range steps {
		if list, ok := v.([]any); ok {
			n, err := strconv.Atoi(step)
			if err != nil {
				t.Fatalf("%s: no element %s", path, step)
			}
			if i == len(steps)-1 { // an element is treated like a member of an object
				parent := map[string]any{step: list[n]}
				fn(parent, step)
				list[n] = parent[step]
				return jsonText(t, root)
			}
			v = list[n]
			continue
		}
		object, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s: %s is in no object", path, step)
		}
		if i == len(steps)-1 {
			fn(object, step)
		}
		v = object[step]
	}
	return jsonText(t, root)
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func isElement(path string) bool { return strings.Trim(last(path), "0123456789") == "" }

// member has the properties of a member of a body, except its valid value.
type member struct {
	required bool
	blank    bool   // an empty string is valid
	null     bool   // null is invalid
	needs    string // another member that is invalid too if this one is missing
	long     string // JSON over the limit
	bad      []string
	status   int  // of long; default 422
	lone     bool // a single element is accepted instead of a list
}

// mandatory returns the member as one that is required.
func (m member) mandatory() member { m.required = true; return m }

// notNull returns the member as one that may not be null.
func (m member) notNull() member { m.null = true; return m }

// invalidBody is a body that is refused.
type invalidBody struct {
	name, body string
	status     int
	locs       []string // without the leading "body"
	inGo       bool     // a Go value can have the same content
}

// bodies returns the invalid bodies of a member, by the type of its valid value.
func (m member) bodies(t testing.TB, body, path string) []invalidBody {
	t.Helper()
	good := at(t, body, path)
	var all []invalidBody
	add := func(name, body string, inGo bool, locs ...string) {
		all = append(all, invalidBody{path + " " + name, body, 422, locs, inGo})
	}
	value := func(name, raw string, inGo bool) { add(name, put(t, body, path, raw), inGo, path) }
	unread := func(path string) []string {
		if m.needs != "" {
			return []string{path, m.needs}
		}
		return []string{path}
	}

	for _, raw := range otherTypes(good) {
		if m.lone && raw[0] == '"' {
			add("lone", put(t, body, path, raw), false, path+".0")
			continue
		}
		add("wrong type "+raw, put(t, body, path, raw), false, unread(path)...)
	}
	switch good[0] {
	case '"':
		if !m.blank {
			value("empty", `""`, false)
		}
		value("NUL", `"`+marked+`\u0000"`, true)
		all = append(all,
			invalidBody{path + " lone surrogate", put(t, body, path, `"`+marked+`\ud800"`), 400, nil, false},
			invalidBody{path + " invalid UTF-8", put(t, body, path, `"`+marked+"\xff\""), 400, nil, false})
	case '{':
		name := marked + "_member"
		inner := `{` + strconv.Quote(name) + `:"` + marked + marked + `",` + good[1:]
		if path != "tags" && path != "provenance.parameters" {
			add("unknown member", put(t, body, path, inner), false, path+"."+name)
		}
	}
	if m.required && !isElement(path) {
		add("missing", drop(t, body, path), true, path)
	}
	if m.null {
		value("null", "null", false)
	}
	if m.long != "" {
		status := 422
		if m.status != 0 {
			status = m.status
		}
		locs := []string{path}
		all = append(all, invalidBody{path + " too long", put(t, body, path, m.long), status, locs, status == 422})
	}
	for i, raw := range m.bad {
		add("malformed "+strconv.Itoa(i), put(t, body, path, raw), true, path)
	}
	if isElement(path) {
		return all
	}
	name := strconv.Quote(last(path))
	add("twice", putMember(t, body, path, name+":"+good+","+name+":"+good), false, path)
	upper := strings.ToUpper(last(path)[:1]) + last(path)[1:]
	cased := strings.TrimSuffix(path, last(path)) + upper
	if !strings.HasPrefix(path, "tags.") { // keys of tags differ by case
		locs := unread(cased)
		if m.required {
			locs = append(locs, path)
		}
		add("other case", putMember(t, body, path, strconv.Quote(upper)+":"+good), false, locs...)
	}
	return all
}

// otherTypes returns JSON of every type except that of good.
func otherTypes(good string) []string {
	all := map[byte][]string{'"': {`"` + marked + `"`}, '{': {`{"` + marked + `":1}`}, '[': {`["` + marked + `"]`}, '1': {"7", "1.5", "-1e999"}, 't': {"true"}}
	switch good[0] {
	case '"', '{', '[':
		delete(all, good[0])
	case 't', 'f':
		delete(all, 't')
	default:
		all['1'] = []string{"1.5", "-1e999"}
	}
	var list []string
	for _, kind := range []byte(`"{[1t`) {
		list = append(list, all[kind]...)
	}
	return list
}
