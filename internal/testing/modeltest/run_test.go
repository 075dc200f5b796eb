package modeltest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
)

// run makes the same calls to the Library and to the model.
type run struct {
	*rapid.T
	ctx      context.Context
	lib      *assets.Library
	approver *changingApprover
	journal  assets.Journal
	model    *oracle.Model
	prefix   string // of the names of its workspaces: runs share one store

	verifier attest.Verifier
	attested map[assets.Ref]assets.Attestation // the newest one that was seen of each version

	clock  *fixture.Clock
	links  []assets.ID          // every review link ever made
	tokens map[assets.ID]string // of the links

	ids       []assets.ID // every asset ever created, deleted ones too
	compared  int         // rows of the model's journal compared so far
	seq       int64       // position in the Library's journal
	statuses  map[assets.ID]assets.Status
	published map[assets.ID]assets.Number // what publishers read of each asset after the last step
	eventIDs  map[assets.ID]bool          // of the rows of the Library's journal
	opened    map[string]bool             // versions whose content was read
	kinds     []string                    // kinds of actor, beside user, that could approve when the run began
	history   []string
	outcomes  map[string]int // of all runs: how often each action returned each code
}

// failf ends the run with everything that led to it, one action a line.
func (d *run) failf(format string, args ...any) {
	d.Helper()
	d.Fatalf("%s\n\npolicy: %+v\nhistory:\n  %s", fmt.Sprintf(format, args...), d.model.Policy, strings.Join(d.history, "\n  "))
}

// do carries out one step on the Library and the model, and compares them. Which of two
// came first, such as an erasure and a review, is told by their times.
func (d *run) do(s step) {
	d.Helper()
	d.clock.Advance(time.Millisecond)
	switch s.Do {
	case tighten:
		d.tighten()
	case noGuests:
		d.refuseGuests()
	case "time passes":
		d.pass(s)
	case "revoke", "guest approve", "guest request_changes", "guest comment":
		d.useLink(s)
	case "create":
		d.create(s)
		d.compare(d.ids[len(d.ids)-1])
	case "bulk approve":
		d.bulk(s)
		d.compare(d.ids...)
	default:
		id := d.pick(s)
		d.change(s, id)
		d.compare(id)
	}
}

// changingApprover is a policy that can change while a Library uses it.
type changingApprover struct{ approval.Policy }

func (d *run) tighten() {
	p := &d.model.Policy
	p.Quorum, p.ForbidSelf, p.Kinds = max(p.Quorum, 1)+1, true, nil
	d.history = append(d.history, fmt.Sprintf("%s: %+v", tighten, *p))
	d.approver.Policy = policy(*p)
}

// pick returns the asset that a step is about.
func (d *run) pick(s step) assets.ID {
	if s.Asset != anyAsset {
		workspace := d.prefix + players[s.Actor].workspace
		skip := s.Asset
		for _, id := range d.ids {
			if a := d.model.Assets[string(id)]; a == nil || a.Workspace != workspace {
				continue
			}
			if skip == 0 {
				return id
			}
			skip--
		}
	}
	return d.ids[0]
}

// record adds a step to the history and compares the codes.
func (d *run) record(s step, id assets.ID, got, want string) {
	d.Helper()
	line := s.String()
	if i := slices.Index(d.ids, id); i >= 0 {
		line = strings.Replace(line, fmt.Sprintf("asset~%d", s.Asset), fmt.Sprintf("asset #%d", i+1), 1)
	}
	d.history = append(d.history, fmt.Sprintf("%s -> %s", line, fixture.OrOK(got)))
	d.outcomes[s.Do+" "+fixture.OrOK(got)]++
	if got != want {
		d.failf("the Library returns %q, the model %q", fixture.OrOK(got), fixture.OrOK(want))
	}
}

func (d *run) create(s step) {
	p := players[s.Actor]
	out, err := d.lib.Create(d.ctx, p.actor(d.prefix), assets.NewAsset{
		Type: assets.TypeCopy, Title: s.Title, NewVersion: s.newVersion(nil),
	})
	id := "none"
	if err == nil {
		id = string(out.ID)
		d.ids = append(d.ids, out.ID)
	}
	d.record(s, assets.ID(id), assets.Code(err), d.model.Create(p.model(d.prefix), id, s.content()))
}

func (s step) newVersion(ifRevision []int64) assets.NewVersion {
	return assets.NewVersion{
		Text: s.Text, MediaType: s.MediaType, Filename: s.Filename, Submit: s.Submit,
		Provenance: assets.Provenance{AgentSlug: s.Slug, SourceType: s.Source}, IfRevision: ifRevision,
	}
}

func (s step) content() oracle.Content {
	return oracle.Content{
		Descriptor: oracle.Descriptor{
			SHA256: fixture.SHA256(s.Text), MediaType: s.MediaType, Filename: s.Filename, Provenance: s.Slug, Disclosed: s.Source != "",
		},
		Title:  s.Title,
		Submit: s.Submit,
	}
}

// resolved is what the relative terms of a step mean for an asset at its turn.
type resolved struct {
	version    int
	digest     string
	ifRevision []int64
	revision   []int
}

