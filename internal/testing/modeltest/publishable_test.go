package modeltest_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/oracle"
)

// checkPublishable checks that Publishable and a publisher's read agree, about the asset
// and about each of its versions, and that what approved a version is in Because.
func (d *run) checkPublishable(owner assets.Actor, id assets.ID, want *oracle.Asset) {
	d.Helper()
	read, err := d.lib.Version(d.ctx, owner, id, assets.SelectApproved)
	if code := assets.Code(err); code != "" && code != "not_approved" {
		d.failf("reading as a publisher: %v", err)
	}
	for n := assets.SelectApproved; int(n) <= want.Current(); n++ {
		p := d.publishable(owner, id, n)
		inForce := read.Number != 0 && (n == assets.SelectApproved || n == assets.SelectCurrent && int(read.Number) == want.Current() || int(n) == int(read.Number))
		switch {
		case p.Publishable != inForce:
			d.failf("version %s is publishable: %v; a publisher reads version %d", n, p.Publishable, read.Number)
		case p.Publishable && (p.Version != read.Number || string(p.SHA256) != read.Content.SHA256):
			d.failf("version %d (%s) is publishable; a publisher reads %d (%s)", p.Version, p.SHA256, read.Number, read.Content.SHA256)
		case p.Publishable != (len(p.Missing) == 0):
			d.failf("version %s is publishable: %v; missing: %+v", n, p.Publishable, p.Missing)
		case p.Publishable && (len(p.Because) == 0 || p.WithdrawnBy != nil):
			d.failf("version %s is publishable because of %+v, withdrawn by %+v", n, p.Because, p.WithdrawnBy)
		case n > 0 && (p.WithdrawnBy != nil) != withdrawnByReview(want, int(n)):
			d.failf("version %d, whose approval is %q, is withdrawn by %+v", n, want.Versions[n-1].Approval, p.WithdrawnBy)
		case n == assets.SelectApproved && (p.WithdrawnBy != nil) != (read.Number == 0 && withdrawnByReview(want, want.LastInForce())):
			d.failf("version %d is in force, withdrawn by %+v", read.Number, p.WithdrawnBy)
		case int(n) == want.Current() && !slices.Contains([]string{"", "disclosure", "erased"}, missingCode(p)) && missingCode(p) != submitCode(want):
			d.failf("version %s is missing %+v, want %s first", n, p.Missing, submitCode(want))
		}
	}
}

// missingCode returns the code of the first step behind a reopening; empty if there is none.
func missingCode(p *assets.Publishability) string {
	for _, m := range p.Missing {
		if m.Code != assets.MissingReopen {
			return string(m.Code)
		}
	}
	return ""
}

// submitCode returns the code of what is missing first for the current version.
func submitCode(a *oracle.Asset) string {
	switch {
	case a.Status == "pending_review" && a.Submitted == a.Current():
		return "approvals"
	case a.Status == "draft" && a.LastReview(a.Current()).Action == "request_changes":
		return "changes_requested"
	}
	return "not_submitted"
}

// withdrawnByReview reports whether a review has withdrawn the approval of version n: an
// erasure withdraws without one.
func withdrawnByReview(a *oracle.Asset, n int) bool {
	return n > 0 && a.Versions[n-1].Approval == "withdrawn" && a.Versions[n-1].WithdrawnBy == ""
}

func (d *run) publishable(by assets.Actor, id assets.ID, sel assets.Selector) *assets.Publishability {
	d.Helper()
	p, err := d.lib.Publishable(d.ctx, by, id, sel)
	if err != nil {
		d.failf("Publishable(%s): %v", sel, err)
	}
	return p
}

// fulfilAll does what is missing until a version of each asset is published.
func (d *run) fulfilAll(rt *rapid.T) {
	d.T = rt
	for i, id := range d.ids {
		a := d.model.Assets[string(id)]
		if a == nil || d.model.Policy.Rule && (strings.HasPrefix(a.Title, "refuse") || strings.HasPrefix(a.Title, "fail") || strings.HasPrefix(a.Title, "panic")) {
			continue // the host's rule refuses
		}
		d.fulfil(id, a, assets.Selector(rapid.IntRange(-1, a.Current()).Draw(rt, fmt.Sprintf("publish a version of #%d", i+1))))
	}
}

