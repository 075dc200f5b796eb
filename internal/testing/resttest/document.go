package httpx_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/exchange"
)

// documents has the OpenAPI documents of the libraries in use: libraries that
// differ in paths or limits have different ones.
var documents sync.Map // of func() []byte

func cachedDocumentOf(t testing.TB, lib *assets.Library) []byte {
	t.Helper()
	key := fmt.Sprint(lib.BasePath(), lib.PublicPath(), lib.PublicURL(), lib.Limits())
	made, _ := documents.LoadOrStore(key, sync.OnceValue(func() []byte { return documentOf(t, lib) }))
	return made.(func() []byte)()
}

// record writes a call and its response to the folder in ASSETS_TEST_EXCHANGES,
// if it is set. internal/testing/contract sets it and holds every exchange against
// the OpenAPI document.
func (w *world) record(c call, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	folder := os.Getenv(exchange.Variable)
	if folder == "" {
		return
	}
	x, err := exchange.New(c.request(w), rec)
	if err != nil {
		w.t.Fatal(err)
	}
	x.Test, x.BasePath, x.Document = w.t.Name(), w.lib.BasePath(), cachedDocumentOf(w.t, w.lib)
	if err := exchange.Write(folder, x); err != nil {
		w.t.Error(err)
	}
}
