package modeltest_test

import (
	"io"
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
)

// compare compares the touched assets, every list and the journal with the model.
func (d *run) compare(touched ...assets.ID) {
	d.Helper()
	for _, id := range touched {
		d.compareAsset(id)
	}
	for _, letter := range []string{"a", "b"} {
		d.compareLists(d.prefix + letter)
	}
	d.compareJournal()
}

func (d *run) compareAsset(id assets.ID) {
	d.Helper()
	want := d.model.Assets[string(id)]
	if want == nil {
		for _, p := range []player{players[0], players[9]} {
			if _, err := d.lib.Get(d.ctx, p.actor(d.prefix), id, assets.SelectCurrent); assets.Code(err) != "not_found" {
				d.failf("a deleted asset returns %v", err)
			}
		}
		return
	}
	owner := d.someoneOf(want.Workspace)
	got, err := d.lib.Get(d.ctx, owner, id, assets.SelectCurrent)
	if err != nil {
		d.failf("get: %v", err)
	}
	if diff := cmp.Diff(want, modelled(got), cmpopts.IgnoreFields(oracle.Version{}, "WithdrawnBy")); diff != "" {
		d.failf("asset #%d (-model +Library):\n%s", slices.Index(d.ids, id)+1, diff)
	}
	d.checkSubmission(got, want)
	d.checkLastReview(got, want.LastReview(0))
	d.checkVersions(owner, got)
	d.checkShown(owner, id, want)
	d.checkApproved(owner, got, want)
	d.checkPublishable(owner, id, want)
	d.checkAttestations(owner, id, want)
	d.checkLinks(owner, id)
}

// checkShown checks the status that the asset has beside its first version and the
// version before the current one.
func (d *run) checkShown(owner assets.Actor, id assets.ID, want *oracle.Asset) {
	d.Helper()
	for _, n := range []int{1, max(1, want.Current()-1)} {
		f, err := d.lib.Open(d.ctx, owner, id, assets.Selector(n))
		if want.Versions[n-1].Erased {
			if code := assets.Code(err); code != "erased" {
				d.failf("opening version %d, which is erased: %q", n, code)
			}
			continue
		}
		if err != nil {
			d.failf("open: %v", err)
		}
		if status := want.Shown(n); string(f.Asset.Status) != status || int(f.Asset.Version) != n {
			d.failf("asset #%d shows version %d as %s, want version %d as %s", slices.Index(d.ids, id)+1, f.Asset.Version, f.Asset.Status, n, status)
		}
		if n != want.Current() {
			d.checkLastReview(f.Asset, want.LastReview(n))
			if of := f.Asset.Submitted.Version; int(of) != n && of != 0 || int(of) == 0 && want.Submitted == n {
				d.failf("version %d is shown with version %d submitted, want %d", n, of, want.Submitted)
			}
		}
	}
}

// checkSubmission checks who submitted what waits, and when.
func (d *run) checkSubmission(got *assets.Asset, want *oracle.Asset) {
	d.Helper()
	s := got.Submitted
	if s.By != want.SubmittedBy() || (s.At != 0) != (want.Submitted != 0) || s.At > got.UpdatedAt {
		d.failf("%+v is submitted at %d, want by %q", s, got.UpdatedAt, want.SubmittedBy())
	}
}

// checkLastReview checks the newest review that an asset is shown with.
func (d *run) checkLastReview(a *assets.Asset, want oracle.Review) {
	d.Helper()
	got := a.LastReview
	shown := oracle.Review{Version: int(got.Version), Action: string(got.Action), Comment: got.Comment, By: got.By, ByKind: string(got.ByKind)}
	want.From, want.To, want.CarriedFrom, want.InvitedBy = "", "", 0, ""
	if shown != want || (got.At != 0) != (want.Action != "") {
		d.failf("asset %s with version %d (%s) has the last review %+v, want %+v", a.ID, a.Version, a.Status, got, want)
	}
}

func (d *run) someoneOf(workspace string) assets.Actor {
	who := players[0].actor(d.prefix)
	who.Workspace = workspace
	return who
}

// modelled converts an asset to the model's type.
func modelled(a *assets.Asset) *oracle.Asset {
	out := &oracle.Asset{
		Workspace: a.Workspace, Title: a.Title, Campaign: string(a.CampaignID), Status: string(a.Status),
		Approved: int(a.ApprovedVersion), Submitted: int(a.Submitted.Version), EverApproved: a.EverApproved, Revision: int(a.Revision),
	}
	for _, v := range a.Versions {
		out.Versions = append(out.Versions, oracle.Version{
			Descriptor:     descriptor(v.Content, v.Provenance),
			RolledBackFrom: int(v.RolledBackFrom), Approval: string(v.Approval), CreatedBy: v.CreatedBy,
			Erased: v.ErasedAt != 0,
		})
	}
	for _, r := range a.Reviews {
		out.Reviews = append(out.Reviews, oracle.Review{
			Version: int(r.Version), Action: string(r.Action), From: string(r.FromStatus), To: string(r.ToStatus),
			Comment: r.Comment, CarriedFrom: int(r.CarriedFrom), By: r.By, ByKind: string(r.ByKind), InvitedBy: string(r.InvitedBy),
		})
	}
	return out
}

