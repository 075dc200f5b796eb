package oracle

import (
	"slices"
	"strings"
)

// Decision is the input of Review. Version 0 names no version.
type Decision struct {
	Action, SHA256, Comment string
	Version                 int
	IfRevision              []int
}

// Review checks a decision in the order of the contract and applies it. It
// returns OK, Unchanged or an error code.
func (m *Model) Review(by Actor, id string, d Decision) string {
	if code := m.admit(by, d); code != OK {
		return code
	}
	a := m.find(by, id)
	switch {
	case a == nil:
		return "not_found"
	case d.IfRevision != nil && !slices.Contains(d.IfRevision, a.Revision):
		return "precondition_failed"
	}
	if code := a.reviewable(d); code != OK {
		return code
	}
	d.Comment = strings.TrimSpace(d.Comment)
	switch d.Action {
	case "submit":
		return m.submit(by, id, a, d)
	case "approve":
		return m.approve(by, id, a, d)
	case "request_changes":
		return m.requestChanges(by, id, a, d)
	case "archive":
		return m.archive(by, id, a, d)
	}
	return m.reopen(by, id, a, d)
}

// admit returns the error code that is known before any look-up, or OK.
func (m *Model) admit(by Actor, d Decision) string {
	deciding := d.Action == "approve" || d.Action == "request_changes"
	switch {
	case !by.may("write") && !by.may("approve"):
		return "forbidden_scope"
	case d.SHA256 != "" && d.Version == 0, d.Version < 0,
		d.Action == "request_changes" && strings.TrimSpace(d.Comment) == "",
		m.Policy.RequireVersion && d.Version == 0:
		return "validation_error"
	case deciding && !by.may("approve"), !deciding && !by.may("write"):
		return "forbidden_scope"
	case d.Action == "approve" && !m.Policy.mayApprove(by.Kind):
		return "agent_cannot_approve"
	}
	return OK
}

// wouldApprove returns OK if the caller may change what is approved, or an error
// code.
func (m *Model) wouldApprove(by Actor) string {
	switch {
	case !by.may("approve"):
		return "forbidden_scope"
	case !m.Policy.mayApprove(by.Kind):
		return "agent_cannot_approve"
	}
	return OK
}

// names reports whether a decision is about version n: it names n or no version,
// and the digest of n or no digest.
func (a *Asset) names(d Decision, n int) bool {
	return (d.Version == 0 || d.Version == n) && (d.SHA256 == "" || d.SHA256 == a.Versions[n-1].SHA256)
}

func (m *Model) submit(by Actor, id string, a *Asset, d Decision) string {
	cur := a.Current()
	switch {
	case !a.names(d, cur):
		return "version_conflict"
	case a.Status == "pending_review" && a.Submitted == cur:
		return Unchanged
	case a.Status != "draft" && a.Status != "pending_review":
		return "invalid_transition"
	}
	if code := m.Policy.rule(a.Title, d.Action); code != OK {
		return code
	}
	from := a.Status
	a.Status, a.Submitted = "pending_review", cur
	a.review(by, Review{Version: cur, Action: d.Action, From: from, Comment: d.Comment})
	return m.change(by, id, d.Action, cur, true)
}

func (m *Model) approve(by Actor, id string, a *Asset, d Decision) string {
	if m.approvalInEffect(by, a, d) {
		return Unchanged
	}
	n := a.Current()
	if d.Version == 0 {
		switch {
		case a.Status != "pending_review":
			return "invalid_transition" // nothing is submitted
		case a.Submitted != n:
			return "version_conflict"
		}
	}
	last, _ := a.lastReview(n)
	switch {
	case !a.names(d, n):
		return "version_conflict"
	case a.Status != "pending_review" && a.Status != "draft",
		a.Status == "draft" && last == "request_changes",
		m.Policy.RequireSubmit && (a.Status != "pending_review" || a.Submitted != n):
		return "invalid_transition"
	case m.Policy.ForbidSelf && a.Versions[n-1].CreatedBy == by.counts():
		return "self_approval"
	case m.Policy.Disclosure && !a.Versions[n-1].Disclosed:
		return "refused_by_policy"
	}
	if code := m.Policy.rule(a.Title, d.Action); code != OK {
		return code
	}
	from := a.Status
	votes := append(a.counted(n), Review{Version: n, By: by.Subject, ByKind: by.Kind, InvitedBy: by.InvitedBy})
	switch {
	case m.Policy.reached(a, votes):
		a.approve(n)
	case from == "draft":
		a.Status, a.Submitted = "pending_review", n
	}
	a.review(by, Review{Version: n, Action: d.Action, From: from, Comment: d.Comment})
	return m.change(by, id, d.Action, n, true)
}

