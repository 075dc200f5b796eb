package oracle

import "slices"

// Content is the input of Create and AddVersion. Only Create uses Title.
type Content struct {
	Descriptor
	Title  string
	Submit bool
}

// Create adds an asset under the id that the Library gave it. It returns OK or
// an error code.
func (m *Model) Create(by Actor, id string, c Content) string {
	if !by.may("write") {
		return "forbidden_scope"
	}
	if c.Submit {
		if code := m.Policy.rule(c.Title, "submit"); code != OK {
			return code
		}
	}
	a := &Asset{Workspace: by.Workspace, Title: c.Title, Status: "draft"}
	m.Assets[id] = a
	a.Versions = []Version{{Descriptor: c.Descriptor, CreatedBy: by.Subject}}
	a.submitAtOnce(by, c.Submit)
	return m.change(by, id, "created", 1, c.Submit)
}

// AddVersion adds a version. It returns OK, Unchanged or an error code.
func (m *Model) AddVersion(by Actor, id string, c Content, ifRevision []int) string {
	a, code := m.writable(by, id, ifRevision)
	if code != OK {
		return code
	}
	if current := a.Versions[a.Current()-1]; current.Descriptor == c.Descriptor && !current.Erased {
		return Unchanged
	}
	if c.Submit {
		if code := m.Policy.rule(a.Title, "submit"); code != OK {
			return code
		}
	}
	a.addVersion(Version{Descriptor: c.Descriptor, CreatedBy: by.Subject})
	a.submitAtOnce(by, c.Submit)
	return m.change(by, id, "version_added", a.Current(), c.Submit)
}

// addVersion appends a version. A pending review stays one, of the version that
// was submitted; an approved asset becomes a draft.
func (a *Asset) addVersion(v Version) {
	a.Versions = append(a.Versions, v)
	if a.Status == "approved" {
		a.Status = "draft"
	}
}

func (a *Asset) submitAtOnce(by Actor, submit bool) {
	if submit {
		from := a.Status
		a.Status, a.Submitted = "pending_review", a.Current()
		a.review(by, Review{Version: a.Current(), Action: "submit", From: from})
	}
}

// Rollback appends a version with the content of version n. It returns OK,
// Unchanged or an error code.
func (m *Model) Rollback(by Actor, id string, n int, reason string, ifRevision []int) string {
	if !by.may("write") {
		return "forbidden_scope"
	}
	if n < 1 {
		return "validation_error"
	}
	if a := m.find(by, id); a != nil && n > a.Current() {
		return "not_found"
	}
	a, code := m.writable(by, id, ifRevision)
	if found := m.find(by, id); found != nil && found.Versions[n-1].Erased && (code == OK || code == "invalid_transition") {
		return "erased"
	}
	if code != OK {
		return code
	}
	source := a.Versions[n-1]
	if current := a.Versions[a.Current()-1]; current.Descriptor == source.Descriptor && !current.Erased {
		return Unchanged
	}
	carry := source.Approval == "given" && by.may("approve") && m.Policy.mayApprove(by.Kind) &&
		(source.Disclosed || !m.Policy.Disclosure) &&
		m.Policy.reached(a, m.Policy.byOthers(a.approvals(n), source.CreatedBy))
	if carry {
		switch code := m.Policy.rule(a.Title, "approve"); code {
		case OK:
		case "refused_by_policy":
			carry = false
		default:
			return code
		}
	}
	from := a.Status
	a.addVersion(Version{Descriptor: source.Descriptor, CreatedBy: by.Subject, RolledBackFrom: n})
	if carry {
		a.approve(a.Current())
		a.review(by, Review{Version: a.Current(), Action: "approve", From: from, CarriedFrom: n, Comment: reason})
	}
	return m.change(by, id, "rolled_back", a.Current(), carry)
}

// writable returns the asset if the caller may change it, or an error code.
func (m *Model) writable(by Actor, id string, ifRevision []int) (*Asset, string) {
	if !by.may("write") {
		return nil, "forbidden_scope"
	}
	a := m.find(by, id)
	switch {
	case a == nil:
		return nil, "not_found"
	case ifRevision != nil && !slices.Contains(ifRevision, a.Revision):
		return nil, "precondition_failed"
	case a.Status == "archived":
		return nil, "invalid_transition"
	}
	return a, OK
}

// Edit changes the title and, when not nil, the campaign. It returns OK,
// Unchanged or an error code.
func (m *Model) Edit(by Actor, id, title string, campaign *string, ifRevision []int) string {
	a, code := m.writable(by, id, ifRevision)
	if code != OK {
		return code
	}
	next := a.Campaign
	if campaign != nil {
		next = *campaign
	}
	if a.Title == title && a.Campaign == next {
		return Unchanged
	}
	if a.Approved != 0 {
		if code := m.wouldApprove(by); code != OK {
			return code
		}
	}
	a.Title, a.Campaign = title, next
	return m.change(by, id, "edited", 0, false)
}

// Delete removes a draft of which no version was ever approved. It returns OK or
// an error code.
func (m *Model) Delete(by Actor, id string, ifRevision []int) string {
	if !by.may("write") {
		return "forbidden_scope"
	}
	a := m.find(by, id)
	switch {
	case a == nil:
		return "not_found"
	case ifRevision != nil && !slices.Contains(ifRevision, a.Revision):
		return "precondition_failed"
	case a.Status != "draft" || a.EverApproved:
		return "not_draft"
	}
	m.change(by, id, "deleted", 0, false)
	delete(m.Assets, id)
	return OK
}
