package httpx_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

// TestUnsatisfiableRangesFIL09: a range of no bytes is unsatisfiable on every route
// that serves bytes, and does not spoil others beside it.
func TestUnsatisfiableRangesFIL09(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	id := srv.Upload("image", "image/png", "hero.png", png)
	srv.Must(200, call{Method: "POST", Path: base + "/" + id + "/approval", As: "ann", Body: `{"action":"approve","version":1}`})
	path := func(url any) string {
		text, _ := url.(string)
		return strings.TrimPrefix(text, srv.Lib.PublicURL())
	}
	signed := srv.Must(200, call{Method: "GET", Path: base + "/" + id + "/preview-url", As: "reader"})
	export := srv.Must(201, call{Method: "POST", Path: base + "/exports", As: "writer", Body: `{}`})
	doors := map[string]call{
		"content": {Path: base + "/" + id + "/versions/1/content", As: "reader"},
		"preview": {Path: base + "/" + id + "/preview", As: "reader"},
		"link":    {Path: path(signed["url"])},
		"export":  {Path: path(export["url"])},
	}
	for door, c := range doors {
		for ranges, wantCode := range map[string]int{
			"bytes=-0":                        416,
			"bytes=-00":                       416,
			"Bytes=-0":                        416,
			"bytes= -0 ":                      416,
			"bytes=-0,-0":                     416,
			"bytes=-0, -000":                  416,
			"bytes=99999999-":                 416,
			"bytes=0-0,-0":                    206,
			"bytes=-0,0-0":                    206,
			"BYTES=0-0":                       206,
			"bytes=0-0, ,":                    206,
			"bytes=-1":                        206,
			"bytes=0-99999999999999999999999": 206,
			"bytes=-99999999999999999999999":  206,
			"bytes=99999999999999999999999-":  416,
			"items=-0":                        200,
			"bytes":                           200,
		} {
			for _, method := range []string{"GET", "HEAD"} {
				c.Method, c.Header = method, map[string]string{"Range": ranges}
				rec := srv.Send(c)
				if rec.Code != wantCode {
					t.Errorf("%s %s, Range: %s: %d %.80q", method, door, ranges, rec.Code, rec.Body)
				}
				if at := rec.Header().Get("Content-Range"); wantCode == 416 && !strings.HasPrefix(at, "bytes */") {
					t.Errorf("%s %s, Range: %s: Content-Range %q", method, door, ranges, at)
				}
			}
		}
	}
}
