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

// FuzzVersionPath: a version is a positive number, current or approved, or
// 422; never another version's content.
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

// TestVolumeLIM03Versions: an asset of 1,000 versions is read whole, and takes
// no more.
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
		whole := srv.Asset(t, "w1", id)
		if len(whole.Versions) != 1000 || whole.CurrentVersion != 1000 {
			t.Errorf("%d versions, current %d", len(whole.Versions), whole.CurrentVersion)
		}
		rec := srv.Send(call{Method: "GET", Path: base + "/{id}", As: srv.Bearers["read"]})
		want{Status: 200}.Check(t, srv.Server, rec)
		if rec.Body.Len() > 1<<20 {
			t.Errorf("%d bytes for 1,000 versions", rec.Body.Len())
		}
	})
}
