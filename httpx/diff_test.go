package httpx_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// newCompared returns a server with the asset {id} of two versions and the asset
// {picture} of one.
func newCompared(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	srv := resttest.New(t, opts...)
	srv.Vars["base"] = base
	srv.Vars["picture"] = srv.Upload("bundle", "application/octet-stream", "data.bin", []byte{0, 1})
	srv.CreateText("t", "The spring sale.")
	srv.Must(201, call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"The <summer> sale."}`})
	return srv
}

func TestDiff(t *testing.T) {
	t.Parallel()
	get := func(path string) call { return call{Method: "GET", Path: "{base}" + path, As: "reader"} }
	const segments = `"segments":[{"op":"equal","text":"The "},{"op":"delete","text":"spring"},{"op":"insert","text":"<summer>"},{"op":"equal","text":" sale."}]}`
	run(t, newCompared, []scenario{
		{"default", get("/{id}/diff"), want{Status: 200, Header: map[string]string{"Cache-Control": "private, no-cache"}, Body: []string{
			`{"from":{"version":1,"content":{"media_type":"text/plain","size_bytes":16,"sha256":"`, `},"to":{"version":2,"content":{`, segments,
		}}},
		{"selectors", get("/{id}/diff?from=1&to=current"), want{Status: 200, Body: []string{segments}}},
		{"the first version", get("/{id}/diff?to=1"), want{Status: 200, Body: []string{`{"from":null,"to":{"version":1,`, `"segments":[{"op":"insert","text":"The spring sale."}]}`}}},
		{"itself", get("/{id}/diff?from=2"), want{Status: 200, Body: []string{`"segments":[{"op":"equal","text":"The <summer> sale."}]}`}}},
		{"no text", get("/{picture}/diff"), want{Status: 200, Body: []string{`{"from":null,"to":{"version":1,`, `"segments":null}`}}},
		{"nothing approved", get("/{id}/diff?from=approved"), want{Status: 404, Code: "not_approved"}},
		{"no such version", get("/{id}/diff?from=3"), want{Status: 404, Code: "not_found"}},
		{"no such asset", get("/" + unknownID + "/diff"), want{Status: 404, Code: "not_found"}},
		{"malformed", get("/{id}/diff?from=0&to=latest"), want{Status: 422, Locs: []string{"query.from", "query.to"}}},
		{"empty and twice", get("/{id}/diff?from=&to=1&to=2"), want{Status: 422, Locs: []string{"query.from", "query.to"}}},
		{"another workspace", call{Method: "GET", Path: "{base}/{id}/diff", As: "other"}, want{Status: 404, Code: "not_found"}},
	})
}

// TestDiffOfDamagedContent: no segment of an altered text is sent.
func TestDiffOfDamagedContent(t *testing.T) { backends.EachDatabase(t, testDiffOfDamagedContent) }

func testDiffOfDamagedContent(t *testing.T, db backends.Database) {
	srv := newCompared(t, resttest.WithDatabase(db))
	for name, fault := range map[string]func(io.ReadCloser, error) (io.ReadCloser, error){
		"altered": func(io.ReadCloser, error) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("The winter sale.")), nil
		},
		"short": func(io.ReadCloser, error) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("The")), nil
		},
		"missing": func(io.ReadCloser, error) (io.ReadCloser, error) {
			return nil, fmt.Errorf("gone: %w", assets.ErrNotFound)
		},
	} {
		srv.Blobs.Fault = fault
		rec := srv.Send(call{Method: "GET", Path: "{base}/{id}/diff", As: "reader"})
		want{Status: 500, Code: "internal_error"}.Check(t, srv, rec)
		if strings.Contains(rec.Body.String(), "sale") {
			t.Errorf("%s: %s", name, rec.Body)
		}
	}
}

// hangingBlobs never open a content. They tell when they are asked to, and when the
// context of that ends.
type hangingBlobs struct {
	assets.Blobs
	began, ended chan struct{}
}

func (b hangingBlobs) Open(ctx context.Context, _ string, _, _ int64) (io.ReadCloser, error) {
	close(b.began)
	<-ctx.Done()
	close(b.ended)
	return nil, ctx.Err()
}

// TestDiffEndsWhenTheClientHangsUp: reading and comparing end with the connection.
func TestDiffEndsWhenTheClientHangsUp(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan struct{})
	srv := newCompared(t, func(c *assets.Config, _ *httpx.Options) { c.Blobs = hangingBlobs{c.Blobs, began, ended} })
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	url := "http://" + listen(t, srv, httpx.Options{}) + srv.Fill("{base}/{id}/diff")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer reader")
	go func() {
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
			t.Errorf("the response is %s", resp.Status)
		}
	}()
	<-began
	hangUp()
	<-ended
}
