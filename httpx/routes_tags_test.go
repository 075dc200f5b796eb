package httpx_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// newTagged returns a server with three assets in w1, of which the last is archived, and
// one in w2.
func newTagged(t testing.TB, opts ...option) *resttest.Server {
	t.Helper()
	srv := resttest.New(t, opts...)
	srv.Vars["base"] = base
	for _, c := range []struct{ as, tags string }{
		{"ann", `{"channel":["web","mail"]}`},
		{"ann", `{"channel":["Web","web"],"locale":["de"]}`},
		{"other", `{"channel":["web"],"foreign":["x"]}`},
		{"ann", `{"channel":["web"],"archived":["x"]}`},
	} {
		made := srv.Must(201, call{Method: "POST", Path: base, As: c.as, Body: `{"type":"copy","title":"t","text":"x","tags":` + c.tags + `}`})
		srv.Vars["id"], _ = made["id"].(string)
	}
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
	return srv
}

func TestListTags(t *testing.T) {
	t.Parallel()
	run(t, newTagged, []scenario{
		{"TEN06 all", call{Method: "GET", Path: "{base}/tags", As: "reader"}, want{Status: 200, Body: []string{
			`{"items":[{"key":"channel","value":"Web","count":1},{"key":"channel","value":"mail","count":1},` +
				`{"key":"channel","value":"web","count":2},{"key":"locale","value":"de","count":1}],"next_cursor":null}`,
		}}},
		{"TEN06 another workspace's", call{Method: "GET", Path: "{base}/tags", As: "other"}, want{Status: 200, Body: []string{
			`{"items":[{"key":"channel","value":"web","count":1},{"key":"foreign","value":"x","count":1}],"next_cursor":null}`,
		}}},
		{"one key", call{Method: "GET", Path: "{base}/tags?key=locale", As: "reader"}, want{Status: 200, Body: []string{`{"items":[{"key":"locale","value":"de","count":1}],"next_cursor":null}`}}},
		{"a key of archived assets", call{Method: "GET", Path: "{base}/tags?key=archived", As: "reader"}, want{Status: 200, Body: []string{`{"items":[],"next_cursor":null}`}}},
		{"a limit above 200", call{Method: "GET", Path: "{base}/tags?limit=1000", As: "reader"}, want{Status: 200}},
		{"all problems in one response", call{Method: "GET", Path: "{base}/tags?key=A&limit=0&kee=x", As: "reader"}, want{Status: 422, Locs: []string{"query.kee", "query.key", "query.limit"}}},
		{"empty", call{Method: "GET", Path: "{base}/tags?key=&cursor=&limit=", As: "reader"}, want{Status: 422, Locs: []string{"query.cursor", "query.key", "query.limit"}}},
		{"LST03 cursor", call{Method: "GET", Path: "{base}/tags?cursor=abc", As: "reader"}, want{Status: 400, Code: "invalid_cursor"}},
		{"no credential", call{Method: "GET", Path: "{base}/tags"}, want{Status: 401, Code: "unauthorized"}},
		{"DELETE is not that of an asset", call{Method: "DELETE", Path: "{base}/tags", As: "ann"}, want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": "GET, HEAD"}}},
		{"PATCH is not that of an asset", call{Method: "PATCH", Path: "{base}/tags", As: "ann", Body: `{}`}, want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": "GET, HEAD"}}},
		{"no final slash", call{Method: "GET", Path: "{base}/tags/", As: "reader"}, want{Status: 404, Code: "not_found"}},
	})
}

// TestListTagsByCursor follows next_cursor with one tag per page.
func TestListTagsByCursor(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTagged(t, resttest.WithDatabase(db))
		var got []string
		for cursor := ""; ; {
			page := srv.Must(200, call{Method: "GET", Path: "{base}/tags?limit=1" + cursor, As: "reader"})
			items, _ := page["items"].([]any)
			for _, item := range items {
				tag, _ := item.(map[string]any)
				got = append(got, tag["key"].(string)+":"+tag["value"].(string))
			}
			next, more := page["next_cursor"].(string)
			if !more {
				break
			}
			cursor = "&cursor=" + next
		}
		if want := []string{"channel:Web", "channel:mail", "channel:web", "locale:de"}; !slices.Equal(got, want) {
			t.Errorf("walked %q, want %q", got, want)
		}
	})
}
