// Package oracle is a second, much simpler implementation of the rules of review
// and publishing: plain maps, one function per action, no storage, no policy
// package. Tests make the same calls to it and to the Library and compare.
//
// The one rule to know: it was written from the contract alone, except where a
// comment says what is taken from the Library, as for review links. Where it and
// the Library differ, the contract decides which of them is wrong.
package oracle

import (
	"cmp"
	"slices"
)

// Results of calls beside the error codes of the wire.
const (
	OK        = ""          // success
	Unchanged = "unchanged" // success that recorded nothing
)

// Actor is the caller.
type Actor struct {
	Workspace, Subject, Kind string
	Scopes                   []string // read, write, approve, *
	InvitedBy                string   // of a guest: who made the link
}

// counts returns the subject that the actor's decisions count for: of a guest, who invited.
func (a Actor) counts() string { return cmp.Or(a.InvitedBy, a.Subject) }

func (a Actor) may(scope string) bool {
	return slices.Contains(a.Scopes, scope) || slices.Contains(a.Scopes, "*")
}

// Descriptor is what an approval is given for. Its texts are only compared.
type Descriptor struct {
	SHA256, MediaType, Filename, Provenance string

	Disclosed bool // its provenance has a known source type
}

// Version is one immutable content.
type Version struct {
	Descriptor
	RolledBackFrom int
	Approval       string // "", given, withdrawn
	CreatedBy      string
	Erased         bool
	WithdrawnBy    string // who has erased it while its approval was given
}

// Review is one recorded decision, or a comment.
type Review struct {
	Version     int
	Action      string
	From, To    string
	Comment     string
	CarriedFrom int
	By, ByKind  string
	InvitedBy   string // of a guest
}

// counts returns the subject that the review counts for: of a guest, who invited.
func (r Review) counts() string { return cmp.Or(r.InvitedBy, r.By) }

// Event is one journal row.
type Event struct {
	Asset    string
	Version  int
	Kind     string
	Status   string
	Reviewed bool
	By       string
}

// Asset is the thing under review; version n is Versions[n-1].
type Asset struct {
	Workspace, Title, Campaign string
	Status                     string
	Versions                   []Version
	Approved                   int // the version in force, or 0
	Submitted                  int // while pending_review
	EverApproved               bool
	Revision                   int
	Reviews                    []Review
}

// Current is the number of the newest version.
func (a *Asset) Current() int { return len(a.Versions) }

// Shown returns the status of the asset where it is shown with version n.
func (a *Asset) Shown(n int) string {
	switch {
	case n == a.Current():
		return a.Status
	case n == a.Approved:
		return "approved"
	case a.Status == "archived":
		return "archived"
	}
	return "draft"
}

// lastReview returns the action and author of the newest decision on version n.
func (a *Asset) lastReview(n int) (action, by string) {
	last := a.LastReview(n)
	return last.Action, last.By
}

// LastReview returns the newest decision on version n, or with 0 on any version. A
// comment is none.
func (a *Asset) LastReview(n int) (last Review) {
	for _, r := range a.Reviews {
		if (n == 0 || r.Version == n) && r.Action != "comment" {
			last = r
		}
	}
	return last
}

// LastInForce returns the version that was approved last, or 0.
func (a *Asset) LastInForce() (n int) {
	for _, r := range a.Reviews {
		if r.Action == "approve" && r.To == "approved" {
			n = r.Version
		}
	}
	return n
}

// SubmittedBy returns who submitted what waits, by a submit or by the approval of a
// draft; "" if nothing waits.
func (a *Asset) SubmittedBy() (by string) {
	if a.Status != "pending_review" {
		return ""
	}
	for _, r := range a.Reviews {
		if r.To == "pending_review" && (r.Action == "submit" || r.From == "draft") {
			by = r.By
		}
	}
	return by
}

// counted returns the approvals of version n since its last request_changes,
// archive or reopen.
func (a *Asset) counted(n int) []Review {
	var approvals []Review
	for _, r := range a.Reviews {
		switch {
		case r.Version != n, r.Action == "comment":
		case r.Action == "approve":
			approvals = append(approvals, r)
		case r.Action != "submit":
			approvals = nil
		}
	}
	return approvals
}

func (a *Asset) anyGiven() bool {
	return slices.ContainsFunc(a.Versions, func(v Version) bool { return v.Approval == "given" })
}

// Model is all assets and review links, by id, and the journal.
type Model struct {
	Policy  Policy
	Assets  map[string]*Asset
	Links   map[string]*Link
	Journal []Event
	Hour    int // the time
}

// New returns a model without assets, under a policy.
func New(p Policy) *Model {
	return &Model{Policy: p, Assets: map[string]*Asset{}, Links: map[string]*Link{}}
}

// find returns an asset of the caller's workspace, or nil.
func (m *Model) find(by Actor, id string) *Asset {
	if a := m.Assets[id]; a != nil && a.Workspace == by.Workspace {
		return a
	}
	return nil
}

// change records the change of one asset: one revision, one journal row. It
// returns OK.
func (m *Model) change(by Actor, id, kind string, version int, reviewed bool) string {
	a := m.Assets[id]
	a.Revision++
	m.Journal = append(m.Journal, Event{id, version, kind, a.Status, reviewed, by.Subject})
	return OK
}

// review records a decision.
func (a *Asset) review(by Actor, r Review) {
	r.By, r.ByKind, r.InvitedBy, r.To = by.Subject, by.Kind, by.InvitedBy, a.Status
	a.Reviews = append(a.Reviews, r)
}

// Would returns what Review would return, and changes nothing.
func (m *Model) Would(by Actor, id string, d Decision) string { return m.trial(id).Review(by, id, d) }

// trial returns a model with a copy of one asset, and without links.
func (m *Model) trial(id string) *Model {
	try := New(m.Policy)
	try.Hour = m.Hour
	if a := m.Assets[id]; a != nil {
		twin := *a
		twin.Versions, twin.Reviews = slices.Clone(a.Versions), slices.Clone(a.Reviews)
		try.Assets[id] = &twin
	}
	return try
}
