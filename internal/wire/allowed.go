package wire

import (
	"strings"

	"github.com/10ex/assets"
)

// Permissions is the response to the question which actions a caller is allowed.
type Permissions struct {
	Actions []Permission `json:"actions"`
}

// Permission is whether an action would be accepted, and if not, the code and the
// detail with which it would be refused.
type Permission struct {
	Action  assets.Action `json:"action"`
	Allowed bool          `json:"allowed"`
	Code    string        `json:"code,omitempty"`
	Detail  string        `json:"detail,omitempty"`
}

// PermissionsOf returns the response for the permissions that the Library returned.
// The detail of field errors has all of them, separated by semicolons.
func PermissionsOf(all []assets.Permission) Permissions {
	p := Permissions{Actions: make([]Permission, len(all))}
	for i, a := range all {
		p.Actions[i] = Permission{Action: a.Action, Allowed: a.Err == nil}
		if a.Err == nil {
			continue
		}
		f := Describe(a.Err)
		p.Actions[i].Code, p.Actions[i].Detail = f.Code, f.Detail
		if len(f.Fields) > 0 {
			p.Actions[i].Detail = joined(f.Fields)
		}
	}
	return p
}

func joined(fields []*assets.FieldError) string {
	var texts []string
	for _, f := range fields {
		texts = append(texts, f.Error())
	}
	return strings.Join(texts, "; ")
}
