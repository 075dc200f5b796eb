package httpx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestKeysOfOneOwnerAreOneSubjectAUTH04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) {
			c.Approver = approval.Policy{Quorum: 2, ForbidSelfApproval: true, Kinds: []assets.Kind{assets.KindService}}
		})
		key := func(owner string, kind assets.Kind) string {
			return mintKey(srv, apikey.NewKey{Workspace: "w1", Owner: owner, Kind: kind, Scopes: []assets.Scope{assets.ScopeAll}})
		}
		srv.Vars["id"] = string(srv.CreateAsset("w1", "draft")) // by maker
		approve := func(as string) call {
			return call{Method: "POST", Path: base + "/{id}/approval", As: as, Body: `{"action":"approve","version":2}`}
		}
		for _, kind := range []assets.Kind{assets.KindUser, assets.KindService} {
			want{Status: 403, Code: "self_approval"}.Check(t, srv.Server, srv.Send(approve(key("maker", kind))))
		}
		for _, as := range []string{key("paul", assets.KindUser), key("paul", assets.KindUser), key("paul", assets.KindService)} {
			want{Status: 200, Body: []string{`"status":"pending_review"`}}.Check(t, srv.Server, srv.Send(approve(as)))
		}
		want{Status: 200, Body: []string{`"status":"approved"`}}.Check(t, srv.Server, srv.Send(approve(srv.Bearers["owner"])))
	})
}

func TestAgentCannotApproveAUTH05(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		srv.Vars["id"] = string(srv.CreateAsset("w1", "approved"))
		agent := func(path, body string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "POST", Path: base + path, As: srv.Bearers["agent"], Body: body})
		}
		for path, body := range map[string]string{
			"/{id}/approval": `{"action":"approve","version":2}`,
			"/bulk/approval": `{"action":"approve","items":[{"asset_id":"{id}","version":2}]}`,
		} {
			want{Status: 403, Code: "agent_cannot_approve"}.Check(t, srv.Server, agent(path, body))
		}
		want{Status: 200, Body: []string{`"status":"draft"`, `"version":3`, `"approved_version":1`}}.Check(t, srv.Server, agent("/{id}/rollback", `{"version":1}`))
	})
}

// TestAUTH06BeforeAnyLookUp: own, foreign and unknown ids are refused alike,
// and the database is asked for nothing but the key.
func TestScopeIsCheckedBeforeReadingAUTH06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &resttest.RecordingStore{Database: db}
		srv := resttest.NewWithKeys(t, w)
		var first string
		ids := []assets.ID{srv.CreateAsset("w1", "draft"), srv.CreateAsset("w2", "draft"), unknownID}
		w.Calls = nil
		for _, id := range ids {
			rec := srv.Send(call{Method: "POST", Path: base + "/" + string(id) + "/approval", As: srv.Bearers["write"], Body: `{"action":"approve","version":1}`})
			want{Status: http.StatusForbidden, Code: "forbidden_scope"}.Check(t, srv.Server, rec)
			if first == "" {
				first = resttest.Dump(rec)
			}
			if diff := cmp.Diff(first, resttest.Dump(rec)); diff != "" {
				t.Error(diff)
			}
		}
		if len(w.Calls) > 0 {
			t.Errorf("the store was asked for %v", w.Calls)
		}
	})
}

// TestLIM02Bulk: 500 items of every fortune each get a result, whole or not at
// all; too many and one twice are refused; a failure on the way fails all.
func TestBulkReviewLIM02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &resttest.RecordingStore{Database: db}
		srv := resttest.NewWithKeys(t, w)
		items, first := make([]string, 500), assets.ID("")
		for i := range items {
			id, version := assets.ID(fmt.Sprintf("01890000-0000-7000-8000-%012x", i)), 1
			switch i % 4 {
			case 0:
				id = srv.CreateCopy("w1", assets.NewAsset{})
			case 1:
				id, version = srv.CreateCopy("w1", assets.NewAsset{}), 2
			case 2:
				id = srv.CreateCopy("w2", assets.NewAsset{}) // TEN04
			}
			if i == 0 {
				first = id
			}
			items[i] = fmt.Sprintf(`{"asset_id":"%s","version":%d}`, id, version)
		}
		bulk := func(items ...string) *httptest.ResponseRecorder {
			return srv.Send(call{Method: "POST", Path: base + "/bulk/approval", As: srv.Bearers["owner"], Body: `{"action":"approve","items":[` + strings.Join(items, ",") + `]}`})
		}
		w.Fail = func(method string) error {
			if method == "Update" {
				return errors.New("gone")
			}
			return nil
		}
		if rec := bulk(items...); rec.Code < 500 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		w.Fail = nil
		want{Status: 422, Locs: []string{"body.items"}}.Check(t, srv.Server, bulk(slices.Concat(items, items[:1])...))
		want{Status: 422, Locs: []string{"body.items.499.asset_id"}}.Check(t, srv.Server, bulk(append(slices.Clone(items[:499]), strings.Replace(items[0], string(first), strings.ToUpper(string(first)), 1))...))
		if n := len(srv.List("owner", "status=approved").Items); n != 0 {
			t.Fatalf("%d approved by refused requests", n)
		}
		rec := bulk(items...)
		var got struct {
			Results []struct {
				Asset *assets.Asset
				Error *struct{ Code string }
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got.Results) != 500 {
			t.Fatalf("%d results, %v: %.300s", len(got.Results), err, rec.Body)
		}
		for i, r := range got.Results {
			code := []string{"", "version_conflict", "not_found", "not_found"}[i%4]
			if code == "" && (r.Asset == nil || r.Asset.Status != assets.StatusApproved) || code != "" && (r.Error == nil || r.Error.Code != code) {
				t.Errorf("item %d: %+v", i, r)
			}
		}
		if p := srv.List("owner", "status=approved&include_total=true"); *p.Total != 125 {
			t.Errorf("%d approved, want 125", *p.Total)
		}
		if p := srv.List("other", "status=approved&include_total=true"); *p.Total != 0 {
			t.Errorf("TEN04: %d approved in the other workspace", *p.Total)
		}
	})
}
