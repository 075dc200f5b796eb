package httpx_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
)

// want is what an answer has to be; empty fields are not judged.
type want struct {
	status int
	code   string            // of a refusal
	locs   []string          // of field errors, sorted, joined by dots
	header map[string]string // "-" means absent
	body   []string          // parts of the body
}

func (x want) check(tb testing.TB, w *world, rec *httptest.ResponseRecorder) {
	tb.Helper()
	if rec.Code != x.status {
		tb.Fatalf("status %d, want %d: %.600s", rec.Code, x.status, rec.Body)
	}
	if x.code != "" {
		var got struct {
			Code   string `json:"code"`
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Code != x.code || got.Detail == "" {
			tb.Errorf("refusal %s (%v), want code %s", rec.Body, err, x.code)
		}
	}
	if x.locs != nil {
		if got := locs(tb, rec.Body.Bytes()); !slices.Equal(got, x.locs) {
			tb.Errorf("locs %q, want %q: %s", got, x.locs, rec.Body)
		}
	}
	for name, value := range x.header {
		if got := rec.Header().Get(name); value == "-" && got != "" || value != "-" && got != w.fill(value) {
			tb.Errorf("%s: %q, want %q", name, got, w.fill(value))
		}
	}
	for _, piece := range x.body {
		if !strings.Contains(rec.Body.String(), w.fill(piece)) {
			tb.Errorf("body %s\nlacks %s", rec.Body, w.fill(piece))
		}
	}
}

func locs(tb testing.TB, body []byte) []string {
	tb.Helper()
	var got struct {
		Detail []struct {
			Loc  []any  `json:"loc"`
			Msg  string `json:"msg"`
			Type string `json:"type"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		tb.Errorf("%s: %v", body, err)
	}
	all := []string{}
	for _, d := range got.Detail {
		if d.Msg == "" || d.Type == "" {
			tb.Errorf("incomplete problem %v", d)
		}
		parts := make([]string, len(d.Loc))
		for i, p := range d.Loc {
			parts[i] = fmt.Sprint(p)
		}
		all = append(all, strings.Join(parts, "."))
	}
	slices.Sort(all)
	return all
}

// scenario is one row of a table: a request and its answer.
type scenario struct {
	name string
	call call
	want want
}

// run sends each request to a world of its own, on every back end.
func run(t *testing.T, setting func(t testing.TB, opts ...option) *world, table []scenario) {
	t.Helper()
	for _, b := range backends.All() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for _, s := range table {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					w := setting(t, on(b.Database(t)))
					s.want.check(t, w, w.send(s.call))
				})
			}
		})
	}
}
