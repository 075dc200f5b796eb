package assets

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// PolicyRules is what a review policy demands of an approval.
type PolicyRules struct {
	Quorum             int    `json:"quorum"`               // subjects that must approve a version, from 1
	Kinds              []Kind `json:"kinds"`                // that may approve
	ForbidSelfApproval bool   `json:"forbid_self_approval"` // the creator of a version may not approve it
	RequireSubmit      bool   `json:"require_submit"`       // only a submitted version can be approved
	RequireVersion     bool   `json:"require_version"`      // every decision must name its version
	RequireDisclosure  bool   `json:"require_disclosure"`   // a version needs a known source type
	OwnRule            bool   `json:"own_rule"`             // the host has a rule of its own, which may refuse more
}

// MissingCode names a thing that is missing before publishers get a version.
type MissingCode string

// The codes of what is missing.
const (
	MissingReopen     MissingCode = "archived"          // the asset must be reopened
	MissingDisclosure MissingCode = "disclosure"        // a version with a known source type must be added
	MissingRollback   MissingCode = "overtaken"         // another version is current: it must be rolled back to, unless the one in force is the same
	MissingSubmit     MissingCode = "not_submitted"     // the version must be submitted
	MissingChanges    MissingCode = "changes_requested" // changes were requested: the version must be submitted again
	MissingApprovals  MissingCode = "approvals"         // the version must be approved
	MissingContent    MissingCode = "erased"            // the content was erased: nothing can be done
)

// MissingCodes returns every MissingCode.
func MissingCodes() []MissingCode {
	return []MissingCode{MissingReopen, MissingDisclosure, MissingRollback, MissingSubmit, MissingChanges, MissingApprovals, MissingContent}
}

// Missing is one thing that is missing before publishers get a version.
type Missing struct {
	Code    MissingCode `json:"code"`
	Who     string      `json:"who"` // who can do it, in English
	How     Optional    `json:"how"` // what to do, in English; null: nothing can be done
	Count   int         `json:"-"`   // how many subjects have to do it
	InForce Number      `json:"-"`   // the version in force that has the same content, so that nobody has to do anything; 0: none
}

// Publishability is whether publishers get a version of an asset, and why, or why not.
type Publishability struct {
	Publishable bool     `json:"publishable"`
	Version     Number   `json:"version"` // 0: no version is in force, and none was named
	SHA256      Optional `json:"sha256"`  // of the version

	// Because has the approvals of the version, oldest first, one for each subject; a
	// guest's is one of the subject who made the link. Of an approval that was carried
	// over it has those of the version that it came from. It reads at most the newest
	// 1,000 decisions on a version, and follows an approval through 100 versions; of one
	// that was carried over more often it has the review that did so.
	// If the version is not in force, it has those that count now.
	Because []Review     `json:"because"`
	Policy  *PolicyRules `json:"policy"` // nil: the policy does not describe itself

	// Missing is what has to be done, in the order in which it can be done, until
	// publishers get the content of the version, as that version or as a new one. It is
	// empty if and only if Publishable is true. If no version is in force and none was
	// named, it is about the current one. The policy's own rule may refuse a step.
	// A version that is not the current one cannot come into force itself. If the one in
	// force has the same content, the only element says so, and names it.
	Missing []Missing `json:"missing"`

	// WithdrawnBy is the review that withdrew the approval of the version or, if none
	// is in force and none was named, of the version that was in force last. It is nil
	// if there is none within the newest 1,000 decisions on the asset, or if an erasure
	// withdrew it.
	WithdrawnBy *Review `json:"withdrawn_by"`
}

// Publishable returns whether publishers get the selected version of an asset, and why,
// or what is missing. A publisher that reads the asset at the same time gets a version
// if and only if it is publishable. For SelectApproved, without a version in force, it
// returns a Publishability without a version rather than ErrNotApproved.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound, or
// ErrUnavailable.
func (l *Library) Publishable(ctx context.Context, by Actor, id ID, sel Selector) (_ *Publishability, err error) {
	ctx, op := l.observe(ctx, "Publishable", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkSelected(&id, sel); err != nil {
		return nil, err
	}
	var out *Publishability
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		out, err = l.publishability(ctx, r, by.Workspace, id, sel)
		return err
	})
	return out, err
}

