package httpx_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestAddVersion(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"unchanged version", call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"hello, again"}`}, want{Status: 200, Header: map[string]string{"Location": "-", "ETag": `"r3"`}}},
		{"new version", call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"third","submit":true}`}, want{
			Status: 201, Header: map[string]string{"Location": "https://assets.example{base}/{id}/versions/3", "ETag": `"r4"`}, Body: []string{`"status":"pending_review"`},
		}},
		{"new version, stale", call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"third"}`, Header: map[string]string{"If-Match": `"r2"`}}, want{Status: 412, Code: "precondition_failed"}},
	})
}

func TestGetVersion(t *testing.T) {
	t.Parallel()
	run(t, newDraft, []scenario{
		{"version", call{Method: "GET", Path: "{base}/{id}/versions/current", As: "reader"}, want{
			Status: 200, Header: map[string]string{"ETag": `"r1"`}, Body: []string{`"version":1`, `"approval":null`, `"rolled_back_from":null`},
		}},
		{"version unknown", call{Method: "GET", Path: "{base}/{id}/versions/7", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"version unknown, whatever its size", call{Method: "GET", Path: "{base}/{id}/versions/99999999999999999999", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"version malformed", call{Method: "GET", Path: "{base}/nope/versions/0?x=1", As: "reader"}, want{Status: 422, Locs: []string{"path.asset_id", "path.version", "query.x"}}},
	})
}

func TestListVersions(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"all, newest first", call{Method: "GET", Path: "{base}/{id}/versions", As: "reader"}, want{
			Status: 200, Header: map[string]string{"ETag": "-"}, Body: []string{`{"items":[{"asset_id":"{id}","version":2,`, `"version":1,`, `"approval":"given"`, `"next_cursor":null}`},
		}},
		{"one", call{Method: "GET", Path: "{base}/{id}/versions?limit=1", As: "reader"}, want{Status: 200, Body: []string{`{"items":[{"asset_id":"{id}","version":2,`, `"next_cursor":"`}}},
		{"a limit above 200", call{Method: "GET", Path: "{base}/{id}/versions?limit=1000", As: "reader"}, want{Status: 200}},
		{"all problems in one response", call{Method: "GET", Path: "{base}/nope/versions?limit=0&after=x", As: "reader"}, want{Status: 422, Locs: []string{"path.asset_id", "query.after", "query.limit"}}},
		{"LST03 cursor", call{Method: "GET", Path: "{base}/{id}/versions?cursor=abc", As: "reader"}, want{Status: 400, Code: "invalid_cursor"}},
		{"cursor before existence", call{Method: "GET", Path: "{base}/" + unknownID + "/versions?cursor=abc", As: "reader"}, want{Status: 400, Code: "invalid_cursor"}},
		{"unknown", call{Method: "GET", Path: "{base}/" + unknownID + "/versions", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"TEN01 foreign", call{Method: "GET", Path: "{base}/{id}/versions", As: "other"}, want{Status: 404, Code: "not_found"}},
		{"no credential", call{Method: "GET", Path: "{base}/{id}/versions"}, want{Status: 401, Code: "unauthorized"}},
	})
}

func TestListReviews(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"all", call{Method: "GET", Path: "{base}/{id}/reviews", As: "reader"}, want{
			Status: 200, Header: map[string]string{"ETag": "-"}, Body: []string{`{"items":[{"id":"`, `"action":"approve"`, `"next_cursor":null}`},
		}},
		{"all problems in one response", call{Method: "GET", Path: "{base}/nope/reviews?limit=0&after=x", As: "reader"}, want{Status: 422, Locs: []string{"path.asset_id", "query.after", "query.limit"}}},
		{"LST03 cursor", call{Method: "GET", Path: "{base}/{id}/reviews?cursor=abc", As: "reader"}, want{Status: 400, Code: "invalid_cursor"}},
		{"unknown", call{Method: "GET", Path: "{base}/" + unknownID + "/reviews", As: "reader"}, want{Status: 404, Code: "not_found"}},
		{"TEN01 foreign", call{Method: "GET", Path: "{base}/{id}/reviews", As: "other"}, want{Status: 404, Code: "not_found"}},
		{"no other method", call{Method: "POST", Path: "{base}/{id}/reviews", As: "ann", Body: `{}`}, want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": "GET, HEAD"}}},
	})
	run(t, newDraft, []scenario{
		{"none", call{Method: "GET", Path: "{base}/{id}/reviews", As: "reader"}, want{Status: 200, Body: []string{`{"items":[],"next_cursor":null}`}}},
	})
}

func TestGetApprovedContent(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"approved content", call{Method: "GET", Path: "{base}/{id}/versions/approved/content", As: "reader"}, want{Status: 200, Body: []string{"hello"}, Header: map[string]string{"ETag": `"sha256:{sha}"`}}},
	})
}

