package httpx_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestPublishable(t *testing.T) { backends.EachDatabase(t, testPublishable) }

func testPublishable(t *testing.T, db backends.Database) {
	srv := newDraft(t, resttest.WithDatabase(db))
	get := func(query string) string {
		t.Helper()
		rec := srv.Send(call{Method: "GET", Path: "{base}/{id}/publishable" + query, As: "reader"})
		want{Status: 200}.Check(t, srv, rec)
		return rec.Body.String()
	}
	const rest = `"policy":{"quorum":1,"kinds":["user"],"forbid_self_approval":false,"require_submit":false,"require_version":false,"require_disclosure":false,"own_rule":false},` +
		`"missing":[{"code":"not_submitted","who":"anyone with the scope assets:write","how":"Submit version 1."},` +
		`{"code":"approvals","who":"1 user with the scope assets:approve","how":"Approve version 1, naming its SHA-256."}],"withdrawn_by":null}`
	if got := get(""); got != `{"publishable":false,"version":null,"sha256":null,"because":[],`+rest {
		t.Errorf("a draft: %s", got)
	}
	if got := get("?version=current"); !strings.HasPrefix(got, `{"publishable":false,"version":1,"sha256":"`) || !strings.HasSuffix(got, rest) {
		t.Errorf("its current version: %s", got)
	}
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":1}`})
	for _, query := range []string{"", "?version=1", "?version=approved", "?version=current"} {
		if got := get(query); !strings.HasPrefix(got, `{"publishable":true,"version":1,`) || !strings.Contains(got, `"by":"ann"`) || !strings.HasSuffix(got, `"missing":[],"withdrawn_by":null}`) {
			t.Errorf("approved, %s: %s", query, got)
		}
	}
	srv.Must(200, call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
	if got := get(""); !strings.Contains(got, `"missing":[{"code":"archived",`) || !strings.Contains(got, `"withdrawn_by":{"id":`) {
		t.Errorf("archived: %s", got)
	}
	want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/{id}/publishable?version=2", As: "reader"}))
}