func (l *Library) publishability(ctx context.Context, r Snapshot, ws string, id ID, sel Selector) (*Publishability, error) {
	_, inForce, err := selectVersion(ctx, r, ws, id, SelectApproved) // as publishers read
	nothing := errors.Is(err, ErrNotApproved)
	if err != nil && !nothing {
		return nil, err
	}
	a, err := r.Asset(ctx, ws, id)
	if err != nil {
		return nil, err
	}
	v := inForce
	unnamed := nothing && sel == SelectApproved
	if sel != SelectApproved || unnamed {
		n := Number(sel)
		if sel <= SelectCurrent {
			n = a.CurrentVersion
		}
		if v, err = r.Version(ctx, ws, id, n); err != nil {
			return nil, err
		}
	}
	return l.explain(ctx, r, a, v, inForce, unnamed)
}

// explain returns the Publishability of a version of an asset in the current perspective.
// inForce is without a number if none is. If the version is unnamed, none is and none was
// named.
func (l *Library) explain(ctx context.Context, r Snapshot, a *Asset, v, inForce Version, unnamed bool) (out *Publishability, err error) {
	out = &Publishability{Publishable: v.Number == inForce.Number, Policy: l.PolicyRules(), Missing: []Missing{}}
	if !unnamed {
		out.Version, out.SHA256 = v.Number, Optional(v.Content.SHA256)
	}
	if out.Publishable {
		out.Because, err = recordedApprovals(ctx, r, a, v.Number)
		return out, err
	}
	x := &explainer{lib: l, rows: r, asset: a, version: v, inForce: inForce, rules: out.Policy}
	if out.Missing, err = x.missing(ctx); err != nil {
		return nil, err
	}
	out.Because = x.counted
	if unnamed || v.Approval == ApprovalWithdrawn {
		out.WithdrawnBy, err = withdrawal(ctx, r, a, out.Version)
	}
	return out, err
}

// PolicyRules returns what the policy demands, or nil if it does not describe itself.
func (l *Library) PolicyRules() *PolicyRules {
	d, ok := l.cfg.Approver.(PolicyDescriber)
	if !ok {
		return nil
	}
	rules := d.Describe()
	return &rules
}

// Limits of what is read to find who approved a version.
const (
	maxApprovalDecisions = 1000 // on one version
	maxCarriedOver       = 100  // versions that an approval was carried over from
)

// recordedApprovals returns the approvals that brought a version into force, whatever
// today's policy is: see Publishability.Because.
func recordedApprovals(ctx context.Context, r Reader, a *Asset, n Number) ([]Review, error) {
	approvals, before := []Review{}, a.Revision+1
	for hops := 0; n != 0; hops++ {
		decisions, err := decisionsBefore(ctx, r, a, n, before)
		if err != nil {
			return nil, err
		}
		n = 0
		for _, d := range slices.Backward(decisions) {
			switch {
			case d.Action != ActionApprove:
			case d.CarriedFrom != 0 && hops < maxCarriedOver:
				n, before = d.CarriedFrom, d.Revision // the approvals of then
			case !slices.ContainsFunc(approvals, func(r Review) bool { return r.countsFor() == d.countsFor() }):
				approvals = append(approvals, d)
			}
		}
	}
	slices.SortFunc(approvals, func(a, b Review) int { return cmp.Or(cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.ID, b.ID)) })
	return approvals, nil
}

// decisionsBefore returns the decisions on a version that were recorded below a
// revision, since the last of them after which earlier approvals do not count, and at
// most the newest maxApprovalDecisions on the version.
func decisionsBefore(ctx context.Context, r Reader, a *Asset, n Number, before int64) (found []Review, err error) {
	err = readNewest(ctx, r, a, n, func(all []Review) (enough bool) {
		found = slices.DeleteFunc(all, func(d Review) bool { return d.Revision >= before })
		for i, d := range slices.Backward(found) {
			if d.Action != ActionApprove && d.Action != ActionSubmit {
				found = found[i+1:]
				return true
			}
		}
		return false
	})
	return found, err
}

