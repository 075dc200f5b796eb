package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestHeaderParameter(t *testing.T) {
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

// search is an input with every kind of parameter.
type search struct {
	ID    assets.ID       `path:"id"`
	Text  string          `query:"q"`
	Limit int             `query:"limit" min:"1"`
	At    assets.Selector `query:"version"`
	Order rest.Order      `query:"order"`
	Types []assets.Type   `query:"type"`
}

func TestBindParameters(t *testing.T) {
	t.Parallel()
	const id = "0190a6f0-0000-7000-8000-00000000000a"
	for name, tt := range map[string]struct {
		id, query string
		want      search
		problems  string // else the message and location of one
	}{
		"none":              {id, "", search{ID: id}, ""},
		"all":               {id, "?q=a+b&limit=3&version=approved&order=asc&type=copy&type=image", search{id, "a b", 3, assets.SelectApproved, true, []assets.Type{"copy", "image"}}, ""},
		"upper-case id":     {strings.ToUpper(id), "", search{ID: id}, ""},
		"not an id":         {"x", "", search{}, `"loc":["path","id"],"msg":"must be a UUID"`},
		"empty":             {id, "?q=", search{}, `"loc":["query","q"],"msg":"must not be empty"`},
		"NUL":               {id, "?q=%00", search{}, `"loc":["query","q"],"msg":"must be UTF-8 without NUL"`},
		"not UTF-8":         {id, "?q=%ff", search{}, `"loc":["query","q"],"msg":"must be UTF-8 without NUL"`},
		"too small":         {id, "?limit=0", search{}, `"loc":["query","limit"],"msg":"must be at least 1"`},
		"too large a limit": {id, "?limit=99999999999999999999", search{ID: id, Limit: 1<<31 - 1}, ""},
		"not a number":      {id, "?limit=1.5", search{}, `"loc":["query","limit"],"msg":"must be a whole number"`},
		"twice":             {id, "?q=a&q=b", search{}, `"loc":["query","q"],"msg":"is given twice"`},
		"unknown":           {id, "?Q=a", search{}, `"loc":["query","Q"],"msg":"no such parameter; the parameters are q, limit, version, order, type"`},
		"too many":          {id, "?type=copy" + strings.Repeat("&type=copy", 200), search{}, `"loc":["query","type"],"msg":"must be at most 200 values"`},
		"one of several":    {id, "?type=copy&type=", search{}, `"loc":["query","type"],"msg":"must not be empty"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got search
			op := rest.Operation{Name: "get", Method: "GET", Path: "/{id}", Scopes: []assets.Scope{assets.ScopeRead}}
			route := rest.Typed(op, func(_ context.Context, _ assets.Actor, in *search) (rest.Reply[string], error) {
				got = *in
				return rest.Reply[string]{}, nil
			})
			rec := serveURL(t, route, "/x/"+tt.id+tt.query, "")
			if tt.problems != "" {
				if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), tt.problems) {
					t.Errorf("%d %s", rec.Code, rec.Body)
				}
				return
			}
			if rec.Code != http.StatusOK {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMalformedQuery(t *testing.T) {
	t.Parallel()
	if rec := serveURL(t, answering[string]("a"), "/x/a?q=%zz", ""); rec.Code != http.StatusBadRequest {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestAnyParameter(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "get", Method: "GET", Path: "/a", AnyParameter: true}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) {
		return rest.Reply[string]{}, nil
	})
	if rec := serveURL(t, route, "/x/a?utm_source=mail", ""); rec.Code != http.StatusOK {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "get", Method: "GET", Path: "/a"}
	route := rest.Typed(op, func(_ context.Context, _ assets.Actor, in *completed) (rest.Reply[string], error) {
		return rest.Reply[string]{Body: in.Full}, nil
	})
	if rec := serveURL(t, route, "/x/a?first=Ada", ""); rec.Body.String() != `"Ada L."` {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

type completed struct {
	First string `query:"first"`
	Full  string
}

func (c *completed) Complete() { c.Full = c.First + " L." }

func TestMalformedMinTagPanics(t *testing.T) {
	t.Parallel()
	type input struct {
		N int `query:"n" min:"one"`
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	rest.Typed(rest.Operation{}, func(context.Context, assets.Actor, *input) (rest.Reply[string], error) {
		return rest.Reply[string]{}, nil
	})
}
