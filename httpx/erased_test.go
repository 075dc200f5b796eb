package httpx_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestErasedIsGone: what shows or approves an erased content is 410, and its description 200.
func TestErasedIsGone(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newDraft(t, resttest.WithDatabase(db))
		link := srv.Must(200, call{Method: "GET", Path: "{base}/{id}/preview-url", As: "reader"})
		srv.Vars["link"], _ = link["url"].(string)
		srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"submit"}`})
		if _, err := srv.Lib.Erase(t.Context(), assetstest.User("w1", "ann"), assets.ID(srv.Vars["id"]), 1, "a request"); err != nil {
			t.Fatal(err)
		}
		gone := want{Status: 410, Code: "erased"}
		for name, c := range map[string]call{
			"content":     {Method: "GET", Path: "{base}/{id}/versions/1/content", As: "reader"},
			"preview":     {Method: "GET", Path: "{base}/{id}/preview", As: "reader"},
			"preview URL": {Method: "GET", Path: "{base}/{id}/preview-url?version=1", As: "reader"},
			"a link":      {Method: "GET", Path: "{link}"},
			"diff":        {Method: "GET", Path: "{base}/{id}/diff", As: "reader"},
			"rollback":    {Method: "POST", Path: "{base}/{id}/rollback", As: "ann", Body: `{"version":1}`},
			"approval":    {Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":1}`},
		} {
			t.Run(name, func(t *testing.T) { gone.Check(t, srv, srv.Send(c)) })
		}
		for path, body := range map[string]string{
			"{base}/{id}/versions/1":  `"approval":null,"erased_at":"2`,
			"{base}/{id}":             `"erased_at":"2`,
			"{base}/{id}/publishable": `"missing":[{"code":"erased","who":"nobody","how":null}]`,
			"{base}/{id}/allowed":     `{"action":"approve","allowed":false,"code":"erased"`,
			"{base}/{id}/reviews":     `"action":"submit"`,
			"{base}/events":           `"type":"asset.erased"`,
			"{base}/usage":            `"copy":{"assets":1,"versions":1,"bytes":0}`,
		} {
			want{Status: 200, Body: []string{body}}.Check(t, srv, srv.Send(call{Method: "GET", Path: path, As: "ann"}))
		}
	})
}
