package httpx_test

import (
	"context"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// step is one call of a story, by a key of the bench, and its answer.
type step struct {
	as, method, path, body string // path below {base}/{id}, or from / on for the mount point
	header                 map[string]string
	want                   want
}

// The calls that stories are made of.
func review(as, body string, w want) step {
	return step{as: as, method: "POST", path: "/approval", body: body, want: w}
}

func arrive(text string) step {
	return step{as: "agent", method: "POST", path: "/versions", body: `{"text":"` + text + `"}`, want: want{status: 201}}
}

func rollBack(as string, w want) step {
	return step{as: as, method: "POST", path: "/rollback", body: `{"version":1}`, want: w}
}

func see(path string, w want) step { return step{as: "read", method: "GET", path: path, want: w} }

// is wants an asset with these pieces of JSON.
func is(pieces ...string) want { return want{status: 200, body: pieces} }

var (
	approved1 = review("owner", `{"action":"approve","version":1}`, is(`"status":"approved"`, `"approved_version":1`))
	approved2 = review("owner", `{"action":"approve","version":2}`, is(`"status":"approved"`, `"approved_version":2`))
	conflict  = want{status: 409, code: "version_conflict"}
	forbidden = want{status: 403}
	nothing   = want{status: 404, code: "not_approved"}
)

// stories begin with a draft of one version, "first".
var stories = map[string][]step{
	"APR02 approve a draft without naming a version": {
		review("owner", `{"action":"approve"}`, want{status: 409, code: "invalid_transition"}),
		see("", is(`"status":"draft"`, `"approved_version":null`, `"revision":1`)), // so no review
	},
	"APR02 a newer version arrived since the submit": {
		review("owner", `{"action":"submit"}`, is(`"status":"pending_review"`)),
		arrive("second"),
		review("owner", `{"action":"approve"}`, want{status: 409, code: "version_conflict", body: []string{"version 1", "version 2"}}),
		review("owner", `{"action":"approve","version":1}`, conflict),
		see("", is(`"status":"pending_review"`, `"approved_version":null`)),
	},
	"APR02 the answer was lost and a newer version arrived": {
		review("owner", `{"action":"submit"}`, is()),
		review("owner", `{"action":"approve"}`, is(`"approved_version":1`)),
		arrive("second"),
		review("owner", `{"action":"approve"}`, want{status: 409, code: "invalid_transition"}),
		see("", is(`"status":"draft"`, `"approved_version":1`, `"current_version":2`)),
	},
	"APR04 rollback to what archiving withdrew": {
		approved1, arrive("second"), approved2,
		review("owner", `{"action":"archive"}`, is(`"approved_version":null`)),
		review("owner", `{"action":"reopen"}`, is(`"status":"draft"`)),
		rollBack("owner", is(`"status":"draft"`, `"version":3`, `"approved_version":null`)),
		see("/versions/1", is(`"approval":"withdrawn"`)), see("/versions/2", is(`"approval":"withdrawn"`)), see("/versions/3", is(`"approval":null`)),
		see("/versions/approved/content", nothing),
	},
	"APR05 rollback to what request_changes withdrew": {
		approved1, arrive("second"),
		review("owner", `{"action":"request_changes","version":1,"comment":"typo"}`, is(`"status":"draft"`, `"approved_version":null`)),
		see("/versions/approved/content", nothing), see("/?status=approved", is(`"items":[]`)),
		rollBack("owner", is(`"status":"draft"`, `"version":3`, `"approved_version":null`)),
		see("/versions/approved", nothing),
	},
	"APR06 rollback by a key that may only write": {
		approved1, arrive("second"),
		rollBack("write", is(`"status":"draft"`, `"version":3`, `"approved_version":1`)),
		see("/versions/3", is(`"approval":null`, `"rolled_back_from":1`)), see("/versions/approved", is(`"version":1`)),
	},
	"APR07 the same bytes as another media type": {
		approved1,
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown"}`, want: want{status: 201, body: []string{`"status":"draft"`, `"version":2`, `"approved_version":1`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md"}`, want: want{status: 201, body: []string{`"status":"draft"`, `"version":3`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md","provenance":{"run_id":"r"}}`, want: want{status: 201, body: []string{`"status":"draft"`, `"version":4`, `"approved_version":1`}}},
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"first","media_type":"text/markdown","filename":"other.md","provenance":{"run_id":"r"}}`, want: is(`"version":4`)},
		see("/versions/4", is(`"approval":null`)), see("/versions/approved", is(`"version":1`, `"text/plain"`)),
	},
	"APR10 filters match only the newer draft": {
		approved1,
		{as: "agent", method: "POST", path: "/versions", body: `{"text":"second","provenance":{"agent_slug":"newer","run_id":"r2"}}`, want: want{status: 201}},
		see("/?status=approved&agent_slug=newer", is(`"items":[]`)), see("/?status=approved&run_id=r2", is(`"items":[]`)),
		see("/?agent_slug=newer&run_id=r2", is(`"version":2`, `"status":"draft"`)),
		see("/?status=approved&q=second", is(`"items":[]`)), see("/?q=second", is(`"version":2`)), see("/?status=approved&q=first", is(`"version":1`)),
		see("/?status=approved&agent_slug=first", is(`"version":1`, `"status":"approved"`)), see("/?agent_slug=first", is(`"items":[]`)),
	},
	"APR11 conditional requests after a withdrawal": {
		approved1, see("/versions/approved/content", want{status: 200, body: []string{"first"}, header: map[string]string{"ETag": `"sha256:{first}"`}}),
		review("owner", `{"action":"request_changes","comment":"typo"}`, is(`"approved_version":null`)),
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `"sha256:{first}"`}, want: nothing},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `*`}, want: nothing},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-Range": `"sha256:{first}"`, "Range": "bytes=1-"}, want: nothing},
		arrive("second"), approved2,
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-None-Match": `"sha256:{first}"`}, want: want{status: 200, body: []string{"second"}}},
		{as: "read", method: "GET", path: "/versions/approved/content", header: map[string]string{"If-Range": `"sha256:{first}"`, "Range": "bytes=1-"}, want: want{status: 200, body: []string{"second"}, header: map[string]string{"Content-Range": "-"}}},
	},
	"APR13 PATCH of an approved asset with a newer draft": {
		approved1, arrive("second"),
		{as: "write", method: "PATCH", body: `{"title":"Mine"}`, want: forbidden},
		{as: "write", method: "PATCH", body: `{"campaign_id":"mine"}`, want: forbidden},
		{as: "write", method: "PATCH", body: `{"tags":{"a":["mine"]}}`, want: forbidden},
		{as: "agent", method: "PATCH", body: `{"title":"Mine"}`, want: forbidden},
		see("", is(`"title":"t"`, `"campaign_id":null`, `"tags":{}`)),
		{as: "owner", method: "PATCH", body: `{"title":"New","tags":{"a":["b"]}}`, want: is(`"title":"New"`, `"status":"draft"`, `"approved_version":1`)},
		see("/?status=approved", is(`"title":"New"`, `"version":1`, `"sha256":"{first}"`)),
	},
	"APR16 who may not approve takes nothing away": {
		approved1,
		review("write", `{"action":"archive"}`, forbidden), review("agent", `{"action":"archive"}`, forbidden),
		review("write", `{"action":"request_changes","comment":"no"}`, forbidden), review("agent", `{"action":"request_changes","comment":"no"}`, forbidden),
		{as: "agent", method: "POST", path: "/bulk/approval", body: `{"action":"archive","items":[{"asset_id":"{id}"}]}`, want: is(`"code":"agent_cannot_approve"`)},
		see("", is(`"status":"approved"`, `"approved_version":1`, `"revision":2`)),
	},
}

func TestApprovalStories(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		for name, steps := range stories {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, db)
				createDraft(b)
				defer deleteAsset(t, b)
				for _, s := range steps {
					s.run(t, b)
				}
			})
		}
	})
}

// begin makes the draft that a story is about.
func createDraft(b *bench) {
	b.t.Helper()
	made := b.must(201, call{method: "POST", path: base, as: b.bearers["write"], body: `{"type":"copy","title":"t","text":"first","provenance":{"agent_slug":"first"}}`})
	b.vars["id"], b.vars["first"] = made["id"].(string), made["content"].(map[string]any)["sha256"].(string)
}

func (s step) run(t *testing.T, b *bench) {
	t.Helper()
	path := base + "/{id}" + s.path
	if strings.HasPrefix(s.path, "/?") || strings.HasPrefix(s.path, "/bulk") {
		path = base + s.path
	}
	s.want.check(t, b.world, b.send(call{method: s.method, path: path, as: b.bearers[s.as], body: s.body, header: s.header}))
	if t.Failed() {
		t.Fatalf("%s: %s %s %s", s.as, s.method, s.path, s.body)
	}
}

// remove takes a story's asset out of the way of the next.
func deleteAsset(t *testing.T, b *bench) {
	t.Helper()
	err := b.db.Update(t.Context(), func(tx assets.Tx) error {
		return tx.DeleteAsset(t.Context(), "w1", assets.ID(b.vars["id"]))
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAPR06PolicyRefuses: what today's policy would not approve is not carried
// over, though the one who rolls back may approve.
func TestAPR06PolicyRefuses(t *testing.T) {
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
				b := newBench(t, db)
				made := b.must(201, call{method: "POST", path: base, as: b.bearers["owner"], body: aCopy})
				b.vars["id"] = made["id"].(string)
				for _, s := range []step{approved1, arrive("second")} {
					s.run(t, b)
				}
				strict := newBench(t, db, func(c *assets.Config, _ *httpx.Options) { c.Approver = policy })
				strict.vars["id"] = b.vars["id"]
				rollBack("owner", is(`"status":"draft"`, `"version":3`, `"approved_version":1`)).run(t, strict)
				see("/versions/3", is(`"approval":null`)).run(t, strict)
			})
		}
	})
}

// TestAPR03QuorumAcrossVersions: an approval of n is none of n+1.
func TestAPR03QuorumAcrossVersions(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db, func(c *assets.Config, _ *httpx.Options) { c.Approver = approval.Policy{Quorum: 2} })
		createDraft(b)
		for _, s := range []step{
			review("owner", `{"action":"approve","version":1}`, is(`"status":"pending_review"`)),
			arrive("second"),
			review("approve", `{"action":"approve","version":2}`, is(`"status":"pending_review"`, `"approved_version":null`)),
			see("/versions/approved", nothing),
			review("owner", `{"action":"approve","version":2}`, is(`"status":"approved"`, `"approved_version":2`)),
		} {
			s.run(t, b)
		}
	})
}

// TestAPR13JournalNamesTheActor: an edit beside an approval says who, and what
// was before.
func TestAPR13JournalNamesTheActor(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		createDraft(b)
		approved1.run(t, b)
		step{as: "owner", method: "PATCH", body: `{"title":"New"}`, want: is(`"title":"New"`)}.run(t, b)
		events, err := db.Events(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		last := events[len(events)-1]
		if last.Kind != assets.EventEdited || last.By != "olga" || last.Status != assets.StatusApproved || !strings.Contains(string(last.Data), `"New"`) || !strings.Contains(string(last.Data), `"t"`) {
			t.Errorf("the last event is %+v", last)
		}
	})
}