func (d *run) resolve(s step, id assets.ID) resolved {
	a := d.model.Assets[string(id)]
	if a == nil { // deleted: any number will do
		a = &oracle.Asset{Versions: make([]oracle.Version, 1)}
	}
	var n resolved
	n.version = map[string]int{
		"": 0, "current": a.Current(), "previous": max(1, a.Current()-1), "first": 1,
		"approved": max(1, a.Approved), "next": a.Current() + 1, "negative": -1,
	}[s.Version]
	switch {
	case s.Digest == "wrong":
		n.digest = fixture.SHA256("something else")
	case s.Digest == "right" && n.version >= 1 && n.version <= a.Current():
		n.digest = fixture.SHA256(d.text(a.Versions[n.version-1].SHA256))
	case s.Digest == "right":
		n.digest = fixture.SHA256("red")
	}
	switch s.IfRevision {
	case "right":
		n.ifRevision, n.revision = []int64{99, int64(a.Revision)}, []int{99, a.Revision}
	case "stale":
		n.ifRevision, n.revision = []int64{int64(a.Revision) + 1}, []int{a.Revision + 1}
	}
	return n
}

// text returns the content that has a digest.
func (d *run) text(sha string) string {
	for _, text := range []string{"red", "blue"} {
		if fixture.SHA256(text) == sha {
			return text
		}
	}
	return ""
}

// change carries out a step that concerns one asset.
func (d *run) change(s step, id assets.ID) {
	d.Helper()
	p := players[s.Actor]
	by, as := p.actor(d.prefix), p.model(d.prefix)
	n := d.resolve(s, id)
	var err error
	var want string
	switch s.Do {
	case "version":
		var out assets.Written
		out, err = d.lib.AddVersion(d.ctx, by, id, s.newVersion(n.ifRevision))
		want = d.model.AddVersion(as, string(id), s.content(), n.revision)
		if err == nil && out.Unchanged != (want == oracle.Unchanged) {
			d.failf("AddVersion: unchanged is %v, the model says %q", out.Unchanged, want)
		}
	case "rollback":
		_, err = d.lib.Rollback(d.ctx, by, id, assets.Rollback{Version: assets.Number(n.version), Reason: s.Comment, IfRevision: n.ifRevision})
		want = d.model.Rollback(as, string(id), n.version, s.Comment, n.revision)
	case "edit":
		_, err = d.lib.Edit(d.ctx, by, id, assets.Edit{Title: &s.Title, CampaignID: new(assets.Optional(s.Campaign)), IfRevision: n.ifRevision})
		want = d.model.Edit(as, string(id), s.Title, &s.Campaign, n.revision)
	case "comment":
		_, err = d.lib.Comment(d.ctx, by, id, assets.NewComment{Version: assets.Number(n.version), Text: s.Comment})
		want = d.model.Comment(as, string(id), n.version, s.Comment)
	case "erase":
		_, err = d.lib.Erase(d.ctx, by, id, assets.Number(n.version), s.Comment)
		want = d.model.Erase(as, string(id), n.version, s.Comment)
	case "invite":
		want, err = d.invite(s, id, n.version)
	case "delete":
		err = d.lib.Delete(d.ctx, by, id, n.ifRevision)
		want = d.model.Delete(as, string(id), n.revision)
	default:
		d.compareAllowed(by, as, id)
		_, err = d.lib.Review(d.ctx, by, id, assets.Decision{
			Action: assets.Action(s.Do), Version: assets.Number(n.version), SHA256: n.digest, Comment: s.Comment, IfRevision: n.ifRevision,
		})
		want = d.model.Review(as, string(id), oracle.Decision{
			Action: s.Do, Version: n.version, SHA256: n.digest, Comment: s.Comment, IfRevision: n.revision,
		})
	}
	if want == oracle.Unchanged { // the comparison shows that nothing was recorded
		want = oracle.OK
	}
	d.record(s, id, assets.Code(err), want)
}

// bulk approves the newest assets, named in descending order of their ids.
func (d *run) bulk(s step) {
	p := players[s.Actor]
	var items []assets.BulkItem
	var same []oracle.Item
	for i := len(d.ids) - 1; i >= max(0, len(d.ids)-3); i-- {
		id := d.ids[i]
		n := d.resolve(s, id)
		items = append(items, assets.BulkItem{AssetID: id, Version: assets.Number(n.version), SHA256: n.digest})
		same = append(same, oracle.Item{ID: string(id), Version: n.version, SHA256: n.digest})
		if a := d.model.Assets[string(id)]; a != nil && d.model.Policy.Rule && oracle.RuleCode(a.Title, "approve") == "internal_error" {
			return // a broken rule fails the whole call
		}
	}
	decision := assets.Decision{Action: assets.ActionApprove, Comment: s.Comment}
	results, err := d.lib.BulkReview(d.ctx, p.actor(d.prefix), assets.BulkDecision{Items: items, Action: decision.Action, Comment: decision.Comment})
	want, each := d.model.Bulk(p.model(d.prefix), same, oracle.Decision{Action: "approve", Comment: s.Comment})
	d.record(s, "", assets.Code(err), want)
	if err == nil && len(results) != len(items) {
		d.failf("bulk: %d results of %d items", len(results), len(items))
	}
	for i, r := range results {
		want := each[string(r.AssetID)]
		if want == oracle.Unchanged {
			want = oracle.OK
		}
		if got := assets.Code(r.Err); r.AssetID != items[i].AssetID || got != want || (r.Asset == nil) != (got != "") {
			d.failf("bulk item %d is %s with %q (asset: %v), the model says %q for %s", i, r.AssetID, got, r.Asset, want, items[i].AssetID)
		}
	}
}
