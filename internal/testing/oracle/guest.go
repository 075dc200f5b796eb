package oracle

import "strings"

// Link lets a person without an account comment on one version of an asset or, if Decide
// is set, decide about it once.
type Link struct {
	Workspace, Asset, Name, InvitedBy string

	Version int
	Decide  bool
	Ends    int // the hour of the model in which it expires
	Revoked bool
	Decided string // the action of the decision that was made with it
}

// Invite adds a link of an asset under the id that the Library gave it. Version 0 is the
// current one. It returns OK or an error code. That a link of an archived asset is
// invalid_transition, and comes before refused_by_policy, is taken from the Library.
func (m *Model) Invite(by Actor, id string, link Link) string {
	a := m.find(by, link.Asset)
	code := by.mayInvite()
	switch {
	case code != OK:
		return code
	case link.Version < 0:
		return "validation_error"
	case a == nil, link.Version > a.Current():
		return "not_found"
	case a.Status == "archived":
		return "invalid_transition"
	case link.Decide && !m.Policy.Guests:
		return "refused_by_policy"
	}
	if link.Version == 0 {
		link.Version = a.Current()
	}
	link.Workspace, link.InvitedBy = by.Workspace, by.Subject
	m.Links[id] = &link
	return OK
}

// Revoke ends a link. It returns OK or an error code.
func (m *Model) Revoke(by Actor, id string) string {
	if code := by.mayInvite(); code != OK {
		return code
	}
	link := m.Links[id]
	if link == nil || m.find(by, link.Asset) == nil {
		return "not_found"
	}
	link.Revoked = true
	return OK
}

// mayInvite returns OK if the actor may manage links, or an error code.
func (a Actor) mayInvite() string {
	switch {
	case a.Kind != "user":
		return "forbidden_kind"
	case !a.may("approve"):
		return "forbidden_scope"
	}
	return OK
}

// Answer records what the person with a link says: approve, request_changes or comment. It
// returns OK or an error code. As in admitGuest, it is taken from the Library that the input
// is checked before the rights, and which code a link of a deleted asset has.
func (m *Model) Answer(id, action, comment string) string {
	link := m.Links[id]
	a := m.Assets[link.Asset]
	switch {
	case a == nil && m.Hour >= link.Ends:
		return "expired"
	case a == nil:
		return "not_found"
	case action != "approve" && strings.TrimSpace(comment) == "":
		return "validation_error"
	}
	if code := m.admitGuest(link, a, action); code != OK {
		return code
	}
	guest := Actor{
		Workspace: link.Workspace, Subject: "guest:" + link.Name, Kind: "user", Scopes: []string{"read", "approve"}, InvitedBy: link.InvitedBy,
	}
	if action == "comment" {
		return m.Comment(guest, link.Asset, link.Version, comment)
	}
	switch code := m.Review(guest, link.Asset, Decision{Action: action, Version: link.Version, Comment: comment}); code {
	case OK:
		link.Decided = action
		return OK
	case Unchanged:
		return "invalid_transition" // it counts already
	default:
		return code
	}
}

// admitGuest is the table of rights of a link: a guest may comment on the version of the
// link while it is the current one, and decide about it once, while it is not approved. It
// returns OK or an error code.
//
// The contract has these rights, and that a revoked or expired link is 410 and a
// decision that the policy does not let guests make is refused_by_policy. It states neither
// which code comes first if several apply, nor these codes: withdrawn for a link of an
// archived asset, forbidden_scope for a decision with a link for comments, version_conflict
// for an overtaken version, invalid_transition for a second decision or one about an approved
// version, and erased. They and the order of the cases are taken from the Library, so that a
// comparison shows that it keeps to them, and not that they are right.
func (m *Model) admitGuest(link *Link, a *Asset, action string) string {
	deciding := action != "comment"
	switch {
	case link.Revoked:
		return "withdrawn"
	case m.Hour >= link.Ends:
		return "expired"
	case a.Status == "archived":
		return "withdrawn"
	case deciding && !link.Decide:
		return "forbidden_scope"
	case deciding && !m.Policy.Guests:
		return "refused_by_policy"
	case link.Version != a.Current():
		return "version_conflict"
	case !deciding:
		return OK
	case link.Decided != "":
		return "invalid_transition"
	case action == "approve" && a.Versions[link.Version-1].Erased:
		return "erased"
	case a.Versions[link.Version-1].Approval == "given":
		return "invalid_transition" // never a withdrawal
	}
	return OK
}

// WouldAnswer returns what Answer would return, and changes nothing.
func (m *Model) WouldAnswer(id, action string) string {
	link := *m.Links[id]
	try := m.trial(link.Asset)
	try.Links[id] = &link
	return try.Answer(id, action, "why")
}
