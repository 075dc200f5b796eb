package httpx_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// headers has the malformed values of every header that is a parameter.
var headers = map[string][]string{
	"Idempotency-Key": {"", textOf(256), "zq zq", "zqzq\x7f", "zqzqé", "\xff"},
	"Last-Event-Id":   {"", "\xff"},
	"If-Match":        {"", "zqzq", `"zqzq`, `"r1" zqzq`, `"r1";"r2"`, `*, "r1"`, "zqzq\x00", "\xff"},
}

// TestInvalidHeadersAndPaths tests the header and path parameters of every route.
func TestInvalidHeadersAndPaths(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newInvalidServer(t, db)
		bodies := map[string]string{}
		for _, row := range bodyTables() {
			bodies[row.operation] = row.valid
		}
		before := srv.traces(t)
		for name, in := range httpx.Inputs() {
			if name == "open_public_preview" || name == "put_upload" || name == "download_export" {
				continue // any token is accepted as a path
			}
			op := srv.operation(name)
			for _, header := range tagsOf(in, "header") {
				values, ok := headers[header]
				if !ok {
					t.Errorf("%s: the header %s is not in the table", name, header)
				}
				for _, value := range values {
					srv.refuseHeader(t, op, bodies[name], header, value)
				}
				srv.refuseHeader(t, op, bodies[name], header, `"r1"`, `"r1"`)
			}
			srv.refusePaths(t, op, bodies[name])
		}
		if diff := cmp.Diff(before, srv.traces(t)); diff != "" {
			t.Errorf("refused requests left traces: %s", diff)
		}
	})
}

// call sends a request of an operation, valid but for the given path, body and header.
func (srv *invalidServer) call(op rest.Operation, path, body string, header map[string][]string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(srv.TB.Context(), op.Method, base, strings.NewReader(srv.Fill(body)))
	path = strings.NewReplacer("{asset_id}", string(srv.id), "{version}", "1").Replace(path)
	r.URL.Path, r.URL.RawPath = base+path, ""
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+srv.Bearers["owner"])
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	httpx.Handler(srv.Lib, httpx.Options{Authenticate: httpx.Bearer(srv.Ring)}).ServeHTTP(rec, r)
	return rec
}

func (srv *invalidServer) refuseHeader(t *testing.T, op rest.Operation, body, header string, values ...string) {
	t.Helper()
	rec := srv.call(op, op.Path, body, map[string][]string{http.CanonicalHeaderKey(header): values})
	overHTTP := checkRefusal(t, rec, 422, "header", []string{header})
	if t.Failed() {
		t.Fatalf("%s with %s: %q", op.Name, header, values)
	}
	if op.Name == "create_asset" && len(values) == 1 && values[0] != "" && values[0] != "\xff" {
		_, err := srv.Lib.Create(t.Context(), resttest.Maker("w1"), assets.NewAsset{
			Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x", IdempotencyKey: values[0]},
		})
		checkSameInGo(t, overHTTP, err)
	}
}

func (srv *invalidServer) refusePaths(t *testing.T, op rest.Operation, body string) {
	t.Helper()
	for placeholder, values := range map[string][]string{
		"export_id": {marked, "\x00", "\xff", unknownID + "0", unknownID[1:], textOf(300)},
		"asset_id":  {marked, "\x00", "\xff", "\xed\xa0\x80", unknownID + "0", unknownID[1:], strings.ReplaceAll(unknownID, "-", "_"), textOf(300)},
		"version":   {marked, "\x00", "\xff", "0", "-1", "+1", "01", "1.5", "Current", "99999999999999999999x"},
	} {
		if !strings.Contains(op.Path, "{"+placeholder+"}") {
			continue
		}
		for _, value := range values {
			rec := srv.call(op, strings.Replace(op.Path, "{"+placeholder+"}", value, 1), body, nil)
			overHTTP := checkRefusal(t, rec, 422, "path", []string{placeholder})
			if t.Failed() {
				t.Fatalf("%s with %s %q", op.Name, placeholder, value)
			}
			if placeholder == "asset_id" && !unencodable(value) {
				_, err := srv.Lib.Get(t.Context(), resttest.Maker("w1"), assets.ID(value), assets.SelectCurrent)
				checkSameInGo(t, overHTTP, err)
			}
		}
	}
}
