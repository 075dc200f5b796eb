// Package oracle is a second, much simpler account of the rules of review and
// publishing: plain maps, one function per action, no storage, no policy
// package. Tests drive it beside the Library with the same calls and compare.
//
// The one rule to know: it was written from the contract alone. Where it and
// the Library differ, the contract's sentence decides, never the other's code.
package oracle

import "slices"

// Codes of the wire that the model answers; "" is success.
const (
	OK        = ""
	Unchanged = "unchanged" // success that recorded nothing
)

// Actor is who calls.
type Actor struct {
	Workspace, Subject, Kind string
	Scopes                   []string // read, write, approve, *
}

func (a Actor) may(scope string) bool {
	return slices.Contains(a.Scopes, scope) || slices.Contains(a.Scopes, "*")
}

// Descriptor is what an approval binds; its fields are compared only.
type Descriptor struct{ SHA256, MediaType, Filename, Provenance string }

// Version is one immutable content.
type Version struct {
	Descriptor
	RolledBackFrom int
	Approval       string // "", given, withdrawn
	CreatedBy      string
}

// Review is one recorded decision.
type Review struct {
	Version     int
	Action      string
	From, To    string
	Comment     string
	CarriedFrom int
	By, ByKind  string
}

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

// lastReview is the action and author of the newest review of version n.
func (a *Asset) lastReview(n int) (action, by string) {
	for _, r := range a.Reviews {
		if r.Version == n {
			action, by = r.Action, r.By
		}
	}
	return action, by
}

// standing lists the approvals of version n that count: those since its last
// request_changes, archive or reopen.
func (a *Asset) standing(n int) []Review {
	var counted []Review
	for _, r := range a.Reviews {
		switch {
		case r.Version != n:
		case r.Action == "approve":
			counted = append(counted, r)
		case r.Action != "submit":
			counted = nil
		}
	}
	return counted
}

func (a *Asset) anyGiven() bool {
	return slices.ContainsFunc(a.Versions, func(v Version) bool { return v.Approval == "given" })
}

// World is every asset, by id, and the journal.
type World struct {
	Policy  Policy
	Assets  map[string]*Asset
	Journal []Event
}

// New makes an empty world under a policy.
func New(p Policy) *World { return &World{Policy: p, Assets: map[string]*Asset{}} }

// find hides other workspaces' assets.
func (w *World) find(by Actor, id string) *Asset {
	if a := w.Assets[id]; a != nil && a.Workspace == by.Workspace {
		return a
	}
	return nil
}

// change is the commit of one asset's change: one revision, one journal row.
func (w *World) change(by Actor, id, kind string, version int, reviewed bool) string {
	a := w.Assets[id]
	a.Revision++
	w.Journal = append(w.Journal, Event{id, version, kind, a.Status, reviewed, by.Subject})
	return OK
}

// review records a decision.
func (a *Asset) review(by Actor, r Review) {
	r.By, r.ByKind, r.To = by.Subject, by.Kind, a.Status
	a.Reviews = append(a.Reviews, r)
}

// Would answers what Review would, and changes nothing.
func (w *World) Would(by Actor, id string, d Decision) string {
	try := &World{Policy: w.Policy, Assets: map[string]*Asset{}}
	if a := w.Assets[id]; a != nil {
		twin := *a
		twin.Versions, twin.Reviews = slices.Clone(a.Versions), slices.Clone(a.Reviews)
		try.Assets[id] = &twin
	}
	return try.Review(by, id, d)
}
