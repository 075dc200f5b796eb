package approval_test

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/10ex/assets"
)

const (
	draft    = assets.StatusDraft
	pending  = assets.StatusPendingReview
	approved = assets.StatusApproved
	archived = assets.StatusArchived

	submit         = assets.ActionSubmit
	approve        = assets.ActionApprove
	requestChanges = assets.ActionRequestChanges
	archive        = assets.ActionArchive
	reopen         = assets.ActionReopen
)

// assetRows is one asset with its versions and reviews. It is the Reader that
// a policy gets, and it can be changed as the Library changes its store.
type assetRows struct {
	assets.Reader // nil: a policy calls no other method

	asset       assets.Asset
	versions    []assets.Version
	reviews     []assets.Review
	failingRead int // the number, from 1, of the read that fails; 0 is none
	reads       int
	rows        int // reviews returned so far
	maxLimit    int // of the reads of reviews; 0 is none yet
	unlimited   int // reads of reviews without a limit
}

// digest is the SHA-256 that version n has in these tests.
func digest(n assets.Number) string { return fmt.Sprintf("%064x", n) }

func (w *assetRows) read(id assets.ID) error {
	w.reads++
	if w.reads == w.failingRead {
		return assets.ErrUnavailable
	}
	if id != w.asset.ID {
		return assets.ErrNotFound
	}
	return nil
}

func (w *assetRows) Version(_ context.Context, _ string, id assets.ID, n assets.Number) (assets.Version, error) {
	if err := w.read(id); err != nil {
		return assets.Version{}, err
	}
	if n < 1 || int(n) > len(w.versions) {
		return assets.Version{}, assets.ErrNotFound
	}
	return w.versions[n-1], nil
}

func (w *assetRows) Versions(_ context.Context, _ string, id assets.ID) ([]assets.Version, error) {
	if err := w.read(id); err != nil {
		return nil, err
	}
	return slices.Clone(w.versions), nil
}

func (w *assetRows) Reviews(_ context.Context, _ string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	if err := w.read(id); err != nil {
		return nil, err
	}
	var found []assets.Review
	for _, r := range w.reviews {
		if n == 0 || r.Version == n {
			found = append(found, r)
		}
	}
	if limit > 0 {
		found = found[max(0, len(found)-limit):]
	} else {
		w.unlimited++
	}
	w.rows += len(found)
	w.maxLimit = max(w.maxLimit, limit)
	return found, nil
}

// create makes the asset a draft with one version.
func (w *assetRows) create(by string) {
	w.asset = assets.Asset{ID: "asset", Workspace: "acme", Status: draft, Tags: assets.Tags{"lang": {"en"}}}
	w.addVersion(by)
}

// addVersion appends a version.
func (w *assetRows) addVersion(by string) {
	n := assets.Number(len(w.versions) + 1)
	w.versions = append(w.versions, assets.Version{AssetID: w.asset.ID, Number: n, Content: assets.Content{SHA256: digest(n)}, CreatedBy: by})
	w.asset.CurrentVersion, w.asset.Version = n, n
	w.asset.Content = w.versions[n-1].Content
	if w.asset.Status == approved {
		w.asset.Status = draft
	}
}

// rollback appends a version with n's content, and with its approval if the
// policy allows it.
func (w *assetRows) rollback(p assets.Approver, by assets.Actor, n assets.Number) error {
	m := w.asset.CurrentVersion + 1
	rv, err := p.Decide(context.Background(), w, by, &w.asset, carry(m, n, w.versions[n-1].Content.SHA256))
	w.addVersion(by.Subject)
	w.versions[m-1].Content = w.versions[n-1].Content
	w.versions[m-1].RolledBackFrom = n
	w.asset.Content = w.versions[m-1].Content
	if err == nil {
		w.record(by, rv)
	}
	return err
}

func carry(m, n assets.Number, sha string) assets.Review {
	return assets.Review{Action: approve, Version: m, CarriedFrom: n, SHA256: sha}
}

// record applies a decision as the Library does.
func (w *assetRows) record(by assets.Actor, r assets.Review) {
	a := &w.asset
	r.ID = assets.ID(fmt.Sprintf("review-%d", len(w.reviews)+1))
	r.AssetID, r.By, r.ByKind = a.ID, by.Subject, by.Kind
	w.reviews = append(w.reviews, r)
	wasDraft := a.Status == draft
	a.Status = r.ToStatus
	switch {
	case r.Action == submit, r.ToStatus == pending && wasDraft:
		a.Submitted.Version = r.Version
	case r.Action == approve && r.ToStatus == approved:
		w.versions[r.Version-1].Approval = assets.ApprovalGiven
		a.ApprovedVersion, a.EverApproved = r.Version, true
	case r.Action == requestChanges:
		w.withdraw(r.Version)
	case r.Action == archive:
		for n := range w.versions {
			w.withdraw(assets.Number(n + 1))
		}
	}
	if a.Status != pending {
		a.Submitted = assets.Submission{}
	}
}

func (w *assetRows) withdraw(n assets.Number) {
	if v := &w.versions[n-1]; v.Approval == assets.ApprovalGiven {
		v.Approval = assets.ApprovalWithdrawn
	}
	if w.asset.ApprovedVersion == n {
		w.asset.ApprovedVersion = 0
	}
}

// review lets the policy decide, and records the review if it is allowed.
func (w *assetRows) review(p assets.Approver, by assets.Actor, r assets.Review) (assets.Review, error) {
	got, err := p.Decide(context.Background(), w, by, &w.asset, r)
	if err == nil {
		w.record(by, got)
	}
	return got, err
}

// snapshot copies everything a policy could change.
func (w *assetRows) snapshot() *assetRows {
	c := *w
	c.asset.Tags = assets.Tags{}
	for key, values := range maps.All(w.asset.Tags) {
		c.asset.Tags[key] = slices.Clone(values)
	}
	c.versions, c.reviews = slices.Clone(w.versions), slices.Clone(w.reviews)
	return &c
}

// user returns a person with every scope.
func user(subject string) assets.Actor {
	return actor(subject, assets.KindUser, assets.ScopeAll)
}

func actor(subject string, kind assets.Kind, scopes ...assets.Scope) assets.Actor {
	return assets.Actor{Workspace: "acme", Subject: subject, Kind: kind, Scopes: scopes}
}

// refuse is a rule that refuses every decision.
func refuse(context.Context, assets.Actor, *assets.Asset, assets.Review) error {
	return assets.ErrRefused
}
