package restisolation_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestRoutesWithoutAssetTEN01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTenants(t, db)
		for _, row := range otherRoutes {
			for key, cell := range row.cells() {
				row.expect(cell, row.ok).Check(t, srv.Server, srv.send(row, key, "", nil))
			}
		}
		own, _ := operationsOf(srv.Server)
		for _, op := range own {
			if op.credential {
				continue
			}
			for key := range srv.Bearers { // no credential is required
				want{Status: 200}.Check(t, srv.Server, srv.send(routeTest{method: op.method, path: op.path}, key, "", nil))
			}
		}
	})
}

// TestPublicRoutesTEN01: a signed token gives access to its own asset and nothing else,
// whatever the Authorization header.
func TestPublicRoutesTEN01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newTenants(t, db)
		open := func(path, key string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "GET", Path: path, As: srv.Bearers[key]})
		}
		link := func(workspace string) string {
			l, err := srv.Lib.PreviewURL(t.Context(), resttest.Maker(workspace), srv.CreateAsset(workspace, "draft"), assets.PreviewOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimPrefix(l.URL, srv.Lib.PublicURL())
		}
		own, foreign := link("w1"), link("w2")
		srv.CreateExportable()
		exported := srv.CreateExport(t, "w1")
		for key := range srv.Bearers {
			for path, w := range map[string]want{
				own:                      {Status: 200, Body: []string{"second in w1"}},
				foreign:                  {Status: 200, Body: []string{"second in w2"}},
				foreign[:len(foreign)-1]: {Status: 404, Code: "not_found"},
				exported.Path:            {Status: 200, Header: map[string]string{"Content-Type": "application/zip"}},
				strings.Replace(exported.Path, "/exports/", "/preview/", 1): {Status: 404, Code: "not_found"},
				strings.Replace(own, "/preview/", "/exports/", 1):           {Status: 404, Code: "not_found"},
				srv.Lib.PublicPath() + "/preview/" + unknownID:              {Status: 404, Code: "not_found"},
			} {
				w.Check(t, srv.Server, open(path, key))
			}
		}
	})
}

func TestVolumeIsolationTEN01(t *testing.T) {
	for _, row := range assetRoutes {
		t.Run(strings.ReplaceAll(row.method+" "+row.path+" "+row.body, "/", "|"), func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) { testIsolation(t, newTenants(t, db), row) })
		})
	}
}

// testIsolation sends the request of a row with every key and every kind of id.
func testIsolation(t *testing.T, srv tenants, row routeTest) {
	if row.state == "" {
		row.state = "draft"
	}
	for key, cell := range row.cells() {
		t.Run(key, func(t *testing.T) {
			try := func(id assets.ID, w want) {
				t.Helper()
				srv.check(t, row, key, id, w)
			}
			own, foreign := "w1", "w2"
			if key == "other" {
				own, foreign = foreign, own
			}
			try(srv.CreateAsset(own, row.state), row.expect(cell, row.ok))
			try(unknownID, row.expect(cell, row.unknown))
			try("nope", row.malformed(cell))
			for _, state := range []string{"draft", "approved", "archived"} {
				srv.checkForeign(t, row, key, foreign, srv.CreateAsset(foreign, state), cell)
			}
			if cell == allowed {
				srv.checkConditions(t, row, key, own)
			}
		})
	}
}

func (srv tenants) check(t *testing.T, row routeTest, key string, id assets.ID, expected want) {
	t.Helper()
	rec := srv.send(row, key, id, nil)
	b2 := *srv.Server
	b2.Vars = map[string]string{"asset": string(id)}
	expected.Check(t, &b2, rec)
}

// checkForeign checks that the response for another workspace's asset is, byte for byte,
// the one for an unknown id, and that the asset does not change.
func (srv tenants) checkForeign(t *testing.T, row routeTest, key, workspace string, foreign assets.ID, cell string) {
	t.Helper()
	before := srv.Asset(t, workspace, foreign)
	headers := []map[string]string{nil, {"If-Match": `"r999"`}, {"If-None-Match": "*"}, {"Idempotency-Key": string(foreign)}}
	for _, header := range headers {
		if header["Idempotency-Key"] != "" && row.operation != "add_asset_version" {
			continue
		}
		methods := []string{row.method}
		if row.method == "GET" {
			methods = append(methods, "HEAD")
		}
		for _, method := range methods {
			row.method = method
			bytesOf := func(id assets.ID) string {
				rec := srv.send(row, key, id, header)
				if cell == allowed && rec.Code != http.StatusNotFound && row.unknown.Status == 0 {
					t.Errorf("%s of %s with %v: %d", method, id, header, rec.Code)
				}
				return strings.ReplaceAll(fmt.Sprint(rec.Code, rec.Header(), rec.Body), string(id), "ID")
			}
			if diff := cmp.Diff(bytesOf(unknownID), bytesOf(foreign)); diff != "" {
				t.Errorf("%s with %v has different responses for a foreign and an unknown id: %s", method, header, diff)
			}
		}
	}
	if diff := cmp.Diff(before, srv.Asset(t, workspace, foreign)); diff != "" {
		t.Errorf("another workspace's asset changed: %s", diff)
	}
}

// checkConditions checks that the same requests get 412 and 409 for an own asset, which
// they must not for a foreign one.
func (srv tenants) checkConditions(t *testing.T, row routeTest, key, workspace string) {
	t.Helper()
	if row.matches {
		stale := srv.send(row, key, srv.CreateAsset(workspace, row.state), map[string]string{"If-Match": `"r999"`})
		want{Status: 412, Code: "precondition_failed"}.Check(t, srv.Server, stale)
	}
	if row.conflict != "" {
		if rec := srv.send(row, key, srv.CreateAsset(workspace, row.conflict), nil); rec.Code != http.StatusConflict {
			t.Errorf("%s: %d %s, want 409", row.conflict, rec.Code, rec.Body)
		}
	}
}
