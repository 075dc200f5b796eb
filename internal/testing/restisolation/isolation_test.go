package httpx_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

func TestTEN01NamesNoAsset(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newTenants(t, db)
		for _, row := range namesNoAsset {
			for key, cell := range row.cells() {
				row.expect(cell, row.ok).check(t, b.world, b.try(row, key, "", nil))
			}
		}
		own, _ := httpx.Operations(b.lib)
		for _, op := range own {
			if len(op.Scopes) > 0 {
				continue
			}
			for key := range b.bearers { // open to everybody
				want{status: 200}.check(t, b.world, b.try(isolated{method: op.Method, path: op.Path}, key, "", nil))
			}
		}
	})
}

// TestTEN01Public: the token is the credential, whoever brings it; it opens
// what it was signed for and shows nothing of any other.
func TestTEN01Public(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newTenants(t, db)
		open := func(path, key string) *httptest.ResponseRecorder {
			return b.send(call{method: "GET", path: path, as: b.bearers[key]})
		}
		link := func(workspace string) string {
			l, err := b.lib.PreviewURL(t.Context(), maker(workspace), b.asset(workspace, "draft"), assets.PreviewOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimPrefix(l.URL, b.lib.PublicURL())
		}
		own, foreign := link("w1"), link("w2")
		b.exportable()
		exported := b.freeze(t, "w1")
		for key := range b.bearers {
			for path, w := range map[string]want{
				own:                      {status: 200, body: []string{"second in w1"}},
				foreign:                  {status: 200, body: []string{"second in w2"}},
				foreign[:len(foreign)-1]: {status: 404, code: "not_found"},
				exported.link:            {status: 200, header: map[string]string{"Content-Type": "application/zip"}},
				strings.Replace(exported.link, "/exports/", "/preview/", 1): {status: 404, code: "not_found"},
				strings.Replace(own, "/preview/", "/exports/", 1):           {status: 404, code: "not_found"},
				b.lib.PublicPath() + "/preview/" + unknownID:                {status: 404, code: "not_found"},
			} {
				w.check(t, b.world, open(path, key))
			}
		}
	})
}