func descriptor(c assets.Content, p assets.Provenance) oracle.Descriptor {
	return oracle.Descriptor{
		SHA256: c.SHA256, MediaType: c.MediaType, Filename: c.Filename, Provenance: p.AgentSlug, Disclosed: p.SourceType != "",
	}
}

// checkVersions checks that the numbers have no gaps, that the asset shows the
// newest version, that every review names its version's digest, and that every
// content opens and has its digest.
func (d *run) checkVersions(owner assets.Actor, a *assets.Asset) {
	d.Helper()
	for i, v := range a.Versions {
		if v.Number != assets.Number(i+1) {
			d.failf("version %d is numbered %d", i+1, v.Number)
		}
		if name := string(a.ID) + strconv.Itoa(i); !d.opened[name] {
			d.opened[name] = true
			d.checkContent(owner, a.ID, v)
		}
	}
	last := a.Versions[len(a.Versions)-1]
	if a.Version != last.Number || a.CurrentVersion != last.Number || a.Content != last.Content {
		d.failf("the asset shows version %d of %d with %v, current is %v", a.Version, last.Number, a.Content, last.Content)
	}
	for _, r := range a.Reviews {
		if want := a.Versions[r.Version-1].Content.SHA256; r.SHA256 != want || r.ID == "" || r.At == 0 {
			d.failf("a review names digest %s at %d, its version has %s", r.SHA256, r.At, want)
		}
	}
}

func (d *run) checkContent(owner assets.Actor, id assets.ID, v assets.Version) {
	d.Helper()
	f, err := d.lib.Open(d.ctx, owner, id, assets.Selector(v.Number))
	if err != nil {
		d.failf("open: %v", err)
	}
	b, err := io.ReadAll(f)
	if cerr := f.Close(); err != nil || cerr != nil || fixture.SHA256(string(b)) != v.Content.SHA256 || int64(len(b)) != v.Content.SizeBytes {
		d.failf("version %d reads as %q (%v, %v), described as %v", v.Number, b, err, cerr, v.Content)
	}
}

// checkApproved checks that what the approved perspective returns was approved by
// an actor who may approve, with exactly that descriptor, and not withdrawn since.
func (d *run) checkApproved(owner assets.Actor, current *assets.Asset, want *oracle.Asset) {
	d.Helper()
	got, err := d.lib.Get(d.ctx, owner, current.ID, assets.SelectApproved)
	several, serr := d.lib.Approved(d.ctx, owner, current.ID)
	if want.Approved == 0 {
		if assets.Code(err) != "not_approved" || assets.Code(serr) != "not_approved" {
			d.failf("nothing is approved, but the errors are %v, %v", err, serr)
		}
		return
	}
	if err != nil || serr != nil || len(several) != 1 {
		d.failf("reading the approved version: %v, %v (%d assets)", err, serr, len(several))
	}
	for _, a := range []*assets.Asset{got, several[0]} {
		v := current.Versions[want.Approved-1]
		if int(a.Version) != want.Approved || a.Status != assets.StatusApproved || descriptor(a.Content, a.Provenance) != descriptor(v.Content, v.Provenance) {
			d.failf("approved is version %d, returned was %d, %s, %v", want.Approved, a.Version, a.Status, a.Content)
		}
		d.checkLastReview(a, want.LastReview(want.Approved))
		if a.Submitted != (assets.Submission{}) {
			d.failf("version %d in force is shown with %+v", v.Number, a.Submitted)
		}
		if v.Approval != assets.ApprovalGiven || a.ApprovedAt == 0 || !d.isApproved(current, v) {
			d.failf("version %d is returned as approved (%q, at %d) without an approval in force", v.Number, v.Approval, a.ApprovedAt)
		}
	}
}

// isApproved reports whether a review put v into force, by an allowed kind of
// actor and with v's digest, and none after it withdrew it.
func (d *run) isApproved(a *assets.Asset, v assets.Version) bool {
	ok := false
	for _, r := range a.Reviews {
		switch {
		case r.Action == assets.ActionArchive, r.Action == assets.ActionRequestChanges && r.Version == v.Number:
			ok = false
		case r.Action == assets.ActionApprove && r.Version == v.Number && r.ToStatus == assets.StatusApproved:
			ok = r.SHA256 == v.Content.SHA256 && (r.ByKind == "user" || slices.Contains(d.kinds, string(r.ByKind)))
		}
	}
	return ok
}

