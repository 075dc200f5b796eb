package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestUnauthorizedResponsesAreIdenticalAUTH01(t *testing.T) {
	backends.EachDatabase(t, identicalUnauthorized)
}

func identicalUnauthorized(t *testing.T, db backends.Database) {
	srv := newDraft(t, resttest.WithDatabase(db))
	var first string
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer unknown", "Basic YW5uOg==", "Bearer nobody", "bearer  x y"} {
		for _, c := range []call{
			{Method: "GET", Path: base},
			{Method: "POST", Path: base, Body: "{not json"},
			{Method: "GET", Path: base + "/malformed"},
			{Method: "GET", Path: "{base}/{id}/versions/1/content"},
		} {
			if authorization != "" {
				c.Header = map[string]string{"Authorization": authorization}
			}
			rec := srv.Send(c)
			want{Status: 401, Code: "unauthorized", Header: map[string]string{"WWW-Authenticate": "Bearer"}}.Check(t, srv, rec)
			response := fmt.Sprint(rec.Header(), rec.Body)
			if first == "" {
				first = response
			}
			if diff := cmp.Diff(first, response); diff != "" {
				t.Errorf("%q %s: %s", authorization, c.Path, diff)
			}
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"AUTH03 key store unavailable", call{Method: "GET", Path: base, As: "down"}, want{Status: 503, Code: "unavailable"}},
		{"scope before the body", call{Method: "POST", Path: base, As: "reader", Body: "{not json"}, want{Status: 403, Code: "forbidden_scope"}},
		{"scope before the media type", call{Method: "POST", Path: "{base}/{id}/approval", As: "reader", Body: "x", Header: map[string]string{"Content-Type": "text/plain"}}, want{Status: 403, Code: "forbidden_scope"}},
		{"syntax before the action's scope", call{Method: "POST", Path: "{base}/{id}/approval", As: "writer", Body: `{"action":"approve",}`}, want{Status: 400, Code: "bad_request"}},
		{"NET03 cross-site form", call{Method: "POST", Path: "{base}/{id}/approval", Body: `{"action":"approve","version":1}`, Header: map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "session=ann"}}, want{Status: 403, Code: "forbidden_origin"}},
		{"cross-site with a bearer", call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"submit"}`, Header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, want{Status: 200}},
		{"NET02 forwarded host", call{Method: "GET", Path: "{base}/{id}/preview-url", As: "ann", Header: map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}}, want{Status: 200, Body: []string{`"url":"https://assets.example/api/v1/public/assets/preview/`}}},
	})
}

func TestMountPaths(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"/", "/a", "/a/b/c/"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.BasePath, c.PublicPath = prefix, "/pub" })
			at := strings.TrimSuffix(prefix, "/")
			created := srv.Must(201, call{Method: "POST", Path: at + "/", As: "ann", Body: `{"type":"copy","title":"t","text":"x"}`})
			want{Status: 200}.Check(t, srv, srv.Send(call{Method: "GET", Path: at + "/" + fmt.Sprint(created["id"]), As: "ann"}))
			if at != "" {
				want{Status: 200}.Check(t, srv, srv.Send(call{Method: "GET", Path: at, As: "ann"}))
			}
			want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: "/pub/preview/x"}))
		})
	}
}

func TestHandlerRequiresAuthenticate(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Handler did not panic without Authenticate")
		}
	}()
	httpx.Handler(resttest.New(t).Lib, httpx.Options{})
}

func TestPanicIsLoggedLOG03(t *testing.T) { backends.EachDatabase(t, logPanic) }

func logPanic(t *testing.T, db backends.Database) {
	srv := resttest.New(t, resttest.WithDatabase(db))
	want{Status: 500, Code: "internal_error"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base, As: "bomb"}))
	record := srv.Log.String()
	if strings.Count(record, "\n") != 1 || !strings.Contains(record, `secret\nbomb`) || strings.Contains(record, "Bearer bomb") {
		t.Errorf("log: %s", record)
	}
}

func TestErrorsOverTheWireNET02(t *testing.T) { backends.EachDatabase(t, overTheWire) }

