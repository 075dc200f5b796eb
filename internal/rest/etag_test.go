package rest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestRevisions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]int64{
		"*": nil, `"r3"`: {3}, ` "r1" , "r2"`: {1, 2}, `W/"r3"`: {}, `"x"`: {}, `"r03", "r-1"`: {}, `"r"`: {},
		`"a,b","r2"`: {2}, `,"r1",, "r2",`: {1, 2}, `""`: {}, `"ä"`: {},
	} {
		var r rest.Revisions
		if err := r.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, r.List); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for _, text := range []string{"r3", `"`, `"r3" x`, "", ",", "*,", `*, "r1"`, `"r1";"r2"`, `"r1""r2"`, `"r 1"`, `W/r1`, `w/"r1"`} {
		if err := new(rest.Revisions).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestNoneMatch(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "get", Method: "GET", Path: "", Scopes: []assets.Scope{assets.ScopeRead}}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) {
		return rest.Reply[string]{Revision: 1, Body: "b"}, nil
	})
	for line, status := range map[string]int{`"r1"`: 304, `W/"r1"`: 304, "*": 304, `"r2", "r1"`: 304, `"r11"`: 200, "": 200} {
		if rec := serve(t, route, "", "If-None-Match", line); rec.Code != status || rec.Header().Get("ETag") != `"r1"` {
			t.Errorf("%s: %d", line, rec.Code)
		}
	}
}

// A list of entity tags has exactly the revisions for which it contains a strong
// tag, however the tags are separated.
func FuzzRevisions(f *testing.F) {
	for _, seed := range []string{`*`, `"r3"`, `W/"r3", "r4"`, `"a,b" ,, "r2"`, `"r1";"r2"`, `"r18446744073709551616"`, "\"r\x00\"", `"`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r rest.Revisions
		if err := r.UnmarshalText([]byte(text)); err != nil {
			return
		}
		if r.List == nil {
			if strings.Trim(text, " \t") != "*" {
				t.Errorf("%q means any", text)
			}
			return
		}
		canonical := make([]string, len(r.List))
		for i, n := range r.List {
			canonical[i] = fmt.Sprintf(`"r%d"`, n)
			if !strings.Contains(text, canonical[i]) {
				t.Errorf("%q: revision %d is not in it", text, n)
			}
		}
		var again rest.Revisions
		err := again.UnmarshalText([]byte(strings.Join(canonical, ",")))
		if len(r.List) > 0 && (err != nil || !slices.Equal(again.List, r.List)) {
			t.Errorf("%q: %v, then %v (%v)", text, r.List, again.List, err)
		}
	})
}