func TestRollback(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"rollback carries", call{Method: "POST", Path: "{base}/{id}/rollback", As: "ann", Body: `{"version":1,"reason":"better"}`}, want{Status: 200, Body: []string{`"status":"approved"`, `"version":3`, `"approved_version":3`}}},
		{"APR06 rollback by a writer", call{Method: "POST", Path: "{base}/{id}/rollback", As: "writer", Body: `{"version":1}`}, want{Status: 200, Body: []string{`"status":"draft"`, `"approved_version":1`}}},
		{"rollback to 0", call{Method: "POST", Path: "{base}/{id}/rollback", As: "ann", Body: `{"version":0}`}, want{Status: 422, Locs: []string{"body.version"}}},
		{"rollback to 9", call{Method: "POST", Path: "{base}/{id}/rollback", As: "ann", Body: `{"version":9}`}, want{Status: 404, Code: "not_found"}},
	})
}

// FuzzVersionPath sends any version in the path: it is a positive number, current or
// approved, or the response is an error.
func FuzzVersionPath(f *testing.F) {
	for _, seed := range []string{"1", "2", "0", "-1", "+1", "01", "current", "approved", "1e3", "１", "9999999999999999999"} {
		f.Add(seed)
	}
	srv := resttest.New(f)
	srv.Upload("bundle", "", "f", []byte(text))
	f.Fuzz(func(t *testing.T, version string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", base, nil)
		r.URL.Path = base + "/" + srv.Vars["id"] + "/versions/" + version
		r.Header.Set("Authorization", "Bearer reader")
		rec := httptest.NewRecorder()
		httpx.Handler(srv.Lib, httpx.Options{Authenticate: httpx.Bearer(resttest.KnownActors())}).ServeHTTP(rec, r)
		if found := version == "1" || version == "current"; found != (rec.Code == 200) {
			t.Errorf("%q: %d %s", version, rec.Code, rec.Body)
		}
		if rec.Code != 200 && rec.Code != 404 && rec.Code != 405 && rec.Code != 422 {
			t.Errorf("%q: %d %s", version, rec.Code, rec.Body)
		}
	})
}

// TestVolumeVersionsLIM03: an asset with 1,000 versions can be read with all of them, and no
// version can be added.
func TestVolumeVersionsLIM03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		id := srv.CreateCopy("w1", assets.NewAsset{})
		srv.Vars["id"] = string(id)
		for i := range 999 {
			if _, err := srv.Lib.AddVersion(t.Context(), resttest.Maker("w1"), id, assets.NewVersion{Text: fmt.Sprint("text ", i)}); err != nil {
				t.Fatal(err)
			}
		}
		more := []call{
			{Method: "POST", Path: base + "/{id}/versions", As: srv.Bearers["write"], Body: `{"text":"one more"}`},
			{Method: "POST", Path: base + "/{id}/rollback", As: srv.Bearers["write"], Body: `{"version":1}`},
		}
		for _, c := range more {
			want{Status: 409, Code: "too_many_versions"}.Check(t, srv.Server, srv.Send(c))
		}
		got := srv.Asset(t, "w1", id)
		if len(got.Versions) != 1000 || got.CurrentVersion != 1000 {
			t.Errorf("%d versions, current %d", len(got.Versions), got.CurrentVersion)
		}
		rec := srv.Send(call{Method: "GET", Path: base + "/{id}", As: srv.Bearers["read"]})
		want{Status: 200}.Check(t, srv.Server, rec)
		if rec.Body.Len() > 1<<20 || rec.Header().Get("Content-Length") != "" {
			t.Errorf("%d bytes for 1,000 versions, Content-Length %q", rec.Body.Len(), rec.Header().Get("Content-Length"))
		}
	})
}
