package mcpx

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/apidoc"
)

type schema = jsonschema.Schema

// many is one value or an array of them.
func many(values []any) *schema {
	one := schema{Type: "string", Enum: values}
	if values == nil {
		one.MinLength = new(1)
	}
	several := one
	return &schema{AnyOf: []*schema{&one, {Type: "array", Items: &several, MinItems: new(1), MaxItems: new(assets.MaxRepeated)}}}
}

func versionSchema() *schema {
	return &schema{AnyOf: []*schema{
		{Type: "integer", Minimum: new(1.0)},
		{Type: "string", Enum: apidoc.Enum("current", "approved")},
	}}
}

func nullTags(description string) *schema {
	return &schema{Types: []string{"object", "null"}, Description: description}
}

func said(description string) *schema { return &schema{Description: description} }

// ownMembers are what arguments mean that no route has, or that mean more here.
func ownMembers() map[string]*schema {
	return map[string]*schema{
		"content_base64": {Description: "The content as base64 (RFC 4648, padded), at most 1 MiB decoded. For more, call create_asset_upload.", MinLength: new(1), MaxLength: new(maxEncoded)},
		"text":           {Description: "The content as text, at most 1 MiB. Give exactly one of text, content_base64 and upload_id.", MinLength: new(1), MaxLength: new(assets.MaxTextBytes)},
		"upload_id":      {Description: "The content as an upload that has it, from create_asset_upload.", Format: "uuid"},
		"size_bytes":     {Description: "The size of the content.", Minimum: new(0.0)},
		"error":          {Type: "object", Description: "Why the item was refused: detail and code."},

		"Decide.version":           said("The version that was looked at. If it is not current any more, nothing changes."),
		"Decide.sha256":            said("The digest of what was looked at; it goes only with the version."),
		"Object.version":           said("The version that has to change; default: the current one."),
		"Object.sha256":            said("The digest of what was looked at; it goes only with the version."),
		"Object.comment":           {Description: "What has to change, for whoever makes the next version.", MinLength: new(1), MaxLength: new(assets.MaxComment)},
		"BulkItem.version":         said("The version that was looked at."),
		"BulkItem.sha256":          said("The digest of what was looked at; it goes only with the version."),
		"BulkApprove.items":        {Description: "The assets, none twice.", MinItems: new(1), MaxItems: new(assets.MaxBulkItems)},
		"Rollback.version":         said("The version to return to."),
		"TagAsset.tags":            nullTags("Merged per key: a list replaces the values, null or an empty list removes the key; null instead of all removes all tags."),
		"GetAsset.version":         said("Which version the asset is shown with: current, or approved, which is what may be published."),
		"PreviewURL.version":       said("A version number, current (the default) or approved."),
		"PreviewURL.expires_in":    said("How long the link lives, in seconds; default 15 minutes."),
		"ListTags.key":             said("Only tags of this key."),
		"ListAssets.order":         said("By time of creation: desc, the default, or asc."),
		"CreateAsset.media_type":   said("Default: of text the asset type's default, else what the bytes are."),
		"AddVersion.media_type":    said("Default: of text the asset type's default, else what the bytes are."),
		"CreateUpload.size_bytes":  {Types: []string{"integer", "null"}, Minimum: new(0.0), Description: "How many bytes it will have, exactly."},
		"NewUpload.size_bytes":     {Types: []string{"integer", "null"}, Minimum: new(0.0), Description: "How many bytes it will have, exactly."},
		"UploadTicket.url":         {Description: "Send the bytes here with one PUT and no credential, for example: curl -T FILE URL", Format: "uri-reference"},
		"UploadTicket.upload_id":   said("For create_asset or add_asset_version, once, when the bytes are there."),
		"UploadTicket.expires_at":  said("When both url and upload_id end."),
		"ListAssets.include_total": said("Count all that match."),
	}
}
