package apidoc

// dashboardMembers are the members of what a dashboard reads about the caller.
func dashboardMembers() map[string]*schema {
	return map[string]*schema{
		"Caller.workspace_id": described("The tenant of the credential. All other routes read and change only what belongs to it."),
		"Caller.subject":      described("The person, agent or service that the credential acts for."),
		"Caller.scopes":       described("The scopes of the credential. `*` includes the three others."),

		"actions":           described("One entry for each action."),
		"allowed":           described("Whether the approval route would accept the action now."),
		"Permission.code":   described("The error code of the refusal. Absent if the action is allowed."),
		"Permission.detail": described("A description of the refusal for people. Absent if the action is allowed."),
	}
}
