package httpx_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/rapidtest"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/store/memory"
)

func TestAllowed(t *testing.T) { backends.EachDatabase(t, testAllowed) }

func testAllowed(t *testing.T, db backends.Database) {
	srv := newDraft(t, resttest.WithDatabase(db))
	const inDraft = `{"actions":[{"action":"submit","allowed":true},{"action":"approve","allowed":true},` +
		`{"action":"request_changes","allowed":false,"code":"invalid_transition","detail":"request_changes is not allowed while the asset is draft"},` +
		`{"action":"archive","allowed":true},{"action":"reopen","allowed":true}]}`
	get := func(as string) string {
		return srv.Send(call{Method: "GET", Path: "{base}/{id}/allowed", As: as}).Body.String()
	}
	if got := get("ann"); got != inDraft {
		t.Errorf("a draft: %s", got)
	}
	if got := get("agent"); !strings.Contains(got, `{"action":"approve","allowed":false,"code":"agent_cannot_approve",`) {
		t.Errorf("an agent: %s", got)
	}
	if got := get("reader"); strings.Count(got, `"allowed":false,"code":"forbidden_scope"`) != 5 {
		t.Errorf("a reader: %s", got)
	}
	before := srv.Must(200, call{Method: "GET", Path: "{base}/{id}", As: "ann"})
	want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/{id}/allowed", As: "other"}))
	want{Status: 422, Locs: []string{"path.asset_id"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: "{base}/x/allowed", As: "ann"}))
	if after := srv.Must(200, call{Method: "GET", Path: "{base}/{id}", As: "ann"}); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the asset changed from %v to %v", before, after)
	}
}

// undoing is a store in which changes are made and then rolled back.
type undoing struct{ assets.Store }

var errUndo = errors.New("rolled back by the test")

