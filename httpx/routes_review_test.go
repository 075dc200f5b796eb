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

func TestReview(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"approve without version", call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve"}`}, want{Status: 409, Code: "invalid_transition"}},
		{"approve another version", call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":1,"sha256":"` + strings.Repeat("0", 64) + `"}`}, want{Status: 409, Code: "version_conflict"}},
		{"AUTH05 agent", call{Method: "POST", Path: "{base}/{id}/approval", As: "agent", Body: `{"action":"approve","version":2}`}, want{Status: 403, Code: "agent_cannot_approve", Body: []string{`"review_url":"https://app.example/review/{id}"`}}},
		{"AUTH06 writer", call{Method: "POST", Path: "{base}/{id}/approval", As: "writer", Body: `{"action":"request_changes","comment":"no"}`}, want{Status: 403, Code: "forbidden_scope", Body: []string{"assets:approve"}}},
		{"AUTH05 kind before scope", call{Method: "POST", Path: "{base}/{id}/approval", As: "writer", Body: `{"action":"approve","version":2}`}, want{Status: 403, Code: "agent_cannot_approve", Body: []string{"a person has to", `"review_url":"https://app.example/review/{id}"`}}},
		{"AUTH05 kind before scope, several", call{Method: "POST", Path: "{base}/bulk/approval", As: "writer", Body: `{"action":"approve","items":[{"asset_id":"{id}","version":2}]}`}, want{Status: 403, Code: "agent_cannot_approve", Body: []string{`"review_url":"https://app.example/review/"`}}},
		{"APR16 writer archives", call{Method: "POST", Path: "{base}/{id}/approval", As: "writer", Body: `{"action":"archive"}`}, want{Status: 403}},
		{"request changes without a comment", call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"request_changes","comment":"  "}`}, want{Status: 422, Locs: []string{"body.comment"}}},
		{"version 0", call{Method: "POST", Path: "{base}/{id}/approval", As: "ann", Body: `{"action":"approve","version":0}`}, want{Status: 422, Locs: []string{"body.version"}}},
	})
}

func TestBulkReview(t *testing.T) {
	t.Parallel()
	run(t, newApproved, []scenario{
		{"bulk", call{Method: "POST", Path: "{base}/bulk/approval", As: "ann", Body: `{"action":"approve","items":[{"asset_id":"` + unknownID + `","version":1},{"asset_id":"{id}","version":2}]}`}, want{
			Status: 200, Body: []string{`{"results":[{"asset_id":"` + unknownID + `","error":{"detail":"not found","code":"not_found"}},{"asset_id":"{id}","asset":{`},
		}},
		{"AUTH05 bulk", call{Method: "POST", Path: "{base}/bulk/approval", As: "agent", Body: `{"action":"approve","items":[{"asset_id":"{id}","version":2}]}`}, want{Status: 403, Code: "agent_cannot_approve"}},
		{"LIM02 twice", call{Method: "POST", Path: "{base}/bulk/approval", As: "ann", Body: `{"action":"approve","items":[{"asset_id":"{id}"},{"asset_id":"{id}"}]}`}, want{Status: 422, Locs: []string{"body.items.1.asset_id"}}},
	})
}

func TestKeysOfOneOwnerAreOneSubjectAUTH04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) {
			c.Approver = approval.Policy{Quorum: 2, ForbidSelfApproval: true, Kinds: []assets.Kind{assets.KindService}}
		})
		key := func(owner string, kind assets.Kind) string {
			return mintKey(srv, apikey.NewKey{Workspace: "w1", Owner: owner, Kind: kind, Scopes: []assets.Scope{assets.ScopeAll}})
		}
		srv.Vars["id"] = string(srv.CreateAsset("w1", "draft")) // created by maker
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

// TestScopeIsCheckedBeforeReadingAUTH06: a missing scope is refused with the same response
// for own, foreign and unknown ids, and nothing but the key is read.
func TestScopeIsCheckedBeforeReadingAUTH06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &resttest.RecordingStore{Database: db}
		srv := resttest.NewWithKeys(t, w)
		var first string
		ids := []assets.ID{srv.CreateAsset("w1", "draft"), srv.CreateAsset("w2", "draft"), unknownID}
		w.Calls = nil
		for _, id := range ids {
			rec := srv.Send(call{Method: "POST", Path: base + "/" + string(id) + "/approval", As: srv.Bearers["write"], Body: `{"action":"request_changes","version":1,"comment":"no"}`})
			want{Status: http.StatusForbidden, Code: "forbidden_scope"}.Check(t, srv.Server, rec)
			if first == "" {
				first = resttest.Dump(rec)
			}
			if diff := cmp.Diff(first, resttest.Dump(rec)); diff != "" {
				t.Error(diff)
			}
		}
		if len(w.Calls) > 0 {
			t.Errorf("the store was called: %v", w.Calls)
		}
	})
}

// TestVolumeBulkReviewLIM02: each of 500 items is accepted or refused separately. More items and
// duplicates are refused, and if the store fails no item is changed.
func TestVolumeBulkReviewLIM02(t *testing.T) {
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
