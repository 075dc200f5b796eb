package apidoc

import (
	"reflect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// linkDetails has the member that only the operation that makes a review link returns.
func linkDetails() map[reflect.Type]rest.Detail {
	return map[reflect.Type]rest.Detail{
		reflect.TypeFor[assets.ReviewLink](): {Name: "ReviewLinkWithURL", Members: []string{"url"}},
	}
}

// linkValues has the schemas of single values.
func linkValues() map[reflect.Type]*schema {
	return map[reflect.Type]*schema{
		reflect.TypeFor[assets.LinkRight](): {Type: "string", Enum: Enum(assets.LinkRights()...), Description: "What the person may do: only comment, or decide as well."},
	}
}

// linkMembers are the members and parameters of review links.
func linkMembers() map[string]*schema {
	never := func(description string) *schema {
		return &schema{Types: []string{"string", "null"}, Format: "date-time", Description: description}
	}
	return map[string]*schema{
		"link_id":                 described("The id of the review link."),
		"ReviewLink.id":           described("The id, a UUID of version 7."),
		"ReviewLink.version":      described("The number of the version that the link is for."),
		"ReviewLink.sha256":       described("SHA-256 of that version in hexadecimal digits."),
		"ReviewLink.name":         described("The name of the person."),
		"ReviewLink.created_by":   described("The subject of the actor that made the link, who invites."),
		"ReviewLink.created_at":   described("When the link was made."),
		"ReviewLink.expires_at":   described("When the link expires."),
		"ReviewLink.revoked_at":   never("When the link was revoked, or null."),
		"ReviewLink.last_used_at": never("When the link was last opened, to the minute, or null."),
		"ReviewLink.decision":     {Types: []string{"string", "null"}, Description: "What was decided with the link: `approve`, `request_changes`, or null."},
		"ReviewLink.decided_at":   never("When that was decided, or null."),
		"ReviewLink.url":          {Description: "The link. Its last part is a secret.", Format: "uri-reference"},
		"NewLinkBody.version":     described("The number of the version to look at; default: the current one."),
		"NewLinkBody.name":        {Description: "The name of the person, at most 200 bytes. It stands beside what is done with the link.", MinLength: new(1), MaxLength: new(assets.MaxLinkName)},
		"NewLinkBody.can":         described("What the person may do; default: only comment."),
		"NewLinkBody.expires_in":  {Description: "How long the link is valid, in seconds; default 7 days.", Maximum: new(assets.MaxLinkExpiry.Seconds())},
		"invited_by":              {Types: []string{"string", "null"}, Description: "Of a person with a review link: the subject of the actor that made the link."},
	}
}