func (s undoing) Update(ctx context.Context, fn func(assets.Tx) error) error {
	err := s.Store.Update(ctx, func(tx assets.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// deciders are actors of each kind with each combination of scopes that matters.
func deciders() resttest.Actors {
	all := resttest.Actors{}
	for _, kind := range []assets.Kind{assets.KindUser, assets.KindAgent, assets.KindService} {
		for name, scopes := range map[string][]assets.Scope{
			"all": {assets.ScopeAll}, "approve": {assets.ScopeRead, assets.ScopeApprove},
			"write": {assets.ScopeRead, assets.ScopeWrite}, "read": {assets.ScopeRead},
		} {
			bearer := string(kind) + "-" + name
			all[bearer] = assets.Actor{Workspace: "w1", Subject: bearer, Kind: kind, Scopes: scopes}
		}
	}
	second := all["user-all"]
	second.Subject = "another"
	all["user-all2"] = second
	return all
}

// drawPolicy returns a policy, with a rule of the host in some cases.
func drawPolicy(rt *rapid.T) approval.Policy {
	p := approval.Policy{
		Quorum:             rapid.IntRange(0, 3).Draw(rt, "quorum"),
		ForbidSelfApproval: rapid.Bool().Draw(rt, "forbid self-approval"),
		RequireSubmit:      rapid.Bool().Draw(rt, "require submit"),
		RequireVersion:     rapid.Bool().Draw(rt, "require version"),
	}
	for _, k := range []assets.Kind{assets.KindAgent, assets.KindService} {
		if rapid.Bool().Draw(rt, "approver "+string(k)) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	if rapid.IntRange(0, 2).Draw(rt, "rule") == 0 {
		p.Rule = func(_ context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error {
			if (len(by.Subject)+int(a.Revision)+len(r.Action)+int(r.Version))%4 == 0 || strings.TrimSpace(r.Comment) == "" {
				return fmt.Errorf("not today: %w", assets.ErrRefused)
			}
			return nil
		}
	}
	return p
}

// TestAllowedIsWhatTheApprovalRouteDoes: after random histories under random policies,
// Allowed returns for each actor and action what the approval route then does.
func TestAllowedIsWhatTheApprovalRouteDoes(t *testing.T) {
	t.Parallel()
	actors := deciders()
	bearers := slices.Sorted(maps.Keys(actors))
	outcomes := map[string]int{}
	rapidtest.CheckAtMost(t, 30, func(rt *rapid.T) {
		policy := drawPolicy(rt)
		db := memory.New()
		open := func(st assets.Store) *resttest.Server {
			return resttest.New(t, func(c *assets.Config, o *httpx.Options) {
				c.Store, c.Approver, o.Authenticate = st, policy, httpx.Bearer(actors)
			})
		}
		srv, dry := open(db), open(undoing{db})
		id := srv.Must(201, call{Method: "POST", Path: base, As: rapid.SampledFrom([]string{"user-all", "agent-all", "user-write"}).Draw(rt, "creator"), Body: resttest.CopyBody})["id"].(string)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			step := drawStep(rt, bearers)
			path := base + "/" + id + step.Path
			srv.Send(call{Method: "POST", Path: path, As: step.As, Body: step.Body})
		}
		for _, as := range bearers {
			compareAllowed(rt, srv, dry, id, as, outcomes)
		}
	})
	t.Logf("%v", outcomes)
	for _, code := range []string{"ok", "forbidden_scope", "agent_cannot_approve", "invalid_transition"} {
		if outcomes["approve "+code] == 0 {
			t.Errorf("no approval ended with %s", code)
		}
	}
}

// drawStep returns a request that may change an asset. Its path is below the asset's.
func drawStep(rt *rapid.T, bearers []string) call {
	c := call{As: rapid.SampledFrom(append([]string{"user-all", "user-all", "user-all2"}, bearers...)).Draw(rt, "actor")}
	switch what := rapid.SampledFrom([]string{"version", "submitted version", "rollback", "approve", "approve", "submit", "request_changes", "archive", "reopen"}).Draw(rt, "step"); what {
	case "version", "submitted version":
		c.Path, c.Body = "/versions", fmt.Sprintf(`{"text":%q,"submit":%t}`, rapid.StringMatching("[a-d]").Draw(rt, "text"), what != "version")
	case "rollback":
		c.Path, c.Body = "/rollback", fmt.Sprintf(`{"version":%d}`, rapid.IntRange(1, 3).Draw(rt, "number"))
	default:
		c.Path, c.Body = "/approval", fmt.Sprintf(`{"action":%q,"version":%d,"comment":"c"}`, what, rapid.IntRange(1, 4).Draw(rt, "number"))
	}
	return c
}

// compareAllowed compares what srv allows an actor with what happens when the actor
// sends each decision to dry.
func compareAllowed(rt *rapid.T, srv, dry *resttest.Server, id, as string, outcomes map[string]int) {
	var a struct {
		Version int
		Content struct{ SHA256 string }
		Status  string
	}
	read := func(path, as string, into any) {
		rec := srv.Send(call{Method: "GET", Path: base + "/" + id + path, As: as})
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil || rec.Code != 200 {
			rt.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	read("", "user-all", &a)
	var permissions struct {
		Actions []struct {
			Action, Code, Detail string
			Allowed              bool
		}
	}
	read("/allowed", as, &permissions)
	if len(permissions.Actions) != 5 {
		rt.Fatalf("%d actions", len(permissions.Actions))
	}
	for _, p := range permissions.Actions {
		body := fmt.Sprintf(`{"action":%q,"version":%d,"sha256":%q,"comment":"c"}`, p.Action, a.Version, a.Content.SHA256)
		rec := dry.Send(call{Method: "POST", Path: base + "/" + id + "/approval", As: as, Body: body})
		var refusal struct{ Code, Detail string }
		if err := json.Unmarshal(rec.Body.Bytes(), &refusal); err != nil {
			rt.Fatal(err)
		}
		if p.Code == "forbidden_scope" {
			refusal.Detail = p.Detail // the route may refuse before it knows the action
		}
		if p.Allowed != (rec.Code == 200) || p.Code != refusal.Code || p.Detail != refusal.Detail {
			rt.Fatalf("%s as %s, %s: allowed is %+v, the route %d %s", p.Action, as, a.Status, p, rec.Code, rec.Body)
		}
		if p.Code == "" {
			p.Code = "ok"
		}
		outcomes[p.Action+" "+p.Code]++
	}
}