func overTheWire(t *testing.T, db backends.Database) {
	srv := resttest.New(t, resttest.WithDatabase(db))
	addr := listen(t, srv, httpx.Options{})
	for request, status := range map[string]int{
		"TRACE " + base + " HTTP/1.1":                                      405,
		"GET " + base + "//x HTTP/1.1":                                     404,
		"GET " + base + "/a%2fb HTTP/1.1":                                  404,
		"GET " + base + "?q=" + strings.Repeat("a", 100<<10) + " HTTP/1.1": 401,
	} {
		got := sendRaw(t, addr, request+"\r\nHost: x\r\nConnection: close\r\n\r\n", false)
		if got.status != status || got.header.Get("Content-Type") != "application/json" || !strings.Contains(got.body, `"code"`) {
			t.Errorf("%.60s: %d %s", request, got.status, got.body)
		}
	}
}

func TestPublicNeedsNoAuthenticate(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.CreateText("x", "text")
	rec := httptest.NewRecorder()
	httpx.Public(srv.Lib, httpx.Options{}).ServeHTTP(rec, call{Method: "GET", Path: srv.PreviewPath("")}.Request(srv))
	want{Status: 200, Body: []string{pre + "text</pre>"}}.Check(t, srv, rec)
}

// TestCrossSiteRequestsAreRefusedNET03: a form on another site is sent with the host's
// cookie. It is refused, whatever its media type.
func TestCrossSiteRequestsAreRefusedNET03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db, func(_ *assets.Config, o *httpx.Options) {
			o.Authenticate = func(r *http.Request) (assets.Actor, error) {
				if c, err := r.Cookie("session"); err == nil && c.Value == "ann" {
					return resttest.Maker("w1"), nil
				}
				return assets.Actor{}, assets.ErrUnauthorized
			}
		})
		id := srv.CreateAsset("w1", "draft")
		post := func(header map[string]string) *httptest.ResponseRecorder {
			header["Cookie"] = "session=ann"
			rec := httptest.NewRecorder() // not Send: the OpenAPI document has no cookies
			srv.Mux.ServeHTTP(rec, call{Method: "POST", Path: base + "/" + string(id) + "/approval", Body: `{"action":"approve","version":2}`, Header: header}.Request(srv.Server))
			return rec
		}
		for _, header := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site"},
			{"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"},
			{"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"},
			{"Origin": "https://evil.example"},
			{"Origin": "null"},
		} {
			want{Status: 403, Code: "forbidden_origin"}.Check(t, srv.Server, post(header))
		}
		if a := srv.Asset(t, "w1", id); len(a.Reviews) != 0 || a.Revision != 2 {
			t.Errorf("%d reviews, revision %d", len(a.Reviews), a.Revision)
		}
		want{Status: 200, Body: []string{fmt.Sprintf(`"id":"%s"`, id)}}.Check(t, srv.Server, post(map[string]string{"Sec-Fetch-Site": "same-origin"}))
	})
}

// tokenRing is a Ring that accepts every token and returns it as the subject.
type tokenRing struct{}

func (tokenRing) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	return assets.Actor{Subject: bearer}, nil
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string // of Authorization
		token string   // empty if the request is unauthorized
	}{
		"token":              {[]string{"Bearer abc"}, "abc"},
		"scheme in any case": {[]string{"bEARER abc"}, "abc"},
		"several spaces":     {[]string{"Bearer   abc"}, "abc"},
		"space in the token": {[]string{"Bearer a bc"}, "a bc"},
		"no header":          {nil, ""},
		"no token":           {[]string{"Bearer"}, ""},
		"other scheme":       {[]string{"Basic abc"}, ""},
		"two headers":        {[]string{"Bearer abc", "Bearer abc"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header["Authorization"] = tt.lines
			actor, err := httpx.Bearer(tokenRing{})(r)
			if actor.Subject != tt.token || (tt.token == "") != errors.Is(err, assets.ErrUnauthorized) {
				t.Errorf("token %q, %v; want %q", actor.Subject, err, tt.token)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("approving: %w", assets.ErrVersionConflict), 409, "version_conflict"},
		{&assets.FieldError{}, 422, "validation_error"},
		{errors.New("secret"), 500, "internal_error"},
	} {
		if status, code := httpx.Status(tt.err); status != tt.status || code != tt.code {
			t.Errorf("%v: %d %s, want %d %s", tt.err, status, code, tt.status, tt.code)
		}
	}
}
