package assets

import "slices"

// Can says whether the actor has a scope, by name or through ScopeAll.
func (a Actor) Can(s Scope) bool {
	return slices.Contains(a.Scopes, s) || slices.Contains(a.Scopes, ScopeAll)
}

// Check answers ErrUnauthorized for an actor that is not complete: "no
// workspace" never means every workspace.
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

// admit is the first check of every method: a complete actor with the scope.
func (l *Library) admit(by *Actor, s Scope) error {
	if err := by.Check(); err != nil {
		return err
	}
	if by.Via == "" {
		by.Via = ViaGo
	}
	if !by.Can(s) {
		return Errorf(ErrForbiddenScope, "the credential lacks the scope %s", s)
	}
	return nil
}
