package rest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestFailureAfterTheResponseHasBegun(t *testing.T) {
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

// thingsServer serves GET and POST /x/things and GET /x/public. The bearer token
// "reader" has the scope read, "nobody" is an incomplete actor.
func thingsServer(log *strings.Builder) http.Handler {
	echo := func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) {
		return rest.Reply[string]{Body: "ok"}, nil
	}
	return rest.New(
		rest.Config{
			Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.NewTextHandler(log, nil)), CrossOrigin: http.NewCrossOriginProtection(),
			Authenticate: func(r *http.Request) (assets.Actor, error) {
				switch r.Header.Get("Authorization") {
				case "Bearer reader":
					return assets.Actor{Workspace: "w", Subject: "s", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}}, nil
				case "Bearer nobody":
					return assets.Actor{}, nil
				}
				return assets.Actor{}, assets.ErrUnauthorized
			},
		},
		rest.Typed(rest.Operation{Name: "list_things", Method: "GET", Path: "/things", Scopes: []assets.Scope{assets.ScopeRead}}, echo),
		rest.Typed(rest.Operation{Name: "create_thing", Method: "POST", Path: "/things", Scopes: []assets.Scope{assets.ScopeWrite}}, echo),
		rest.Typed(rest.Operation{Name: "get_public", Method: "GET", Path: "/public"}, echo),
		rest.Raw(rest.Operation{Name: "fail", Method: "GET", Path: "/fail/{how}"}, func(_ http.ResponseWriter, r *http.Request, _ assets.Actor, _ *struct{}) error {
			if r.PathValue("how") == "panic" {
				panic("a bug")
			}
			return errors.New("disk on fire")
		}),
	)
}

func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	const reader = "Bearer reader"
	for name, tt := range map[string]struct {
		method, path, authorization, site string
		want                              int
	}{
		"ok":                                {"GET", "/x/things", reader, "", 200},
		"HEAD":                              {"HEAD", "/x/things", reader, "", 200},
		"path before method":                {"PUT", "/x/nothing", "", "", 404},
		"path that is not clean":            {"GET", "/x//things", reader, "", 404},
		"path with an escaped slash":        {"GET", "/x%2fthings", reader, "", 404},
		"path with a final slash":           {"GET", "/x/things/", reader, "", 404},
		"method before origin":              {"DELETE", "/x/things", "", "cross-site", 405},
		"origin before credential":          {"POST", "/x/things", "", "cross-site", 403},
		"a token lifts the check of origin": {"POST", "/x/things", "Bearer stale", "cross-site", 401},
		"credential before scope":           {"POST", "/x/things", "Bearer stale", "", 401},
		"incomplete actor":                  {"GET", "/x/things", "Bearer nobody", "", 401},
		"scope before input":                {"POST", "/x/things?unknown=1", reader, "", 403},
		"input":                             {"GET", "/x/things?unknown=1", reader, "", 422},
		"public":                            {"GET", "/x/public", "", "", 200},
		"unknown error":                     {"GET", "/x/fail/error", "", "", 500},
		"panic":                             {"GET", "/x/fail/panic", "", "", 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil)
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			r.Header.Set("Sec-Fetch-Site", tt.site)
			rec := httptest.NewRecorder()
			thingsServer(new(strings.Builder)).ServeHTTP(rec, r)
			if rec.Code != tt.want {
				t.Errorf("%d %s, want %d", rec.Code, rec.Body, tt.want)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("the response is %s", got)
			}
			if got := rec.Header().Get("WWW-Authenticate"); (got != "") != (tt.want == 401) {
				t.Errorf("WWW-Authenticate: %q", got)
			}
			if got := rec.Header().Get("Allow"); tt.want == 405 && got != "GET, HEAD, POST" {
				t.Errorf("Allow: %q", got)
			}
		})
	}
}

