package rest_test

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// sample has every kind of field that a body may have.
type sample struct {
	Name  string             `json:"name"`
	Note  string             `json:"note" blank:"ok"`
	N     assets.Number      `json:"n" min:"1"`
	On    bool               `json:"on"`
	Raw   stdjson.RawMessage `json:"raw"`
	Tags  assets.Tags        `json:"tags"`
	Refs  []assets.Ref       `json:"refs"`
	Inner *inner             `json:"inner"`
	inner
}

type inner struct {
	Deep string `json:"deep"`
}

// serve calls one route as a caller who may do everything.
func serve(tb testing.TB, route rest.Route, body string, header ...string) *httptest.ResponseRecorder {
	tb.Helper()
	h := rest.New(rest.Config{
		Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler), CrossOrigin: http.NewCrossOriginProtection(),
		Authenticate: func(*http.Request) (assets.Actor, error) {
			return assets.Actor{Workspace: "w", Subject: "s", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
		},
	}, route)
	r := httptest.NewRequestWithContext(tb.Context(), route.Method, "/x"+route.Path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// decode posts a body to a typed operation and answers what it got, or the
// problems; malformed is the answer 400.
func decode[T any](tb testing.TB, body string) (got T, problems []string, malformed bool) {
	tb.Helper()
	type input struct{ Body T }
	op := rest.Operation{Name: "echo", Method: "POST", Path: "/echo", Scopes: []assets.Scope{assets.ScopeRead}}
	rec := serve(tb, rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[struct{}], error) {
		got = in.Body
		return rest.Reply[struct{}]{}, nil
	}), body)
	switch rec.Code {
	case 200:
		return got, nil, false
	case 400:
		return got, nil, true
	case 422:
	default:
		tb.Fatalf("%d %s", rec.Code, rec.Body)
	}
	var answer struct {
		Detail []*assets.FieldError `json:"detail"`
	}
	if err := stdjson.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		tb.Fatal(err)
	}
	for _, f := range answer.Detail {
		problems = append(problems, f.Type+" "+f.Error())
	}
	return got, problems, false
}

func TestDecodeAnswersEveryProblem(t *testing.T) {
	t.Parallel()
	_, found, _ := decode[sample](t, `{"Name":"x","name":1,"name":"y","note":"","n":0,"on":"no","tags":{"a":["",2],"a":[]},
		"refs":[{"asset_id":"x","version":1.5,"x":null}],"inner":[],"deep":"","raw":null}`)
	want := []string{
		"unknown body.Name: no such field", "wrong_type body.name: must be a string", "duplicate body.name: is given twice",
		"too_small body.n: must be at least 1", "wrong_type body.on: must be true or false",
		"too_short body.tags.a.0: must not be empty", "wrong_type body.tags.a.1: must be a string", "duplicate body.tags.a: is given twice",
		"wrong_type body.refs.0.version: must be a whole number", "unknown body.refs.0.x: no such field",
		"wrong_type body.inner: must be an object", "too_short body.deep: must not be empty",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
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

// FuzzDecode: there are problems exactly when a strict unmarshaler fails, or
// when the rules about empty strings and least numbers do; and what is
// accepted is what that unmarshaler reads.
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
			return // an unmarshaler takes null for an object
		}
		got, problems, malformed := decode[sample](t, text)
		var want sample
		strict := json.Unmarshal([]byte(text), &want, json.RejectUnknownMembers(true))
		switch accepted := problems == nil && !malformed; {
		case accepted && strict == nil:
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{}), cmp.Transformer("text", rawText)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		case accepted && !strings.Contains(strict.Error(), "duplicate"): // within raw they are for its own reader to judge
			t.Errorf("%q is accepted, but %v", text, strict)
		case malformed && strict == nil:
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

// rawText is how a raw value compares: null is absent.
func rawText(r stdjson.RawMessage) string {
	text := string(bytes.TrimSpace(r))
	if text == "null" {
		return ""
	}
	return text
}

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

func TestParameters(t *testing.T) {
	t.Parallel()
	type input struct {
		Key string `header:"X-Key"`
	}
	op := rest.Operation{Name: "get", Method: "GET", Path: "", Scopes: []assets.Scope{assets.ScopeRead}}
	route := rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[string], error) {
		return rest.Reply[string]{Body: in.Key}, assets.Invalid(assets.TypeMalformed, "no", "X-Key")
	})
	for name, tt := range map[string]struct {
		header []string
		want   string
	}{
		"twice":       {[]string{"X-Key", "a", "X-Key", "b"}, `{"detail":[{"loc":["header","X-Key"],"msg":"is given twice","type":"duplicate"}]}`},
		"empty":       {[]string{"X-Key", ""}, `{"detail":[{"loc":["header","X-Key"],"msg":"must not be empty","type":"too_short"}]}`},
		"by the call": {[]string{"X-Key", "a"}, `{"detail":[{"loc":["header","X-Key"],"msg":"no","type":"malformed"}]}`},
	} {
		if rec := serve(t, route, "", tt.header...); rec.Body.String() != tt.want {
			t.Errorf("%s: %s", name, rec.Body)
		}
	}
}

// judged is a body that judges its own fields.
type judged struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
}

func (j *judged) Validate() error {
	return assets.Invalid(assets.TypeMissing, "is required", "kind")
}

func TestProblemsOfFormAndFieldsTogether(t *testing.T) {
	t.Parallel()
	_, problems, _ := decode[judged](t, `{"title":1,"x":2}`)
	want := []string{"wrong_type body.title: must be a string", "unknown body.x: no such field", "missing body.kind: is required"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
	_, problems, _ = decode[judged](t, `{"title":"t","kind":1}`)
	if diff := cmp.Diff([]string{"wrong_type body.kind: must be a string"}, problems); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenAfterTheFirstByte(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "raw", Method: "GET", Path: ""}
	for name, end := range map[string]func() error{
		"error": func() error { return assets.ErrUnavailable },
		"panic": func() error { panic("bug") },
	} {
		func() {
			defer func() {
				if p := recover(); p != any(http.ErrAbortHandler) {
					t.Errorf("%s: panic %v, want http.ErrAbortHandler", name, p)
				}
			}()
			serve(t, rest.Raw(op, func(w http.ResponseWriter, _ *http.Request, _ assets.Actor, _ *struct{}) error {
				_, _ = w.Write([]byte("half"))
				return end()
			}), "")
		}()
	}
}
