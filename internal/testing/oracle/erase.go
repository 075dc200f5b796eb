package oracle

import "strings"

// Erase erases the content of version n and of every version that shares it. It returns OK,
// Unchanged or an error code.
func (m *Model) Erase(by Actor, id string, n int, reason string) string {
	a := m.find(by, id)
	switch {
	case by.Kind != "user":
		return "forbidden_kind"
	case !by.may("approve"):
		return "forbidden_scope"
	case n < 1, strings.TrimSpace(reason) == "":
		return "validation_error"
	case a == nil, n > a.Current():
		return "not_found"
	case a.Versions[n-1].Erased:
		return Unchanged
	}
	source := a.source(n)
	for i := range a.Versions {
		v := &a.Versions[i]
		if a.source(i+1) != source {
			continue
		}
		v.Erased = true
		if v.Approval == "given" {
			v.WithdrawnBy = by.Subject
		}
		a.withdraw(i + 1)
	}
	if a.Versions[a.Current()-1].Erased && a.Status != "archived" {
		a.Status, a.Submitted = "draft", 0
	}
	return m.change(by, id, "erased", n, false)
}

// source returns the version whose content version n has: itself, or that of a rollback.
func (a *Asset) source(n int) int {
	for from := n; from != 0; from = a.Versions[n-1].RolledBackFrom {
		n = from
	}
	return n
}

// reviewable returns the code of a submit or an approval of a version whose content was
// erased, or OK.
func (a *Asset) reviewable(d Decision) string {
	n := d.Version
	switch {
	case n != 0:
	case d.Action == "submit":
		n = a.Current()
	default:
		n = a.Submitted
	}
	reviewed := d.Action == "submit" || d.Action == "approve"
	if reviewed && n >= 1 && n <= a.Current() && a.Versions[n-1].Erased {
		return "erased"
	}
	return OK
}