// newestApproval returns the revision of the newest review that approved a version; 0 if
// there is none within the newest maxApprovalDecisions.
func newestApproval(ctx context.Context, r Reader, a *Asset, n Number) (revision int64, err error) {
	err = readNewest(ctx, r, a, n, func(all []Review) (enough bool) {
		for _, d := range slices.Backward(all) {
			if d.Action == ActionApprove && d.ToStatus == StatusApproved {
				revision = d.Revision
				return true
			}
		}
		return false
	})
	return revision, err
}

// readNewest gives look the newest decisions on a version, oldest first, each time more of
// them, until look reports that they are enough, and at most maxApprovalDecisions. It mostly
// takes one read.
func readNewest(ctx context.Context, r Reader, a *Asset, n Number, look func([]Review) (enough bool)) error {
	for limit := 8; ; limit = min(4*limit, maxApprovalDecisions) {
		all, err := r.Reviews(ctx, a.Workspace, a.ID, n, limit)
		if err != nil {
			return err
		}
		more := len(all) == limit && limit < maxApprovalDecisions
		if look(all) || !more {
			return nil
		}
	}
}

// Limits of how far back a decision on an asset is looked for.
const (
	maxDecisions = 1000
	decisionPage = 100
)

// eachDecision gives look the decisions on an asset before a position, newest first, until
// look reports that they are enough, and at most limit. What it has in memory at a time needs
// no reservation.
func eachDecision(ctx context.Context, r Snapshot, a *Asset, before ReviewPosition, limit int, look func(Review) (enough bool)) error {
	w := ReviewWindow{Before: before, Bytes: maxSmallResult, Decisions: true}
	for limit > 0 {
		w.Limit = min(limit, decisionPage)
		page, err := r.ReviewsBefore(ctx, a.Workspace, a.ID, w)
		if err != nil || slices.ContainsFunc(page, look) {
			return err
		}
		if len(page) < w.Limit && reviewsBytes(page) <= w.Bytes {
			return nil // it did not end early
		}
		limit -= len(page)
		last := page[len(page)-1]
		w.Before = ReviewPosition{Revision: last.Revision, ID: last.ID}
	}
	return nil
}

// withdrawal returns the review that withdrew the last approval of version n, or with 0
// that of the version that was in force last. It returns nil if it finds none.
func withdrawal(ctx context.Context, r Snapshot, a *Asset, n Number) (*Review, error) {
	var archived, approved Review
	requested := map[Number]Review{} // the oldest one found so far
	err := eachDecision(ctx, r, a, ReviewPosition{}, maxDecisions, func(d Review) (enough bool) {
		switch {
		case d.Action == ActionArchive:
			archived = d
		case d.Action == ActionRequestChanges:
			requested[d.Version] = d
		case d.Action == ActionApprove && d.ToStatus == StatusApproved && (n == 0 || d.Version == n):
			approved = d
		}
		return approved.ID != ""
	})
	if err != nil || approved.ID == "" {
		return nil, err
	}
	return withdrawalOf(ctx, r, a, approved.Version, requested[approved.Version], archived)
}

// withdrawalOf returns which of two reviews withdrew the approval of version n. It returns
// nil if none did: an erasure withdraws it without a review, and what was recorded after
// that has withdrawn nothing.
func withdrawalOf(ctx context.Context, r Snapshot, a *Asset, n Number, requested, archived Review) (*Review, error) {
	v, err := r.Version(ctx, a.Workspace, a.ID, n)
	if err != nil {
		return nil, missingRow(err, "a version of an asset")
	}
	for _, d := range []*Review{&requested, &archived} {
		if v.ErasedAt != 0 && d.At > v.ErasedAt {
			*d = Review{}
		}
	}
	return earlier(requested, archived), nil
}

// earlier returns the review that was recorded first; nil if both are zero.
func earlier(a, b Review) *Review {
	switch {
	case a.ID == "" && b.ID == "":
		return nil
	case a.ID == "" || b.ID != "" && b.Revision < a.Revision:
		return &b
	}
	return &a
}
