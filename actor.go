package assets

import "slices"

// Can reports whether the actor has a scope, by name or through ScopeAll.
func (a Actor) Can(s Scope) bool {
	return slices.Contains(a.Scopes, s) || slices.Contains(a.Scopes, ScopeAll)
}

// Check returns ErrUnauthorized for an actor without a workspace or subject or of
// an unknown kind. An actor without a workspace never means all workspaces.
func (a Actor) Check() error {
	if !wellFormed(a.Workspace, MaxHostID) || !wellFormed(a.Subject, MaxHostID) {
		return ErrUnauthorized
	}
	switch a.Kind {
	case KindUser, KindAgent, KindService:
		return nil
	}
	return ErrUnauthorized
}
