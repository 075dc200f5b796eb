package rest_test

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// listOf returns a route whose response has n strings of 1,000 bytes.
func listOf(n int) rest.Route {
	op := rest.Operation{Name: "list", Method: "GET", Path: "", ETag: rest.Revision}
	return rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[[]string], error) {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("%01000d", i)
		}
		return rest.Reply[[]string]{Revision: 7, Body: list}, nil
	})
}

func TestReplyOfAnySizeHOS05(t *testing.T) {
	t.Parallel()
	for n, length := range map[int]bool{0: true, 1: true, 60: true, 66: false, 5000: false} {
		rec := serve(t, listOf(n), "")
		var got []string
		if err := stdjson.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got) != n {
			t.Errorf("%d strings of %d, %v", len(got), n, err)
		}
		if has := rec.Header().Get("Content-Length") == fmt.Sprint(rec.Body.Len()); rec.Code != 200 || has != length {
			t.Errorf("%d strings: %d, Content-Length %q of %d", n, rec.Code, rec.Header().Get("Content-Length"), rec.Body.Len())
		}
		if rec.Header().Get("ETag") != `"r7"` || rec.Header().Get("Content-Type") != "application/json" || rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d strings: header %v", n, rec.Header())
		}
	}
}

func TestUnchangedReplyIsNotEncodedHOS05(t *testing.T) {
	t.Parallel()
	op := rest.Operation{Name: "get", Method: "GET", Path: "", ETag: rest.Revision}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[unencodable], error) {
		return rest.Reply[unencodable]{Revision: 7}, nil
	})
	if rec := serve(t, route, "", "If-None-Match", `"r7"`); rec.Code != 304 || rec.Body.Len() > 0 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if rec := serve(t, route, ""); rec.Code != 500 || rec.Header().Get("ETag") != "" {
		t.Errorf("%d %s with the header %v, want 500 without that of the reply", rec.Code, rec.Body, rec.Header())
	}
}

// unencodable is a value that is no JSON.
type unencodable struct{}

func (unencodable) MarshalJSON() ([]byte, error) { return nil, errors.New("a bug") }

// TestReplyThatFailsLate: an error after the first bytes breaks the response off.
func TestReplyThatFailsLateHOS05(t *testing.T) {
	t.Parallel()
	type reply struct {
		Text []string    `json:"text"`
		Last unencodable `json:"last"`
	}
	op := rest.Operation{Name: "get", Method: "GET", Path: ""}
	route := rest.Typed(op, func(context.Context, assets.Actor, *struct{}) (rest.Reply[reply], error) {
		return rest.Reply[reply]{Body: reply{Text: strings.Split(strings.Repeat("0123456789,", 20_000), ",")}}, nil
	})
	checkAborts(t, func() { serve(t, route, "") })
}

// goneWriter is a client that hangs up after the header.
type goneWriter struct{ *httptest.ResponseRecorder }

func (goneWriter) Write([]byte) (int, error) { return 0, http.ErrHandlerTimeout }

func TestClientThatHangsUpHOS05(t *testing.T) {
	t.Parallel()
	h := rest.New(rest.Config{Prefix: "/x", Logger: slog.New(slog.DiscardHandler)}, listOf(5000))
	checkAborts(t, func() {
		h.ServeHTTP(goneWriter{httptest.NewRecorder()}, httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil))
	})
}

// checkAborts reports an error unless fn panics with http.ErrAbortHandler.
func checkAborts(t *testing.T, fn func()) {
	t.Helper()
	defer func() {
		if p := recover(); p != any(http.ErrAbortHandler) {
			t.Errorf("panic %v, want http.ErrAbortHandler", p)
		}
	}()
	fn()
}