// approvalInEffect reports whether the version of the decision is approved, or is
// the current one and has a counted approval by the caller. With another digest
// it is false.
func (m *Model) approvalInEffect(by Actor, a *Asset, d Decision) bool {
	n := d.Version
	switch {
	case n == 0 && a.Status == "approved":
		n = a.Current()
	case n == 0 && a.Status == "pending_review" && a.Submitted == a.Current():
		n = a.Current()
	case n == 0, n > a.Current():
		return false
	}
	voted := n == a.Current() && slices.ContainsFunc(a.counted(n), func(r Review) bool {
		return r.counts() == by.counts() && m.Policy.accepts(a, r)
	})
	return a.names(d, n) && (n == a.Approved || voted)
}

// approve makes version n the approved one.
func (a *Asset) approve(n int) {
	a.Versions[n-1].Approval = "given"
	a.Status, a.Approved, a.Submitted, a.EverApproved = "approved", n, 0, true
}

func (m *Model) requestChanges(by Actor, id string, a *Asset, d Decision) string {
	n := d.Version
	if n == 0 {
		n = a.Current()
	}
	if n > a.Current() {
		return "version_conflict"
	}
	if last, subject := a.lastReview(n); last == d.Action && subject == by.Subject && a.names(d, n) {
		return Unchanged
	}
	given, current := a.Versions[n-1].Approval == "given", n == a.Current()
	switch {
	case !a.names(d, n), !current && !given,
		d.Version == 0 && a.Status == "pending_review" && a.Submitted != n:
		return "version_conflict"
	case a.Status == "archived", current && a.Status == "draft":
		return "invalid_transition"
	}
	if given {
		if code := m.wouldApprove(by); code != OK {
			return code
		}
	}
	if code := m.Policy.rule(a.Title, d.Action); code != OK {
		return code
	}
	from := a.Status
	a.withdraw(n)
	if current {
		a.Status, a.Submitted = "draft", 0
	}
	a.review(by, Review{Version: n, Action: d.Action, From: from, Comment: d.Comment})
	return m.change(by, id, d.Action, n, true)
}

// withdraw withdraws the approval of version n, if it has one. No older version
// becomes the approved one.
func (a *Asset) withdraw(n int) {
	if a.Versions[n-1].Approval == "given" {
		a.Versions[n-1].Approval = "withdrawn"
	}
	if a.Approved == n {
		a.Approved = 0
	}
}

func (m *Model) archive(by Actor, id string, a *Asset, d Decision) string {
	cur := a.Current()
	switch {
	case !a.names(d, cur):
		return "version_conflict"
	case a.Status == "archived":
		return Unchanged
	}
	if a.anyGiven() {
		if code := m.wouldApprove(by); code != OK {
			return code
		}
	}
	if code := m.Policy.rule(a.Title, d.Action); code != OK {
		return code
	}
	from := a.Status
	for i := range a.Versions {
		a.withdraw(i + 1)
	}
	a.Status, a.Submitted = "archived", 0
	a.review(by, Review{Version: cur, Action: d.Action, From: from, Comment: d.Comment})
	return m.change(by, id, d.Action, cur, true)
}

func (m *Model) reopen(by Actor, id string, a *Asset, d Decision) string {
	cur := a.Current()
	switch {
	case !a.names(d, cur):
		return "version_conflict"
	case a.Status == "draft":
		return Unchanged
	case a.Status != "archived":
		return "invalid_transition"
	}
	if code := m.Policy.rule(a.Title, d.Action); code != OK {
		return code
	}
	a.Status = "draft"
	a.review(by, Review{Version: cur, Action: d.Action, From: "archived", Comment: d.Comment})
	return m.change(by, id, d.Action, cur, true)
}

// Comment records a comment on a version, which changes nothing else.
func (m *Model) Comment(by Actor, id string, n int, text string) string {
	a := m.find(by, id)
	switch {
	case !by.may("write") && !by.may("approve"):
		return "forbidden_scope"
	case n < 1, strings.TrimSpace(text) == "":
		return "validation_error"
	case a == nil, n > a.Current():
		return "not_found"
	}
	a.review(by, Review{Version: n, Action: "comment", From: a.Status, Comment: text})
	return m.change(by, id, "comment", n, true)
}

// Item is one asset of a bulk review.
type Item struct {
	ID, SHA256 string
	Version    int
}

// Bulk applies a decision to the items in id order. It returns an error code for
// the whole call, or OK and the result of each item by id.
func (m *Model) Bulk(by Actor, items []Item, d Decision) (string, map[string]string) {
	refusal := OK
	for _, it := range items {
		d.Version, d.SHA256 = it.Version, it.SHA256
		if code := m.admit(by, d); refusal == OK || code == "validation_error" {
			refusal = code
		}
	}
	if refusal != OK {
		return refusal, nil
	}
	results := map[string]string{}
	for _, it := range slices.SortedFunc(slices.Values(items), func(x, y Item) int { return strings.Compare(x.ID, y.ID) }) {
		d.Version, d.SHA256 = it.Version, it.SHA256
		results[it.ID] = m.Review(by, it.ID, d)
	}
	return OK, results
}
