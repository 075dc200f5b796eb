package rest_test

import (
	"context"
	stdjson "encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// serve calls one route as a caller with all scopes.
func serve(tb testing.TB, route rest.Route, body string, header ...string) *httptest.ResponseRecorder {
	tb.Helper()
	return serveURL(tb, route, "/x"+route.Path, body, header...)
}

// serveURL is serve with a path of the request, which is mounted below /x.
func serveURL(tb testing.TB, route rest.Route, url, body string, header ...string) *httptest.ResponseRecorder {
	tb.Helper()
	h := rest.New(rest.Config{
		Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler), CrossOrigin: http.NewCrossOriginProtection(),
		Authenticate: func(*http.Request) (assets.Actor, error) {
			return assets.Actor{Workspace: "w", Subject: "s", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
		},
	}, route)
	r := httptest.NewRequestWithContext(tb.Context(), route.Method, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Content-Type" {
			r.Header.Del("Content-Type")
		}
		r.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// decode posts a body to a typed operation and returns the decoded body, or the
// problems. malformed reports that the response was 400.
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
