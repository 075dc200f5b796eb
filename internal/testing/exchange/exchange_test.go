package exchange_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/testing/exchange"
)

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var want []exchange.Exchange
	for _, target := range []string{"/a?b=c%20d", "/x", "/y"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader("not \xff UTF-8"))
		r.Header.Set("X-Raw", "\xfe")
		rec := httptest.NewRecorder()
		rec.Header().Set("ETag", `"r1"`)
		rec.WriteHeader(http.StatusCreated)
		_, _ = rec.WriteString("made \xff")
		x, err := exchange.New(r, rec)
		if err != nil {
			t.Fatal(err)
		}
		x.Test, x.BasePath, x.Document = t.Name(), "/api", []byte(`{"openapi":"3.1.0"}`)
		want = append(want, x)
	}
	var wg sync.WaitGroup
	for _, x := range want {
		wg.Go(func() {
			if err := exchange.Write(folder, x); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var got []exchange.Exchange
	for x, err := range exchange.Read(folder) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, x)
	}
	slices.SortFunc(got, func(a, b exchange.Exchange) int { return strings.Compare(a.Target, b.Target) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-written +read: %s", diff)
	}
}

func TestRequestAndResponse(t *testing.T) {
	t.Parallel()
	x := exchange.Exchange{
		Method: "PUT", Target: "/a?b=c", Host: "assets.example", RequestHeader: http.Header{"A": {"1", "2"}}, RequestBody: []byte("sent"),
		Status: 201, ResponseHeader: http.Header{"B": {"3"}}, ResponseBody: []byte("answered"),
	}
	r, resp := x.Request(t.Context()), x.Response() //nolint:bodyclose // recorded
	sent, _ := io.ReadAll(r.Body)
	received, _ := io.ReadAll(resp.Body)
	if r.Method != "PUT" || r.URL.String() != "/a?b=c" || r.Host != "assets.example" || len(r.Header["A"]) != 2 || string(sent) != "sent" || r.ContentLength != 4 {
		t.Errorf("request: %+v, %q", r, sent)
	}
	if resp.StatusCode != 201 || resp.Header.Get("B") != "3" || string(received) != "answered" {
		t.Errorf("response: %+v, %q", resp, received)
	}
}

func TestReadOfNothing(t *testing.T) {
	t.Parallel()
	for x, err := range exchange.Read(t.TempDir()) {
		t.Errorf("an exchange %+v, %v", x, err)
	}
}
