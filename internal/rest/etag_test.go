package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/rest"
)

// FuzzRevisions: a list of entity tags holds the revisions that stand in it as
// strong tags of ours and no others, however they are separated.
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