// The log has the text of an unknown error, the response does not. The log names
// the operation instead of the path.
func TestErrorsInLogAndResponse(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{"/x/fail/error": "disk on fire", "/x/fail/panic": "a bug"} {
		var log strings.Builder
		rec := httptest.NewRecorder()
		thingsServer(&log).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if diff := cmp.Diff(`{"detail":"internal error","code":"internal_error"}`, rec.Body.String()); diff != "" {
			t.Error(diff)
		}
		if got := log.String(); !strings.Contains(got, text) || !strings.Contains(got, "operation=fail") || strings.Contains(got, path) {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
}

func TestPathOfTheMountPoint(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "list", Method: "GET", Path: ""}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) {
		return rest.Reply[string]{}, nil
	})
	for _, path := range []string{"/x", "/x/"} {
		if rec := serveURL(t, route, path, ""); rec.Code != http.StatusOK {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

// TestWrongMount: the first request outside of the prefix is logged with its cure; the
// path, which may have a token, is not.
func TestWrongMount(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "show", Method: "GET", Path: "/preview/{token}"}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct {
		Token string `path:"token"`
	},
	) (rest.Reply[string], error) {
		return rest.Reply[string]{}, nil
	})
	for path, want := range map[string]string{
		"/preview/secret":         "StripPrefix",
		"/other/preview/secret":   "set BasePath or PublicPath",
		"/x/v1/unknown":           "",
		"/x/v1":                   "",
		"/x/v10/preview/secret":   "set BasePath or PublicPath",
		"/x/v1/preview/secret":    "",
		"/x/v1/preview/secret/no": "",
	} {
		var log bytes.Buffer
		h := rest.New(rest.Config{
			Prefix: "/x/v1", IdleTimeout: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}, route)
		for range 2 {
			h.ServeHTTP(&controlled{httptest.NewRecorder()}, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		}
		got := log.String()
		if !strings.Contains(got, want) || (want == "") != (got == "") || strings.Count(got, "\n") > 1 || strings.Contains(got, "secret") {
			t.Errorf("%s is logged as %q, want %q", path, got, want)
		}
	}
}

// controlled is a ResponseWriter with deadlines.
type controlled struct{ *httptest.ResponseRecorder }

func (*controlled) SetReadDeadline(time.Time) error  { return nil }
func (*controlled) SetWriteDeadline(time.Time) error { return nil }

// TestMaxBytesHandler: a body that a host's own limit cuts is too large, not incomplete.
func TestMaxBytesHandler(t *testing.T) {
	t.Parallel()
	type in struct {
		Body struct {
			Text string `json:"text"`
		} `body:""`
	}
	route := rest.Typed(rest.Operation{Name: "put", Method: "POST", Path: ""}, func(context.Context, assets.Actor, *in) (rest.Reply[string], error) {
		return rest.Reply[string]{}, nil
	})
	h := http.MaxBytesHandler(rest.New(rest.Config{Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}, route), 10)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(`{"text":"longer than ten"}`))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusRequestEntityTooLarge || !strings.Contains(rec.Body.String(), "10 bytes") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	cfg := rest.Config{
		IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(r *http.Request) (assets.Actor, error) {
			if r.Header.Get("Authorization") == "" {
				return assets.Actor{}, assets.ErrUnauthorized
			}
			return assets.Actor{Workspace: "w", Subject: "s", Kind: assets.KindUser}, nil
		},
	}
	admit := func(r *http.Request) error {
		if r.Method != http.MethodPost {
			return assets.ErrNotFound
		}
		return nil
	}
	h := rest.Endpoint(cfg, "custom", admit, func(w http.ResponseWriter, _ *http.Request, by assets.Actor) error {
		_, err := w.Write([]byte(by.Subject))
		return err
	})
	for name, tt := range map[string]struct {
		method, authorization string
		want                  int
	}{
		"admission before credential": {"GET", "", 404},
		"credential":                  {"POST", "", 401},
		"served":                      {"POST", "Bearer t", 200},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, "/", nil)
		if tt.authorization != "" {
			r.Header.Set("Authorization", tt.authorization)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != tt.want || tt.want == 200 && rec.Body.String() != "s" {
			t.Errorf("%s: %d %s, want %d", name, rec.Code, rec.Body, tt.want)
		}
	}
}
