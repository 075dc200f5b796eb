package resttest

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/exchange"
)

// documents has the OpenAPI documents of the libraries in use. Libraries with
// other paths or limits have other documents.
var documents sync.Map // of func() []byte

func cachedDocumentOf(t testing.TB, lib *assets.Library) []byte {
	t.Helper()
	key := fmt.Sprint(lib.BasePath(), lib.PublicPath(), lib.BaseURL(), " ", lib.PublicURL(), lib.Limits())
	made, _ := documents.LoadOrStore(key, sync.OnceValue(func() []byte { return Document(t, lib) }))
	document, _ := made.(func() []byte)
	return document()
}

// record writes a call and its response to the folder in ASSETS_TEST_EXCHANGES,
// if it is set. internal/testing/contract sets it and checks every exchange against
// the OpenAPI document.
func (srv *Server) record(c Call, rec *httptest.ResponseRecorder) {
	srv.TB.Helper()
	folder := os.Getenv(exchange.Variable)
	if folder == "" {
		return
	}
	x, err := exchange.New(c.Request(srv), rec)
	if err != nil {
		srv.TB.Fatal(err)
	}
	x.Test, x.BasePath, x.Document = srv.TB.Name(), srv.Lib.BasePath(), cachedDocumentOf(srv.TB, srv.Lib)
	if err := exchange.Write(folder, x); err != nil {
		srv.TB.Error(err)
	}
}

// Document returns the OpenAPI document that a Library's routes serve.
func Document(t testing.TB, lib *assets.Library) []byte {
	t.Helper()
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", strings.TrimSuffix(lib.BasePath(), "/")+"/openapi.json", nil)
	httpx.Handler(lib, httpx.Options{Authenticate: httpx.Bearer(KnownActors())}).ServeHTTP(withDeadlines{rec}, r)
	if rec.Code != 200 {
		t.Fatalf("openapi.json: %d %s", rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}
