package httpx_test

import (
	"context"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// step is a call with a key of the server, and the expected response.
type step struct {
	as, method, path, body string // path below {base}/{id}; with /? or /bulk below {base}
	header                 map[string]string
	want                   want
}

// The steps of the sequences.
func review(as, body string, w want) step {
	return step{as: as, method: "POST", path: "/approval", body: body, want: w}
}

func addVersion(text string) step {
	return step{as: "agent", method: "POST", path: "/versions", body: `{"text":"` + text + `"}`, want: want{Status: 201}}
}

func rollback(as string, w want) step {
	return step{as: as, method: "POST", path: "/rollback", body: `{"version":1}`, want: w}
}

func get(path string, w want) step {
	return step{as: "read", method: "GET", path: path, want: w}
}

// asset is the response with an asset that has these parts of JSON.
func asset(pieces ...string) want { return want{Status: 200, Body: pieces} }

var (
	approve1    = review("owner", `{"action":"approve","version":1}`, asset(`"status":"approved"`, `"approved_version":1`))
	approve2    = review("owner", `{"action":"approve","version":2}`, asset(`"status":"approved"`, `"approved_version":2`))
	conflict    = want{Status: 409, Code: "version_conflict"}
	forbidden   = want{Status: 403}
	notApproved = want{Status: 404, Code: "not_approved"}
)

// sequences begin with a draft of one version with the text "first".
var sequences = map[string][]step{
	"APR02 approve a draft without naming a version": {
		review("owner", `{"action":"approve"}`, want{Status: 409, Code: "invalid_transition"}),
		get("", asset(`"status":"draft"`, `"approved_version":null`, `"revision":1`)), // no review was recorded
	},
	"APR02 a newer version arrived since the submit": {
		review("owner", `{"action":"submit"}`, asset(`"status":"pending_review"`)),
		addVersion("second"),
		review("owner", `{"action":"approve"}`, want{Status: 409, Code: "version_conflict", Body: []string{"version 1", "version 2"}}),
		review("owner", `{"action":"approve","version":1}`, conflict),
		get("", asset(`"status":"pending_review"`, `"approved_version":null`)),
	},
	"APR02 the response was lost and a newer version arrived": {
		review("owner", `{"action":"submit"}`, asset()),
		review("owner", `{"action":"approve"}`, asset(`"approved_version":1`)),
		addVersion("second"),
		review("owner", `{"action":"approve"}`, want{Status: 409, Code: "invalid_transition"}),
		get("", asset(`"status":"draft"`, `"approved_version":1`, `"current_version":2`)),
	},
	"APR04 rollback to what archiving withdrew": {
		approve1, addVersion("second"), approve2,
		review("owner", `{"action":"archive"}`, asset(`"approved_version":null`)),
		review("owner", `{"action":"reopen"}`, asset(`"status":"draft"`)),
		rollback("owner", asset(`"status":"draft"`, `"version":3`, `"approved_version":null`)),
		get("/versions/1", asset(`"approval":"withdrawn"`)), get("/versions/2", asset(`"approval":"withdrawn"`)), get("/versions/3", asset(`"approval":null`)),
		get("/versions/approved/content", notApproved),
	},
	"APR05 rollback to what request_changes withdrew": {
		approve1, addVersion("second"),
		review("owner", `{"action":"request_changes","version":1,"comment":"typo"}`, asset(`"status":"draft"`, `"approved_version":null`)),
		get("/versions/approved/content", notApproved), get("/?status=approved", asset(`"items":[]`)),
		rollback("owner", asset(`"status":"draft"`, `"version":3`, `"approved_version":null`)),
		get("/versions/approved", notApproved),
	},
	"APR06 rollback by a key that may only write": {
		approve1, addVersion("second"),
		rollback("write", asset(`"status":"draft"`, `"version":3`, `"approved_version":1`)),
		get("/versions/3", asset(`"approval":null`, `"rolled_back_from":1`)), get("/versions/approved", asset(`"version":1`)),
	},
	"APR07 the same bytes as another media type": {
		approve1,
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown"}`, want: want{Status: 201, Body: []string{`"status":"draft"`, `"version":2`, `"approved_version":1`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md"}`, want: want{Status: 201, Body: []string{`"status":"draft"`, `"version":3`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md","provenance":{"run_id":"r"}}`, want: want{Status: 201, Body: []string{`"status":"draft"`, `"version":4`, `"approved_version":1`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md","provenance":{"run_id":"r"}}`, want: asset(`"version":4`)},
		get("/versions/4", asset(`"approval":null`)), get("/versions/approved", asset(`"version":1`, `"text/plain"`)),
	},
	"APR10 filters match only the newer draft": {
		approve1,
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"second","provenance":{"agent_slug":"newer","run_id":"r2"}}`, want: want{Status: 201}},
		get("/?status=approved&agent_slug=newer", asset(`"items":[]`)), get("/?status=approved&run_id=r2", asset(`"items":[]`)),
		get("/?agent_slug=newer&run_id=r2", asset(`"version":2`, `"status":"draft"`)),
		get("/?status=approved&q=second", asset(`"items":[]`)), get("/?q=second", asset(`"version":2`)), get("/?status=approved&q=first", asset(`"version":1`)),
		get("/?status=approved&agent_slug=first", asset(`"version":1`, `"status":"approved"`)), get("/?agent_slug=first", asset(`"items":[]`)),
	},
	"APR11 conditional requests after a withdrawal": {
		approve1, get("/versions/approved/content", want{Status: 200, Body: []string{"first"}, Header: map[string]string{"ETag": `"sha256:{first}"`}}),
		review("owner", `{"action":"request_changes","comment":"typo"}`, asset(`"approved_version":null`)),
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `"sha256:{first}"`}, want: notApproved},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `*`}, want: notApproved},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-Range": `"sha256:{first}"`, "Range": "bytes=1-"}, want: notApproved},
		addVersion("second"), approve2,
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `"sha256:{first}"`}, want: want{Status: 200, Body: []string{"second"}}},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-Range": `"sha256:{first}"`, "Range": "bytes=1-"}, want: want{Status: 200, Body: []string{"second"}, Header: map[string]string{"Content-Range": "-"}}},
	},
	"APR13 PATCH of an approved asset with a newer draft": {
		approve1, addVersion("second"),
		{as: "write", method: "PATCH", body: `{"title":"Mine"}`, want: forbidden},
		{as: "write", method: "PATCH", body: `{"campaign_id":"mine"}`, want: forbidden},
		{as: "write", method: "PATCH", body: `{"tags":{"a":["mine"]}}`, want: forbidden},
		{as: "agent", method: "PATCH", body: `{"title":"Mine"}`, want: forbidden},
		get("", asset(`"title":"t"`, `"campaign_id":null`, `"tags":{}`)),
		{as: "owner", method: "PATCH", body: `{"title":"New","tags":{"a":["b"]}}`, want: asset(`"title":"New"`, `"status":"draft"`, `"approved_version":1`)},
		get("/?status=approved", asset(`"title":"New"`, `"version":1`, `"sha256":"{first}"`)),
	},
	"APR16 who may not approve takes nothing away": {
		approve1,
		review("write", `{"action":"archive"}`, forbidden), review("agent", `{"action":"archive"}`, forbidden),
		review("write", `{"action":"request_changes","comment":"no"}`, forbidden), review("agent", `{"action":"request_changes","comment":"no"}`, forbidden),
		{as: "agent", method: "POST", path: "/bulk/approval", body: `{"action":"archive","items":[{"asset_id":"{id}"}]}`, want: asset(`"code":"agent_cannot_approve"`)},
		get("", asset(`"status":"approved"`, `"approved_version":1`, `"revision":2`)),
	},
}

func TestReviewSequences(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		for name, steps := range sequences {
			t.Run(name, func(t *testing.T) {
				srv := resttest.NewWithKeys(t, db)
				createDraft(srv)
				defer deleteAsset(t, srv)
				for _, s := range steps {
					s.run(t, srv)
				}
			})
		}
	})
}

// createDraft creates the asset of a sequence.
func createDraft(srv *resttest.KeyServer) {
	srv.TB.Helper()
	made := srv.Must(201, call{Method: "POST", Path: base, As: srv.Bearers["write"], Body: `{"type":"copy","title":"t","text":"first","provenance":{"agent_slug":"first"}}`})
	srv.Vars["id"], srv.Vars["first"] = made["id"].(string), made["content"].(map[string]any)["sha256"].(string)
}

func (s step) run(t *testing.T, srv *resttest.KeyServer) {
	t.Helper()
	path := base + "/{id}" + s.path
	if strings.HasPrefix(s.path, "/?") || strings.HasPrefix(s.path, "/bulk") {
		path = base + s.path
	}
	s.want.Check(t, srv.Server, srv.Send(call{Method: s.method, Path: path, As: srv.Bearers[s.as], Body: s.body, Header: s.header}))
	if t.Failed() {
		t.Fatalf("%s: %s %s %s", s.as, s.method, s.path, s.body)
	}
}

// deleteAsset deletes the asset of a sequence, so that the next one does not list it.
func deleteAsset(t *testing.T, srv *resttest.KeyServer) {
	t.Helper()
	err := srv.DB.Update(t.Context(), func(tx assets.Tx) error {
		return tx.DeleteAsset(t.Context(), "w1", assets.ID(srv.Vars["id"]))
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRollbackDoesNotCarryWhatThePolicyRefusesAPR06: an approval is not carried over
// if the current policy would refuse it, even for an actor who may approve.
func TestRollbackDoesNotCarryWhatThePolicyRefusesAPR06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		for name, policy := range map[string]approval.Policy{
			"quorum": {Quorum: 2}, "self-approval": {ForbidSelfApproval: true}, "submit": {RequireSubmit: true},
			"rule": {Rule: func(_ context.Context, _ assets.Actor, _ *assets.Asset, r assets.Review) error {
				if r.CarriedFrom > 0 {
					return assets.ErrRefused
				}
				return nil
			}},
		} {
			t.Run(name, func(t *testing.T) {
				srv := resttest.NewWithKeys(t, db)
				made := srv.Must(201, call{Method: "POST", Path: base, As: srv.Bearers["owner"], Body: resttest.CopyBody})
				srv.Vars["id"] = made["id"].(string)
				for _, s := range []step{approve1, addVersion("second")} {
					s.run(t, srv)
				}
				strict := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) { c.Approver = policy })
				strict.Vars["id"] = srv.Vars["id"]
				rollback("owner", asset(`"status":"draft"`, `"version":3`, `"approved_version":1`)).run(t, strict)
				get("/versions/3", asset(`"approval":null`)).run(t, strict)
			})
		}
	})
}

// TestQuorumCountsEachVersionAPR03: an approval of version n does not count for n+1.
func TestQuorumCountsEachVersionAPR03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) { c.Approver = approval.Policy{Quorum: 2} })
		createDraft(srv)
		for _, s := range []step{
			review("owner", `{"action":"approve","version":1}`, asset(`"status":"pending_review"`)),
			addVersion("second"),
			review("approve", `{"action":"approve","version":2}`, asset(`"status":"pending_review"`, `"approved_version":null`)),
			get("/versions/approved", notApproved),
			review("owner", `{"action":"approve","version":2}`, asset(`"status":"approved"`, `"approved_version":2`)),
		} {
			s.run(t, srv)
		}
	})
}

// TestJournalNamesTheEditorAPR13: the event of an edit of an approved asset has the
// actor and the previous values.
func TestJournalNamesTheEditorAPR13(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		createDraft(srv)
		approve1.run(t, srv)
		step{as: "owner", method: "PATCH", body: `{"title":"New"}`, want: asset(`"title":"New"`)}.run(t, srv)
		events, err := db.Events(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		last := events[len(events)-1]
		if last.Type != assets.EventEdited || last.Data.By != "olga" || last.Data.Status != assets.StatusApproved || !strings.Contains(string(last.Details), `"New"`) || !strings.Contains(string(last.Details), `"t"`) {
			t.Errorf("the last event is %+v", last)
		}
	})
}