// row is a row of a list.
type row struct {
	ID      assets.ID
	Status  string
	Version int
	Content oracle.Descriptor
	Rev     int
}

func (d *run) compareLists(workspace string) {
	d.Helper()
	for _, statuses := range [][]assets.Status{nil, {"approved"}, {"draft", "archived"}} {
		var want, got []row
		for _, id := range slices.Backward(d.ids) {
			if a := d.model.Assets[string(id)]; a != nil && a.Workspace == workspace {
				want = append(want, expectedRow(id, a, statuses)...)
			}
		}
		page, err := d.lib.List(d.ctx, d.someoneOf(workspace), assets.Query{Statuses: statuses})
		if err != nil {
			d.failf("list %v: %v", statuses, err)
		}
		for _, a := range page.Items {
			got = append(got, row{a.ID, string(a.Status), int(a.Version), descriptor(a.Content, a.Provenance), int(a.Revision)})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			d.failf("list with status %v (-model +Library):\n%s", statuses, diff)
		}
	}
}

// expectedRow returns the row that a list of these statuses has of an asset, if
// any.
func expectedRow(id assets.ID, a *oracle.Asset, statuses []assets.Status) []row {
	n, status := a.Current(), a.Status
	if len(statuses) == 1 && statuses[0] == assets.StatusApproved {
		n, status = a.Approved, "approved"
	} else if len(statuses) > 0 && !slices.Contains(statuses, assets.Status(status)) {
		n = 0
	}
	if n == 0 {
		return nil
	}
	return []row{{id, status, n, a.Versions[n-1].Descriptor, a.Revision}}
}

// compareJournal checks that every change has its journal row and every decision
// its review, and that replaying the rows yields every status.
func (d *run) compareJournal() {
	d.Helper()
	events, err := d.journal.Events(d.ctx, d.seq, 1000)
	if err != nil {
		d.failf("journal: %v", err)
	}
	var got []oracle.Event
	for _, e := range events {
		if e.Position <= d.seq {
			d.failf("journal row %d comes after row %d", e.Position, d.seq)
		}
		d.seq = e.Position
		if id, err := assets.ParseID(string(e.ID)); err != nil || id != e.ID || id[14] != '4' || d.eventIDs[id] {
			d.failf("journal row %d has the id %q, want a random UUID of its own", e.Position, e.ID)
		}
		d.eventIDs[e.ID] = true
		d.replay(e)
		d.checkInForce(e)
		version := int(e.Data.Version)
		if e.Type == assets.EventEdited || e.Type == assets.EventDeleted {
			version = 0 // not part of the contract
		}
		got = append(got, oracle.Event{
			Asset: string(e.Data.AssetID), Version: version, Kind: e.Type.Kind(), Status: string(e.Data.Status),
			Reviewed: e.Data.ReviewID != "", By: e.Data.By,
		})
	}
	if diff := cmp.Diff(d.model.Journal[d.compared:], got, cmpopts.EquateEmpty()); diff != "" {
		d.failf("journal (-model +Library):\n%s", diff)
	}
	d.compared = len(d.model.Journal)
	for id, status := range d.statuses {
		if a := d.model.Assets[string(id)]; a == nil || a.Status != string(status) {
			d.failf("the journal replays asset #%d to %s", slices.Index(d.ids, id)+1, status)
		}
	}
}

// checkInForce checks that an event of the last step has the version that a publisher read
// before the step, and the one that a publisher reads now.
func (d *run) checkInForce(e assets.Event) {
	d.Helper()
	var want assets.InForce
	id := e.Data.AssetID
	want.Before = d.published[id]
	now, err := d.lib.Get(d.ctx, d.someoneOf(e.Workspace), id, assets.SelectApproved)
	if err == nil {
		want.After = now.Version
	} else if code := assets.Code(err); code != "not_approved" && code != "not_found" {
		d.failf("reading as a publisher: %v", err)
	}
	if e.Data.InForce == nil || *e.Data.InForce != want {
		d.failf("%s has %v in force, publishers read %v", e.Type, e.Data.InForce, want)
	}
	d.published[id] = want.After
}

func (d *run) replay(e assets.Event) {
	if e.Type == assets.EventDeleted {
		delete(d.statuses, e.Data.AssetID)
		return
	}
	d.statuses[e.Data.AssetID] = e.Data.Status
}