// fulfil takes the steps that are missing for a version, in their order: each is
// possible, none but the last suffices, and the last one publishes the content.
func (d *run) fulfil(id assets.ID, a *oracle.Asset, sel assets.Selector) {
	d.Helper()
	by := d.someoneOf(a.Workspace)
	by.Subject = "maker"
	before := d.publishable(by, id, assets.SelectApproved)
	p := d.publishable(by, id, sel)
	target := int(p.Version)
	if target == 0 {
		target = a.Current()
	}
	if a.Versions[target-1].Erased {
		if len(p.Missing) != 1 || p.Missing[0].Code != assets.MissingContent || p.Missing[0].How != "" {
			d.failf("version %d is erased; missing: %+v", target, p.Missing)
		}
		return
	}
	content := a.Versions[target-1].Descriptor
	if overtakenBy(p) != 0 {
		d.checkOvertaken(p, before, content)
		return
	}
	for i, m := range p.Missing {
		d.history = append(d.history, fmt.Sprintf("missing for version %s of #%d: %s", sel, slices.Index(d.ids, id)+1, m.Code))
		if i > 0 {
			if now := d.publishable(by, id, assets.SelectApproved); now.Publishable && now.Version != before.Version {
				d.failf("version %d is published before %s", now.Version, m.Code)
			}
		}
		d.take(by, id, m, target, content)
	}
	after := d.publishable(by, id, assets.SelectApproved)
	if !after.Publishable || string(after.SHA256) != content.SHA256 {
		d.failf("after all steps, %+v", after)
	}
	if again := d.publishable(by, id, sel); !again.Publishable {
		d.checkOvertaken(again, after, content)
	}
}

// overtakenBy returns the version in force that has the content of one that is asked about; 0
// if there is none.
func overtakenBy(p *assets.Publishability) assets.Number {
	if len(p.Missing) != 1 || p.Missing[0].Code != assets.MissingRollback {
		return 0
	}
	return p.Missing[0].InForce
}

// checkOvertaken checks that nothing has to be done for a version since the one in force has
// the same content, and that the explanation names that.
func (d *run) checkOvertaken(p, inForce *assets.Publishability, content oracle.Descriptor) {
	d.Helper()
	n := overtakenBy(p)
	if n == 0 || n != inForce.Version || !strings.Contains(string(p.Missing[0].How), fmt.Sprintf("version %d", n)) || string(inForce.SHA256) != content.SHA256 {
		d.failf("missing: %+v; in force is %+v", p.Missing, inForce)
	}
}

// take takes one step. Approvals come from people who have done nothing before.
func (d *run) take(by assets.Actor, id assets.ID, m assets.Missing, target int, content oracle.Descriptor) {
	d.Helper()
	var err error
	current, readErr := d.lib.Version(d.ctx, by, id, assets.SelectCurrent)
	if readErr != nil {
		d.failf("reading the current version: %v", readErr)
	}
	decide := func(by assets.Actor, action assets.Action) error {
		_, err := d.lib.Review(d.ctx, by, id, assets.Decision{Action: action, Version: current.Number, SHA256: current.Content.SHA256})
		return err
	}
	switch m.Code {
	case assets.MissingReopen:
		err = decide(by, assets.ActionReopen)
	case assets.MissingDisclosure:
		_, err = d.lib.AddVersion(d.ctx, by, id, assets.NewVersion{
			Text: d.text(content.SHA256), MediaType: content.MediaType, Filename: content.Filename,
			Provenance: assets.Provenance{SourceType: "digitalCreation"},
		})
	case assets.MissingRollback:
		_, err = d.lib.Rollback(d.ctx, by, id, assets.Rollback{Version: assets.Number(target)})
	case assets.MissingSubmit, assets.MissingChanges:
		err = decide(by, assets.ActionSubmit)
	case assets.MissingApprovals:
		for i := range m.Count {
			if now := d.publishable(by, id, assets.SelectApproved); now.Version == current.Number {
				d.failf("only %d of %d approvals were needed", i, m.Count)
			}
			by.Subject = fmt.Sprintf("approver %d", i)
			if err = decide(by, assets.ActionApprove); err != nil {
				break
			}
		}
	default:
		d.failf("unknown step %q", m.Code)
	}
	if err != nil {
		d.failf("%s (%s): %v", m.Code, m.How, err)
	}
}
