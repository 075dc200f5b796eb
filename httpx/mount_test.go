package httpx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/rest"
)

// hosts are the ways to mount a library. Public routes stand on a host name of
// their own in the last.
var hosts = map[string]func(*assets.Library, httpx.Options) http.Handler{
	"ServeMux": func(lib *assets.Library, opts httpx.Options) http.Handler {
		mux := http.NewServeMux()
		httpx.Mount(mux, lib, opts)
		return mux
	},
	"chi": func(lib *assets.Library, opts httpx.Options) http.Handler {
		r := chi.NewRouter()
		r.Mount(lib.BasePath(), httpx.Handler(lib, opts))
		r.Mount(lib.PublicPath(), httpx.Public(lib, opts))
		return r
	},
	"chi, nested": func(lib *assets.Library, opts httpx.Options) http.Handler {
		r := chi.NewRouter()
		r.Route("/api", func(r chi.Router) {
			r.Mount(strings.TrimPrefix(lib.BasePath(), "/api"), httpx.Handler(lib, opts))
			r.Mount(strings.TrimPrefix(lib.PublicPath(), "/api"), httpx.Public(lib, opts))
		})
		return r
	},
	"handlers": func(lib *assets.Library, opts httpx.Options) http.Handler {
		own, public := httpx.Handler(lib, opts), httpx.Public(lib, opts)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, lib.PublicPath()+"/") {
				public.ServeHTTP(w, r)
				return
			}
			own.ServeHTTP(w, r)
		})
	},
	"two hosts": func(lib *assets.Library, opts httpx.Options) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("assets.example"+lib.BasePath(), httpx.Handler(lib, opts))
		mux.Handle("assets.example"+lib.BasePath()+"/", httpx.Handler(lib, opts))
		mux.Handle("content.example"+lib.PublicPath()+"/", httpx.Public(lib, opts))
		return mux
	},
}

// mounted is a library behind one of the hosts.
type mounted struct {
	lib     *assets.Library
	handler http.Handler
}

// send answers a request as a client meets it, who follows nothing.
func (m mounted) send(t *testing.T, method, path, bearer string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Host = "assets.example"
	if strings.HasPrefix(path, m.lib.PublicPath()+"/") {
		r.Host = "content.example"
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Prefix", "/evil")
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, r)
	if rec.Code/100 == 3 && rec.Code != http.StatusNotModified {
		t.Errorf("%s %s is redirected: %d %s", method, path, rec.Code, rec.Header().Get("Location"))
	}
	return rec
}

func eachHost(t *testing.T, test func(t *testing.T, m mounted)) {
	t.Helper()
	t.Parallel()
	for _, prefix := range []string{"/api/v1/assets", "/api/things"} {
		for name, mount := range hosts {
			t.Run(name+" "+strings.ReplaceAll(prefix, "/", "|"), func(t *testing.T) {
				t.Parallel()
				lib := newWorld(t, func(c *assets.Config, _ *httpx.Options) {
					c.BasePath, c.PublicPath = prefix, strings.Replace(prefix, "/api", "/api/public", 1)
				}).lib
				test(t, mounted{lib, mount(lib, httpx.Options{Authenticate: httpx.Bearer(ring())})})
			})
		}
	}
}

// allowed answers the methods of each path, HEAD with GET, with example values
// in place of the parameters.
func allowed(lib *assets.Library) map[string][]string {
	paths := map[string][]string{}
	add := func(prefix string, ops []rest.Operation) {
		for _, op := range ops {
			path := prefix + strings.NewReplacer("{asset_id}", unknownID, "{version}", "1", "{token}", "t").Replace(op.Path)
			paths[path] = append(paths[path], op.Method)
			if op.Method == http.MethodGet {
				paths[path] = append(paths[path], http.MethodHead)
			}
		}
	}
	own, public := httpx.Operations(lib)
	add(lib.BasePath(), own)
	add(lib.PublicPath(), public)
	paths[lib.BasePath()+"/"] = paths[lib.BasePath()]
	for _, methods := range paths {
		slices.Sort(methods)
	}
	return paths
}

