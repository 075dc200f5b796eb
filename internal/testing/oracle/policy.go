package oracle

import (
	"slices"
	"strings"
)

// Policy is the part of the rules that a host can choose.
type Policy struct {
	Quorum         int // distinct subjects; below 1 is 1
	ForbidSelf     bool
	RequireSubmit  bool
	RequireVersion bool
	Disclosure     bool     // only what is Disclosed is approved
	Kinds          []string // beside user
	Rule           bool     // RuleCode applies too
	Guests         bool     // people with a review link may decide
}

func (p Policy) quorum() int { return max(1, p.Quorum) }

func (p Policy) mayApprove(kind string) bool {
	return kind == "user" || slices.Contains(p.Kinds, kind)
}

// RuleCode is the host's own rule in the tests: the asset's title decides. It
// returns OK or an error code.
func RuleCode(title, action string) string {
	switch {
	case strings.HasPrefix(title, "refuse "+action):
		return "refused_by_policy"
	case strings.HasPrefix(title, "fail "+action), strings.HasPrefix(title, "panic "+action):
		return "internal_error"
	}
	return OK
}

func (p Policy) rule(title, action string) string {
	if !p.Rule {
		return OK
	}
	return RuleCode(title, action)
}

// accepts reports whether an approval counts: its author may approve and, under
// ForbidSelf, is not the creator of the version it was given for. A guest counts as who
// invited, while guests may decide.
func (p Policy) accepts(a *Asset, r Review) bool {
	return p.mayApprove(r.ByKind) && (p.Guests || r.InvitedBy == "") && (!p.ForbidSelf || r.counts() != a.Versions[r.Version-1].CreatedBy)
}

// byOthers returns the approvals without those of the creator, under ForbidSelf.
// A rollback to version n needs it: the creator of n does not count, even for an
// approval given to the version from which that of n was carried.
func (p Policy) byOthers(approvals []Review, creator string) []Review {
	return slices.DeleteFunc(approvals, func(r Review) bool { return p.ForbidSelf && r.counts() == creator })
}

// reached reports whether the approvals suffice.
func (p Policy) reached(a *Asset, approvals []Review) bool {
	subjects := map[string]bool{}
	for _, r := range approvals {
		if p.accepts(a, r) {
			subjects[r.counts()] = true
		}
	}
	return len(subjects) >= p.quorum()
}

// Standing returns the approvals that count for version n under the policy, one of each
// subject.
func (m *Model) Standing(id string, n int) []Review {
	a := m.Assets[id]
	var all []Review
	for _, r := range a.approvals(n) {
		same := func(other Review) bool { return other.counts() == r.counts() }
		if m.Policy.accepts(a, r) && !slices.ContainsFunc(all, same) {
			all = append(all, r)
		}
	}
	return all
}

// approvals returns the approvals of version n as their reviewers gave them: a
// carried one is replaced by those of the version it was carried from.
func (a *Asset) approvals(n int) []Review {
	var all []Review
	for _, r := range a.counted(n) {
		if r.CarriedFrom != 0 {
			all = append(all, a.approvals(r.CarriedFrom)...)
		} else {
			all = append(all, r)
		}
	}
	return all
}
