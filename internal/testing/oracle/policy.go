package oracle

import (
	"slices"
	"strings"
)

// Policy is what a host may demand.
type Policy struct {
	Quorum         int // distinct subjects; below 1 is 1
	ForbidSelf     bool
	RequireSubmit  bool
	RequireVersion bool
	Kinds          []string // beside user
	Rule           bool     // RuleCode is asked
}

func (p Policy) quorum() int { return max(1, p.Quorum) }

func (p Policy) mayApprove(kind string) bool {
	return kind == "user" || slices.Contains(p.Kinds, kind)
}

// RuleCode is the host's own rule of the tests: the asset's title decides. A
// host would look at its own tables.
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

// accepts tells whether an approval counts: a person's, and where the policy
// asks for it not by the creator of the version it was given on.
func (p Policy) accepts(a *Asset, r Review) bool {
	return p.mayApprove(r.ByKind) && (!p.ForbidSelf || r.By != a.Versions[r.Version-1].CreatedBy)
}

// byOthers leaves out approvals by a subject, where the policy asks for it: a
// carry-over judges the reviewers of version n against n's creator as well,
// also when they gave their approval to the version that n came from.
func (p Policy) byOthers(approvals []Review, creator string) []Review {
	return slices.DeleteFunc(approvals, func(r Review) bool { return p.ForbidSelf && r.By == creator })
}

// reached tells whether approvals suffice.
func (p Policy) reached(a *Asset, approvals []Review) bool {
	subjects := map[string]bool{}
	for _, r := range approvals {
		if p.accepts(a, r) {
			subjects[r.By] = true
		}
	}
	return len(subjects) >= p.quorum()
}

// approvals lists the approvals of version n as their first reviewers gave
// them: a carried one stands for those of the version it was carried from.
func (a *Asset) approvals(n int) []Review {
	var all []Review
	for _, r := range a.standing(n) {
		if r.CarriedFrom != 0 {
			all = append(all, a.approvals(r.CarriedFrom)...)
		} else {
			all = append(all, r)
		}
	}
	return all
}
