// Package mounttest tests the ways to mount the routes of package httpx in a
// host's router: each must serve the same paths, methods and errors.
package mounttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// Mount returns a host's handler with the routes of a Library in it. The test
// sends requests for [assets.Library.BasePath] to the host name assets.example
// and requests for [assets.Library.PublicPath] to content.example.
type Mount func(*assets.Library, httpx.Options) http.Handler

const unknownID = "01890000-0000-7000-8000-000000000000"

// actors maps bearer tokens to actors.
type actors map[string]assets.Actor

func (a actors) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	actor, ok := a[bearer]
	if !ok {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return actor, nil
}

func known() actors {
	ann := assets.Actor{Workspace: "w1", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	other := ann
	other.Workspace = "w2"
	return actors{"ann": ann, "other": other}
}

// host is a Library mounted in a handler.
type host struct {
	lib     *assets.Library
	handler http.Handler
}

func newHost(t *testing.T, prefix string, mount Mount) host {
	t.Helper()
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
		PublicURL: "https://assets.example", SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		BasePath: prefix, PublicPath: strings.Replace(prefix, "/api", "/api/public", 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	return host{lib, mount(lib, httpx.Options{Authenticate: httpx.Bearer(known())})}
}

// eachMount runs a test for each mount at two prefixes, in parallel.
func eachMount(t *testing.T, mounts map[string]Mount, test func(t *testing.T, h host)) {
	t.Helper()
	t.Parallel()
	for _, prefix := range []string{"/api/v1/assets", "/api/things"} {
		for name, mount := range mounts {
			t.Run(name+" "+strings.ReplaceAll(prefix, "/", "|"), func(t *testing.T) {
				t.Parallel()
				test(t, newHost(t, prefix, mount))
			})
		}
	}
}

// create makes an asset of inline text.
func (h host) create(t *testing.T, as, text string) assets.ID {
	t.Helper()
	made, err := h.lib.Create(t.Context(), known()[as], assets.NewAsset{
		Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: text},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// send sends a request and returns the response, without its random id. Redirects fail
// the test.
func (h host) send(t *testing.T, method, path, bearer string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Host = "assets.example"
	if strings.HasPrefix(path, h.lib.PublicPath()+"/") {
		r.Host = "content.example"
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Prefix", "/evil")
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	rec.Header().Del("X-Request-Id")
	if rec.Code/100 == 3 && rec.Code != http.StatusNotModified {
		t.Errorf("%s %s is redirected: %d %s", method, path, rec.Code, rec.Header().Get("Location"))
	}
	return rec
}

// allowed returns the methods of each path in the OpenAPI document, HEAD with GET,
// with example values in place of the parameters.
func (h host) allowed(t *testing.T) map[string][]string {
	t.Helper()
	rec := h.send(t, "GET", h.lib.BasePath()+"/openapi.json", "")
	var document struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(rec.Body.Bytes(), &document); err != nil || len(document.Paths) < 15 {
		t.Fatalf("openapi.json: %d, %d paths, %v", rec.Code, len(document.Paths), err)
	}
	allowed := map[string][]string{}
	for path, operations := range document.Paths {
		var methods []string
		for method := range operations {
			methods = append(methods, strings.ToUpper(method))
		}
		if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		allowed[strings.NewReplacer("{asset_id}", unknownID, "{version}", "1", "{token}", "t").Replace(path)] = methods
	}
	allowed[h.lib.BasePath()+"/"] = allowed[h.lib.BasePath()]
	return allowed
}

// TestMethods requires every path to refuse each method that it does not
// support with the same 405, except for Allow.
func TestMethods(t *testing.T, mounts map[string]Mount) {
	t.Helper()
	eachMount(t, mounts, func(t *testing.T, h host) {
		var first string
		for path, methods := range h.allowed(t) {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
				rec := h.send(t, method, path, "")
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

// TestNotFound requires the same 404 for a path without a route, an asset that
// does not exist and an asset of another workspace, with and without a
// credential where the route needs none.
func TestNotFound(t *testing.T, mounts map[string]Mount) {
	t.Helper()
	eachMount(t, mounts, func(t *testing.T, h host) {
		foreign := string(h.create(t, "other", "x"))
		own, public := h.lib.BasePath(), h.lib.PublicPath()
		var first string
		for _, path := range []string{
			own + "/" + unknownID, own + "/" + foreign, own + "/" + foreign + "/versions/1",
			own + "/" + foreign + "/versions/1/content", own + "/" + foreign + "/preview-url",
			own + "/" + unknownID + "/", own + "/" + unknownID + "/nothing", own + "/tags/", own + "/bulk/approval/", own + "/openapi.json/",
			own + "/a/b/c/d", public + "/preview/forged", public + "/preview/a/b", public + "/nothing", public + "/preview/",
		} {
			for _, method := range []string{"GET", "HEAD"} {
				rec := h.send(t, method, path, "ann")
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

// TestLinks requires links to be made of the Library's configuration, not of the
// request, and to work.
func TestLinks(t *testing.T, mounts map[string]Mount) {
	t.Helper()
	eachMount(t, mounts, func(t *testing.T, h host) {
		id, own := h.create(t, "ann", "hello"), h.lib.BasePath()
		asset := own + "/" + string(id)
		for path, piece := range map[string]string{
			own:                   `"id":"` + string(id),
			own + "/":             `"id":"` + string(id),
			asset:                 `"preview_url":"https://assets.example` + asset + `/preview?version=1"`,
			own + "/openapi.json": `"` + own + `/{asset_id}"`,
			asset + "/preview":    `<pre lang="" dir="auto">hello</pre>`,
		} {
			rec := h.send(t, "GET", path, "ann")
			if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, piece) || strings.Contains(body, "evil") {
				t.Errorf("%s: %d %.300s lacks %s", path, rec.Code, body, piece)
			}
		}
		link, err := h.lib.PreviewURL(t.Context(), known()["ann"], id, assets.PreviewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(link.URL, "https://assets.example")
		if rec := h.send(t, "GET", path, ""); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `<pre lang="" dir="auto">hello</pre>`) {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	})
}
