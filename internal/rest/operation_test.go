package rest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestReply(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply rest.Reply[string]
		want  int
		body  string
		etag  string
	}{
		"default":    {rest.Reply[string]{Body: "b"}, 200, `"b"`, ""},
		"created":    {rest.Reply[string]{Body: "b", Status: 201, Header: http.Header{"Location": {"/b"}}}, 201, `"b"`, ""},
		"no content": {rest.Reply[string]{Body: "b", Status: 204}, 204, "", ""},
		"revision":   {rest.Reply[string]{Body: "b", Revision: 7}, 200, `"b"`, `"r7"`},
	} {
		op := rest.Operation{Name: "get", Method: "GET", Path: "/a"}
		rec := serve(t, rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[string], error) { return tt.reply, nil }), "")
		if rec.Code != tt.want || rec.Body.String() != tt.body || rec.Header().Get("ETag") != tt.etag {
			t.Errorf("%s: %d %s %v", name, rec.Code, rec.Body, rec.Header())
		}
		if got := rec.Header().Get("Location"); got != tt.reply.Header.Get("Location") {
			t.Errorf("%s: Location: %q", name, got)
		}
		if got := rec.Header().Get("Cache-Control"); got != "private, no-cache" {
			t.Errorf("%s: Cache-Control: %q", name, got)
		}
	}
}

func TestActorOfAnOperation(t *testing.T) {
	t.Parallel()
	for name, scopes := range map[string][]assets.Scope{"public": nil, "authenticated": {assets.ScopeRead}} {
		op := rest.Operation{Name: "get", Method: "GET", Path: "/a", Scopes: scopes}
		serve(t, rest.Typed(op, func(_ context.Context, by assets.Actor, _ *struct{}) (rest.Reply[string], error) {
			if public := scopes == nil; public != (by.Subject == "") || public == (by.Via == assets.ViaREST) {
				t.Errorf("%s: %+v", name, by)
			}
			return rest.Reply[string]{}, nil
		}), "")
	}
}

func TestRaw(t *testing.T) {
	t.Parallel()
	type input struct {
		Text string `query:"text"`
	}
	op := rest.Operation{Name: "raw", Method: "GET", Path: "/raw"}
	route := rest.Raw(op, func(w http.ResponseWriter, _ *http.Request, _ assets.Actor, in *input) error {
		if in.Text == "missing" {
			return assets.ErrNotFound
		}
		w.Header().Set("Content-Type", "text/plain")
		_, err := w.Write([]byte(in.Text))
		return err
	})
	if rec := serveURL(t, route, "/x/raw?text=hello", ""); rec.Code != 200 || rec.Body.String() != "hello" || rec.Header().Get("Content-Type") != "text/plain" {
		t.Errorf("%d %s %v", rec.Code, rec.Body, rec.Header())
	}
	if rec := serveURL(t, route, "/x/raw?text=missing", ""); rec.Code != 404 || rec.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %v", rec.Code, rec.Body, rec.Header())
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	made := 0
	route := rest.Fixed(rest.Operation{Name: "fixed", Method: "GET", Path: "/fixed"}, func() []byte {
		made++
		return []byte(`{"a":1}`)
	})
	first := serve(t, route, "")
	tag := first.Header().Get("ETag")
	if first.Code != 200 || first.Body.String() != `{"a":1}` || len(tag) != len(`"sha256:"`)+64 {
		t.Errorf("%d %s %s", first.Code, first.Body, tag)
	}
	if again := serve(t, route, "", "If-None-Match", tag); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("%d %s", again.Code, again.Body)
	}
	if made != 1 {
		t.Errorf("the text was computed %d times", made)
	}
}