// TestNET02MethodsOfEveryRoute: every path answers each method that it does
// not take with one and the same 405, but for Allow.
func TestNET02MethodsOfEveryRoute(t *testing.T) {
	eachHost(t, func(t *testing.T, m mounted) {
		var first string
		for path, methods := range allowed(m.lib) {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
				rec := m.send(t, method, path, "")
				if slices.Contains(methods, method) {
					if rec.Code == http.StatusMethodNotAllowed {
						t.Errorf("%s %s: 405", method, path)
					}
					continue
				}
				if got, want := rec.Header().Get("Allow"), strings.Join(methods, ", "); rec.Code != http.StatusMethodNotAllowed || got != want {
					t.Errorf("%s %s: %d, Allow %q, want 405 and %q", method, path, rec.Code, got, want)
				}
				rec.Header().Del("Allow")
				if all := fmt.Sprint(rec.Header(), rec.Body); first == "" {
					first = all
				} else if diff := cmp.Diff(first, all); diff != "" {
					t.Errorf("%s %s: another 405: %s", method, path, diff)
				}
			}
		}
	})
}

// TestNET02UnknownIsOneAnswer: a path that is no route, an asset that is not
// there, and one of another workspace are one and the same 404, with and
// without a credential where none is looked at.
func TestNET02UnknownIsOneAnswer(t *testing.T) {
	eachHost(t, func(t *testing.T, m mounted) {
		made, err := m.lib.Create(t.Context(), ring()["other"], assets.NewAsset{
			Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
		own, public := m.lib.BasePath(), m.lib.PublicPath()
		var first string
		for _, path := range []string{
			own + "/" + unknownID, own + "/" + string(made.ID), own + "/" + string(made.ID) + "/versions/1",
			own + "/" + string(made.ID) + "/versions/1/content", own + "/" + string(made.ID) + "/preview-url",
			own + "/" + unknownID + "/", own + "/" + unknownID + "/nothing", own + "/tags/", own + "/bulk/approval/", own + "/openapi.json/",
			own + "/a/b/c/d", public + "/preview/forged", public + "/preview/a/b", public + "/nothing", public + "/preview/",
		} {
			for _, method := range []string{"GET", "HEAD"} {
				rec := m.send(t, method, path, "ann")
				if all := fmt.Sprint(rec.Code, rec.Header(), rec.Body); first == "" {
					first = all
				} else if diff := cmp.Diff(first, all); diff != "" {
					t.Errorf("%s %s: %s", method, path, diff)
				}
			}
		}
		if !strings.HasPrefix(first, "404 ") {
			t.Error(first)
		}
	})
}

// TestMountedAnywhere: links are made of what the library was told.
func TestMountedAnywhere(t *testing.T) {
	eachHost(t, func(t *testing.T, m mounted) {
		made, err := m.lib.Create(t.Context(), ring()["ann"], assets.NewAsset{
			Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "hello"},
		})
		if err != nil {
			t.Fatal(err)
		}
		own := m.lib.BasePath()
		for path, piece := range map[string]string{
			own:                                      `"id":"` + string(made.ID),
			own + "/":                                `"id":"` + string(made.ID),
			own + "/" + string(made.ID):              `"preview_url":"https://assets.example` + own + "/" + string(made.ID) + `/preview?version=1"`,
			own + "/openapi.json":                    `"` + own + `/{asset_id}"`,
			own + "/" + string(made.ID) + "/preview": "<pre>hello</pre>",
		} {
			rec := m.send(t, "GET", path, "ann")
			if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, piece) || strings.Contains(body, "evil") {
				t.Errorf("%s: %d %.300s lacks %s", path, rec.Code, body, piece)
			}
		}
		link, err := m.lib.PreviewURL(t.Context(), ring()["ann"], made.ID, assets.PreviewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(link.URL, "https://assets.example")
		if rec := m.send(t, "GET", path, ""); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "<pre>hello</pre>") {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	})
}
