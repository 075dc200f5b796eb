package rest_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// named returns a public route whose response is its own name and the value of the
// wildcard {id}, if it has one.
func named(name, path string) rest.Route {
	type input struct {
		ID string `path:"id"`
	}
	op := rest.Operation{Name: name, Method: "GET", Path: path}
	if path == "/{id}" || path == "/{id}/preview" {
		return rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[string], error) {
			return rest.Reply[string]{Body: name + " " + in.ID}, nil
		})
	}
	return rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) {
		return rest.Reply[string]{Body: name}, nil
	})
}

func TestPathPrecedence(t *testing.T) {
	t.Parallel()
	h := rest.New(
		rest.Config{Prefix: "/api", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)},
		named("list", ""), named("one", "/{id}"), named("preview", "/{id}/preview"), named("tags", "/tags"), named("export", "/exports/{export_id}"),
	)
	for path, want := range map[string]string{
		"/api":                 `"list"`,
		"/api/":                `"list"`,
		"/api/7":               `"one 7"`,
		"/api/tags":            `"tags"`,
		"/api/7/preview":       `"preview 7"`,
		"/api/exports/9":       `"export"`,
		"/api/exports/preview": `"export"`,       // the literal segment comes first
		"/api/exports":         `"one exports"`,  // no literal path ends there
		"/api/tags/preview":    `"preview tags"`, // nor does one continue
		"/api/a%20b/preview":   `"preview a b"`,  // unescaped
		"/api/7/preview/":      "",
		"/api//preview":        "",
		"/api/7/other":         "",
		"/":                    "",
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if want == "" && rec.Code != 404 || want != "" && rec.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", path, rec.Code, rec.Body, want)
		}
	}
}

func TestWildcardWithTwoNamesPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	rest.New(rest.Config{}, named("a", "/{id}"), named("b", "/{other}/x"))
}
